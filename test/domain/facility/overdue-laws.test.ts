import assert from 'node:assert/strict'
import { mock } from 'node:test'
import fc from 'fast-check'
import { test } from 'tap'
import { facility } from '../../../domain/facility/facility.ts'
import type { FacilityState } from '../../../domain/facility/state.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { type Decimal, decimal, sum, toAmount } from '../../../domain/kernel/money.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import { balanceOf } from './ledger-model.ts'
import { closing } from './overdue.ts'
import { agreement, begun, closed, days, follow, type History, lived } from './overdue-history.ts'

const RUNS = 200

/** Plays each day of a history, and looks at it after each closing. */
function holds(law: string, check: (history: History, before: History) => void) {
  test(law, async () => {
    fc.assert(
      fc.property(agreement, days, (set, lives) => {
        lives.reduce((history, day) => {
          const before = lived(history, day)
          const after = closed(before)
          check(after, before)
          return after
        }, begun(set))
      }),
      { numRuns: RUNS },
    )
  })
}

type Settled = Readonly<{ receivableId: string; amount: Decimal; on: string }>

/** What settled what, by the value dates as they are known in the end; from the events alone. */
function settledIn({ log }: History): readonly Settled[] {
  const came = new Map<string, string>()
  for (const { event, bookedOn } of log) {
    const on = event.effectiveOn ?? bookedOn
    if (event.type === 'PaymentReceived') came.set(event.data.paymentId, on)
    if (event.type === 'PaymentRedated') came.set(event.data.paymentId, on)
  }
  return log.flatMap(({ event, bookedOn }) => {
    if (event.type !== 'PaymentReceived' && event.type !== 'UnappliedCashAllocated') return []
    const isDirect = event.type === 'PaymentReceived'
    return event.data.allocations.map(({ receivableId, amount, discount = '0', paymentId }) => {
      const payment = isDirect ? event.data.paymentId : paymentId
      const dates = [
        ...(payment === undefined ? [] : [came.get(payment) ?? '']),
        ...(isDirect ? [] : [event.effectiveOn ?? bookedOn]),
      ]
      const on = dates.sort().at(-1) ?? ''
      return { receivableId, amount: decimal(amount).plus(discount), on }
    })
  })
}

/** The fee of a shipment up to the end of a day, added up one day after another. */
function feeDayByDay(history: History, receivableId: string, through: string): string {
  const recognised = history.log
    .map(({ event }) => event)
    .find(
      (event) => event.type === 'ReceivableRecognised' && event.data.receivableId === receivableId,
    )
  if (recognised?.type !== 'ReceivableRecognised') throw new Error(receivableId)
  const { amount, dueOn, late } = recognised.data
  const parts = settledIn(history).filter((part) => part.receivableId === receivableId)
  const openAt = (day: string) =>
    decimal(amount).minus(sum(parts.filter(({ on }) => on <= day).map((part) => part.amount)))
  const grace = addDays(dueOn, late?.graceDays ?? 0)
  if (through <= grace || !openAt(grace).greaterThan(0)) return '0.00'
  let total = decimal(0)
  for (let day = addDays(dueOn, 1); day <= through; day = addDays(day, 1)) {
    total = total.plus(openAt(day).times(late?.dailyRate ?? '0'))
  }
  return total.toFixed(2, 4)
}

/** Charged less corrected, from the events alone. */
function chargedIn({ log }: History, receivableId: string): string {
  const amounts = log.flatMap(({ event }) => {
    if (event.type === 'LateFeesCharged') {
      const own = event.data.fees.filter(({ ofReceivableId }) => ofReceivableId === receivableId)
      return own.map(({ amount }) => decimal(amount))
    }
    if (event.type !== 'LateFeesCorrected') return []
    const own = event.data.corrections.filter((back) => back.ofReceivableId === receivableId)
    return own.map(({ open, paid }) => decimal(open).plus(paid).negated())
  })
  return toAmount(sum(amounts))
}

function shipments({ receivables }: FacilityState): readonly string[] {
  return [...receivables].flatMap(([id, { feeOf }]) => (feeOf === undefined ? [id] : []))
}

holds(
  'fees are principal at each day’s end × rate, by the value dates as they are known',
  (after) => {
    const through = addDays(after.today, -1)
    for (const id of shipments(after.state)) {
      assert.equal(chargedIn(after, id), feeDayByDay(after, id, through), id)
    }
  },
)

holds('closing a day again changes nothing', (after) => {
  assert.deepEqual(closed(after).log, after.log)
})

holds('account 1122 is what is outstanding, fees included; account 2203 the cash', (after) => {
  const events = after.log.map(({ event }) => event)
  const own = [...after.state.receivables.values()].map(({ outstanding }) => decimal(outstanding))
  assert.equal(toAmount(balanceOf(events, '1122', 'A1')), toAmount(sum(own)))
  const { owed, unappliedCash } = after.state.members.get('A1')?.own ?? {}
  assert.equal(owed, toAmount(sum(own)))
  assert.equal(toAmount(balanceOf(events, '2203', 'A1').negated()), unappliedCash)
  const lots = after.state.members.get('A1')?.cash ?? []
  assert.equal(toAmount(sum(lots.map(({ amount }) => decimal(amount)))), unappliedCash)
})

holds('every journal balances, and every event is as its schema says', (after, before) => {
  for (const { event } of after.log.slice(before.log.length)) {
    assert.ok(balanceOf([event], undefined).isZero())
    const definition = facility.events.find(({ eventType }) => eventType === event.type)
    assert.ok(definition?.schema.safeParse(event.data).success, event.type)
  }
})

holds('nothing is settled beyond what is outstanding, discounts included', (after) => {
  for (const [id, { amount, outstanding }] of after.state.receivables) {
    assert.ok(!decimal(outstanding).isNegative(), id)
    assert.ok(decimal(outstanding).lessThanOrEqualTo(amount), id)
  }
})

holds(
  'a dealer frozen for overdue receivables owes one, and one that owes a new one is frozen',
  (after) => {
    const { frozen, lifted } = after.state.members.get('A1') ?? {}
    const overdueOn = (day: string) =>
      [...after.state.receivables.values()].filter(
        ({ dueOn, graceDays, outstanding }) =>
          outstanding !== '0.00' && addDays(dueOn, graceDays) < day,
      )
    if (frozen?.cause === 'overdue') assert.notDeepEqual(overdueOn(after.today), [])
    if (!frozen && !lifted) assert.deepEqual(overdueOn(addDays(after.today, -1)), [])
  },
)

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('the same events give the same state on whatever day they are folded', async (t) => {
  t.teardown(() => mock.timers.reset())
  fc.assert(
    fc.property(agreement, days, (set, lives) => {
      const history = lives.reduce((current, day) => closed(lived(current, day)), begun(set))
      mock.timers.enable({ apis: ['Date'], now: Date.parse('2031-12-31T23:59:59Z') })
      const again = history.log.reduce(
        (state, { event, bookedOn }, index) =>
          applyEvents(
            facility,
            state,
            [plain(event) as typeof event],
            index,
            testContext({ today: bookedOn }),
          ),
        facility.initial,
      )
      mock.timers.reset()
      assert.deepEqual(plain(again), plain(history.state))
      const date = history.today
      const [one, other] = [
        follow(history, closing(date), date),
        follow({ ...history, state: again }, closing(date), date),
      ]
      assert.deepEqual(plain(one.log), plain(other.log))
    }),
    { numRuns: RUNS / 2 },
  )
})
