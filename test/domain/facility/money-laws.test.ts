import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import type { FacilityEvent } from '../../../domain/facility/events.ts'
import { facility } from '../../../domain/facility/facility.ts'
import { type FacilityState, freeCashOf, memberOf } from '../../../domain/facility/state.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, sum, toAmount } from '../../../domain/kernel/money.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import { balanceOf } from './ledger-model.ts'
import { act, days, lived } from './money-history.ts'
import { moneyOf, openOf, reductionsIn, settledBy } from './money-model.ts'
import { agreement, begun, closed, follow, type History } from './overdue-history.ts'

const RUNS = 100
const DEALERS = ['A1', 'B']

const B_AGREED = (set: Parameters<typeof begun>[0]) => ({
  ...set,
  data: { ...set.data, dealerId: 'B' },
})

/** Both dealers have the same terms. */
function start(set: Parameters<typeof begun>[0]): History {
  const history = begun(set)
  const event = B_AGREED(set)
  const state = applyEvents(facility, history.state, [event])
  return {
    ...history,
    state,
    log: [...history.log, { event, bookedOn: history.today, closing: false }],
  }
}

type Position = Readonly<{ events: readonly FacilityEvent[]; state: FacilityState }>

/** Every position of a history: the events up to it, and the state that they add up to. */
function* positions(history: History, from: History): Generator<Position> {
  let { state } = from
  const events = from.log.map(({ event }) => event)
  for (const { event, bookedOn } of history.log.slice(from.log.length)) {
    state = applyEvents(facility, state, [event], 0, testContext({ today: bookedOn }))
    events.push(event)
    yield { events, state }
  }
}

function histories(check: (history: History, before: History) => void, runs = RUNS) {
  fc.assert(
    fc.property(agreement, days, (set, lives) => {
      lives.reduce((history, day) => {
        const open = lived(history, day)
        const after = closed(open)
        check(after, history)
        return after
      }, start(set))
    }),
    { numRuns: runs },
  )
}

/** Looks at every position of histories. */
function holds(law: string, check: (position: Position) => void) {
  test(law, async () =>
    histories((after, before) => {
      for (const position of positions(after, before)) check(position)
    }),
  )
}

holds(
  'captured and credited, less refunds and net allocations, is unapplied cash, and account 2203',
  ({ events, state }) => {
    for (const id of DEALERS) {
      const { unappliedCash } = moneyOf(events, id)
      assert.equal(memberOf(state, id).own.unappliedCash, unappliedCash)
      assert.equal(toAmount(balanceOf(events, '2203', id).negated()), unappliedCash)
    }
  },
)

holds('what dealers owe is account 1122, dealer by dealer', ({ events, state }) => {
  for (const id of DEALERS) {
    const { owed } = moneyOf(events, id)
    assert.equal(memberOf(state, id).own.owed, owed)
    assert.equal(toAmount(balanceOf(events, '1122', id)), owed)
  }
})

holds('what is payable for returns is account 2241.02, dealer by dealer', ({ events, state }) => {
  const aside = (id: string) =>
    [...state.refunds.values()].filter(
      ({ dealerId, returnId, status }) =>
        dealerId === id && returnId !== undefined && status === 'reserved',
    )
  for (const id of DEALERS) {
    const { payable } = moneyOf(events, id)
    const returns = [...state.returns.values()].filter(({ dealerId }) => dealerId === id)
    const parts = [...returns.map((one) => one.payable), ...aside(id).map(({ amount }) => amount)]
    assert.equal(toAmount(sum(parts.map((part) => decimal(part)))), payable)
    assert.equal(toAmount(balanceOf(events, '2241.02', id).negated()), payable)
  }
})

holds('every journal balances, and every event is as its schema says', ({ events }) => {
  const latest = events.at(-1)
  if (latest === undefined) return
  assert.ok(balanceOf([latest], undefined).isZero())
  const definition = facility.events.find(({ eventType }) => eventType === latest.type)
  const parsed = definition?.schema.safeParse(latest.data)
  assert.ok(parsed?.success, `${latest.type}: ${parsed?.error?.message}`)
})

holds('nothing is below zero, and nothing is settled beyond its amount', ({ events, state }) => {
  const open = openOf(events)
  for (const [id, { amount, outstanding }] of state.receivables) {
    assert.equal(outstanding, open.get(id), id)
    assert.ok(!decimal(outstanding).isNegative(), id)
    assert.ok(decimal(outstanding).lessThanOrEqualTo(amount), id)
  }
  for (const id of DEALERS) {
    const { own, cash } = memberOf(state, id)
    const { earmarked, reserved } = moneyOf(events, id)
    assert.deepEqual([own.earmarked, own.reserved], [earmarked, reserved])
    for (const [name, part] of Object.entries(own)) assert.ok(!decimal(part).isNegative(), name)
    const free = decimal(own.unappliedCash).minus(own.reserved)
    assert.ok(!free.minus(own.earmarked).isNegative(), 'more is kept than there is')
    assert.equal(toAmount(sum(cash.map(({ amount }) => decimal(amount)))), toAmount(free))
  }
  for (const { payable } of state.returns.values()) assert.ok(!decimal(payable).isNegative())
  for (const { owed, earmarked, held } of state.orders.values()) {
    for (const part of [owed, earmarked, held]) assert.ok(!decimal(part).isNegative())
  }
})

test('a dealer has no cash to use while it owes anything', async () => {
  histories((after) => {
    for (const id of DEALERS) {
      const { own } = memberOf(after.state, id)
      assert.ok(decimal(own.owed).isZero() || freeCashOf(own).isZero(), id)
    }
  })
})

