import { test } from 'tap'
import { FindMissedDeliveries } from '../../commands/business-days.ts'
import {
  BusinessDayClosed,
  businessDay,
  DeliveriesMissed,
  MOST_MISSED,
} from '../../domain/businessDay/businessDay.ts'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import { deliveryWatch } from '../../sagas/delivery-watch.ts'
import { ABSENT, step } from '../../sagas/runner/react.ts'
import { testContext } from '../support/given.ts'
import { testLookups } from '../support/lookups.ts'
import { recorded } from '../support/recorded.ts'

const date = '2026-01-04'
const state = { ...businessDay.initial, open: '2026-01-05' }

function react(event: DecidedEvent) {
  const listening = deliveryWatch.listens.get(event.type)
  return listening && step(listening, ABSENT, recorded('businessDay-main', event), date)
}

function missed(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    fulfilmentId: `O${String(index).padStart(4, '0')}.1`,
    expectedOn: date,
  }))
}

async function found(count: number): Promise<readonly DecidedEvent[]> {
  const all = missed(count)
  const lookups = testLookups({ missedDeliveries: async (_, __, most) => all.slice(0, most) })
  const lookup = await FindMissedDeliveries.lookup?.({ date }, lookups)
  const decision = FindMissedDeliveries.decide(state, { date }, testContext({ lookup }))
  if (!decision.accepted) throw new Error(decision.refusal.message)
  return decision.events
}

test('a day that is closed is searched for what it missed, and nothing is remembered', async (t) => {
  const totals = { debit: '0.00', credit: '0.00', accounts: [] }
  const reaction = react(BusinessDayClosed({ date, totals }))
  t.same(reaction?.commands, [{ command: 'FindMissedDeliveries', input: { date } }])
  t.equal(reaction?.after.state, undefined)
})

test('each missed delivery is warned of, for the day it was expected on', async (t) => {
  const fulfilments = missed(2)
  t.same(react(DeliveriesMissed({ date, fulfilments, more: false }))?.commands, [
    { command: 'WarnLate', input: fulfilments[0] },
    { command: 'WarnLate', input: fulfilments[1] },
  ])
})

test('a day that missed nothing leaves no trace', async (t) => {
  t.same(await found(0), [])
})

test('more than one event can name is asked for after the last that was named', async (t) => {
  const [event] = await found(MOST_MISSED + 1)
  t.match(event, { data: { more: true } })
  const commands = event && react(event)?.commands
  t.equal(commands?.length, MOST_MISSED + 1)
  t.same(commands?.at(-1), {
    command: 'FindMissedDeliveries',
    input: { date, after: `O0${MOST_MISSED - 1}.1` },
  })
  t.match((await found(MOST_MISSED))[0], { data: { more: false } })
})
