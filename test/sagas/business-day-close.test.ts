import { test } from 'tap'
import { CloseBusinessDay, CompleteBusinessDay } from '../../commands/business-days.ts'
import { BusinessDayClosed, BusinessDayClosing } from '../../domain/businessDay/businessDay.ts'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import { businessDayClose } from '../../sagas/business-day-close.ts'
import { ABSENT, step } from '../../sagas/runner/react.ts'
import { testContext } from '../support/given.ts'
import { testLookups } from '../support/lookups.ts'
import { recorded } from '../support/recorded.ts'

const date = '2026-01-04'
const totals = { debit: '0.00', credit: '0.00', accounts: [] }
const closing = BusinessDayClosing({ date, next: '2026-01-05' })
const closed = BusinessDayClosed({ date, totals })

function react(before: typeof ABSENT, event: DecidedEvent) {
  const listening = businessDayClose.listens.get(event.type)
  return listening && step(listening, before, recorded('businessDay-main', event))
}

test('a closing day is completed, and then done with', async (t) => {
  const begun = react(ABSENT, closing)
  t.same(begun?.commands, [{ command: 'CompleteBusinessDay', input: { date } }])
  t.equal(react(begun?.after ?? ABSENT, closed)?.after, ABSENT)
})

test('a day is completed with the totals that were looked up', async (t) => {
  const lookup = await CompleteBusinessDay.lookup?.(
    { date },
    testLookups({ bookedTotals: async (day) => (day === date ? totals : undefined) }),
  )
  const state = { open: '2026-01-05', closing: date }
  const decision = CompleteBusinessDay.decide(state, { date }, testContext({ lookup }))
  t.same(decision, { accepted: true, events: [closed] })
})

test('whoever closes a day is told its totals', async (t) => {
  const tell = (day: string) =>
    CloseBusinessDay.route?.coordinated?.tell(recorded('businessDay-main', closed), { date: day })
  t.same(tell(date), { status: 'closed', totals })
  t.equal(tell('2026-01-03'), undefined)
})