holds('each order owes what its receivables and their fees do', ({ state }) => {
  const owed = Map.groupBy(state.receivables.values(), ({ orderId }) => orderId)
  for (const [orderId, order] of state.orders) {
    const open = (owed.get(orderId) ?? []).map(({ outstanding }) => decimal(outstanding))
    assert.equal(order.owed, toAmount(sum(open)), orderId)
  }
})

holds('what is open is found by its due date', ({ state }) => {
  const found = [...state.members.values()].flatMap(({ openByDue }) =>
    [...openByDue.values()].flatMap((due) => {
      const numbers = [...due.values()]
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
      )
      return [...due.keys()]
    }),
  )
  const open = [...state.receivables].filter(([, { outstanding }]) => outstanding !== '0.00')
  const shipments = new Set(open.map(([id, { feeOf }]) => feeOf ?? id))
  assert.deepEqual(found.toSorted(), [...shipments].toSorted())
})

holds('what a payment settles is known by it and by what it settles', ({ events, state }) => {
  const money = (paymentId: string) =>
    [...state.receivables].flatMap(([id, { reductions }]) =>
      reductions
        .filter((reduction) => reduction.by === undefined && reduction.paymentId === paymentId)
        .map(({ amount, discount = '0' }) => ({ id, amount: decimal(amount).minus(discount) })),
    )
  for (const [paymentId, { settled, settledLater, amount, reversed }] of state.payments) {
    const parts = money(paymentId)
    const known = new Set([...settled, ...(settledLater ?? [])])
    for (const { id } of parts) assert.ok(known.has(id), `${paymentId} settled ${id}`)
    const inAll = sum(parts.map((part) => part.amount))
    assert.equal(toAmount(inAll), toAmount(settledBy(events, paymentId)), paymentId)
    assert.ok(inAll.lessThanOrEqualTo(reversed ? '0' : amount), paymentId)
  }
})

holds('a return pays back no more money than was paid for the order', ({ events, state }) => {
  for (const [orderId, { receivableIds, returned }] of state.orders) {
    if (returned === undefined) continue
    const shipped = receivableIds.map((id) => decimal(state.receivables.get(id)?.amount ?? '0'))
    assert.ok(decimal(returned.amount).lessThanOrEqualTo(sum(shipped)), orderId)
    const credited = events.filter(
      (event) => event.type === 'ReturnCredited' && event.data.orderId === orderId,
    )
    const paid = credited.map((event) =>
      event.type === 'ReturnCredited' ? decimal(event.data.refundPayable) : decimal(0),
    )
    const { settled, discountBack, refunds } = returned
    const back = decimal(settled).minus(discountBack)
    assert.equal(toAmount(sum(paid)), toAmount(back))
    assert.equal(toAmount(sum(refunds.map(({ amount }) => decimal(amount)))), toAmount(back))
  }
})

test('fees are principal at each day’s end × rate, as money, returns and losses are known', async () => {
  histories((after) => {
    const came = new Map<string, string>()
    for (const { event, bookedOn } of after.log) {
      const on = event.effectiveOn ?? bookedOn
      if (event.type === 'PaymentReceived') came.set(event.data.paymentId, on)
      if (event.type === 'PaymentRedated') came.set(event.data.paymentId, on)
    }
    const reduced = reductionsIn(after.log).map(({ paymentId = '', since = '', ...part }) => ({
      ...part,
      on: [came.get(paymentId) ?? '', since].sort().at(-1) ?? '',
    }))
    const through = addDays(after.today, -1)
    for (const { event } of after.log) {
      if (event.type !== 'ReceivableRecognised') continue
      const { receivableId, amount, dueOn, late } = event.data
      const parts = reduced.filter((part) => part.receivableId === receivableId)
      const openAt = (day: string) =>
        decimal(amount).minus(sum(parts.filter(({ on }) => on <= day).map((part) => part.amount)))
      const grace = addDays(dueOn, late?.graceDays ?? 0)
      let due = decimal(0)
      if (through > grace && openAt(grace).greaterThan(0)) {
        for (let day = addDays(dueOn, 1); day <= through; day = addDays(day, 1)) {
          due = due.plus(openAt(day).times(late?.dailyRate ?? '0'))
        }
      }
      const feeId = after.state.receivables.get(receivableId)?.feeId ?? ''
      const charged = after.state.receivables.get(feeId)?.amount ?? '0.00'
      assert.equal(charged, due.toFixed(2, 4), receivableId)
    }
  })
})

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** What is told from its like by its command alone: a loss, what came of it after all, a hold's refusal. */
const TOLD_BY_COMMAND = ['ReceivableWrittenOff', 'ReceivableRecovered', 'HoldRefused']

test('deciding again on the result changes nothing', async () => {
  const acts = fc.array(act, { minLength: 5, maxLength: 20, size: 'max' })
  fc.assert(
    fc.property(agreement, days, acts, (set, lives, last) => {
      const history = lives.reduce((current, day) => closed(lived(current, day)), start(set))
      last.reduce((current, one) => {
        const ask = one(current.today, current.state)
        const once = follow(current, ask)
        const written = once.log.slice(current.log.length).map(({ event }) => event.type)
        if (written.some((type) => TOLD_BY_COMMAND.includes(type))) return once
        assert.deepEqual(follow(once, ask).log.slice(once.log.length), [])
        return once
      }, history)
    }),
    { numRuns: RUNS },
  )
})

test('a history folded again gives the same state, and decides the same', async () => {
  histories((after) => {
    const again = after.log.reduce(
      (state, { event, bookedOn }) =>
        applyEvents(
          facility,
          state,
          [plain(event) as typeof event],
          0,
          testContext({ today: bookedOn }),
        ),
      facility.initial,
    )
    assert.deepEqual(plain(again), plain(after.state))
  }, 30)
})
