/** Goods that come back: never more than was delivered, and worth what they were sold for. */

import fc from 'fast-check'
import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { decimal, runningPart, sum, toAmount } from '../../../domain/kernel/money.ts'
import { cancelOrder } from '../../../domain/order/cancel.ts'
import { deliverFulfilment } from '../../../domain/order/carry.ts'
import { ORDER_EVENTS, OrderConfirmed } from '../../../domain/order/events.ts'
import {
  ReturnApproved,
  ReturnClosed,
  ReturnReceived,
  ReturnRejected,
  ReturnRequested,
} from '../../../domain/order/return-events.ts'
import type { ReceiveReturn } from '../../../domain/order/return-receipt.ts'
import { closeReturn, receiveReturn } from '../../../domain/order/return-receipt.ts'
import { deliveredOf, requestReturn, unitsOf } from '../../../domain/order/return-request.ts'
import type { ApproveReturn } from '../../../domain/order/return-review.ts'
import { approveReturn, rejectReturn } from '../../../domain/order/return-review.ts'
import { heldBy } from '../../../domain/order/returns.ts'
import { shipFulfilment } from '../../../domain/order/ship.ts'
import type { Order } from '../../../domain/order/state.ts'
import { asking, inShop, OPERATIONS, ORDER, orders, placing, stateAfter } from './shop.ts'

type Decide = Parameters<ReturnType<typeof orders>['when']>[0]
type Line = Readonly<{ sku: string; quantity: number }>

const R1 = `${ORDER}.r1`
const R2 = `${ORDER}.r2`

/** 120 MILK at 1,227.04, net 1,085.88 (DOMAIN: Money and quantities), 3 TEA and freight. */
const worked = asking({
  lines: [
    { sku: 'MILK', quantity: 120, priceOverride: { unitPrice: '10.2253', reason: 'promotion' } },
    { sku: 'TEA', quantity: 3 },
  ],
  charges: [{ kind: 'freight', amount: '10.90', taxRate: '0.09' }],
})

/** Shanghai ships 70 MILK and the TEA, Beijing 50 MILK. */
const fulfilments = [
  {
    fulfilmentId: `${ORDER}.1`,
    warehouseId: 'SH',
    lines: [
      { sku: 'MILK', quantity: 70 },
      { sku: 'TEA', quantity: 3 },
    ],
  },
  { fulfilmentId: `${ORDER}.2`, warehouseId: 'BJ', lines: [{ sku: 'MILK', quantity: 50 }] },
]

const CONFIRMED: readonly DecidedEvent[] = [
  ...placing(worked, inShop({ actor: OPERATIONS })),
  OrderConfirmed({ orderId: ORDER, fulfilments }),
]

const ship =
  (part: number, lines?: readonly Line[]): Decide =>
  (state, context) => {
    const carriage = { carrier: 'SF', trackingNumber: 'SF1', ...(lines && { lines }) }
    return shipFulfilment(state, { fulfilmentId: `${ORDER}.${part}`, ...carriage }, context)
  }

const deliver =
  (part: number): Decide =>
  (state, context) =>
    deliverFulfilment(state, { fulfilmentId: `${ORDER}.${part}` }, context)

/** The events that follow; what is refused adds none. */
function after(events: readonly DecidedEvent[], decide: Decide): readonly DecidedEvent[] {
  const decision = decide(stateAfter(...events), inShop())
  return decision.accepted ? [...events, ...decision.events] : events
}

/** All is with the dealer. */
const DELIVERED = [ship(1), ship(2), deliver(1), deliver(2)].reduce(after, CONFIRMED)

const ask =
  (...lines: readonly Line[]): Decide =>
  (state) =>
    requestReturn(state, {
      orderId: ORDER,
      lines: lines.map((line) => ({ ...line, reason: 'too much' })),
    })

const approve =
  (returnId: string, more: Partial<ApproveReturn> = {}): Decide =>
  (state) =>
    approveReturn(state, { returnId, ...more })

const reject =
  (returnId: string): Decide =>
  (state) =>
    rejectReturn(state, { returnId, reason: 'opened' })

const receive =
  (returnId: string, lines: ReceiveReturn['lines'], more: Partial<ReceiveReturn> = {}): Decide =>
  (state, context) =>
    receiveReturn(state, { returnId, lines, ...more }, context)

const close =
  (returnId: string): Decide =>
  (state) =>
    closeReturn(state, { orderId: ORDER, returnId })

const milk = (quantity: number) => ({ sku: 'MILK', quantity })
const good = (quantity: number, sku = 'MILK') => ({ sku, quantity, resalable: true })
const spoilt = (quantity: number, sku = 'MILK') => ({ sku, quantity, resalable: false })

const confirmed = (t: Parameters<typeof orders>[0]) => orders(t, inShop()).given(...CONFIRMED)

const all = (t: Parameters<typeof orders>[0], ...decisions: readonly Decide[]) =>
  decisions.reduce((given, decide) => given.when(decide).accepted(), confirmed(t))

/** Everything of the order is with its dealer. */
const delivered = (t: Parameters<typeof orders>[0], ...decisions: readonly Decide[]) =>
  all(t, ship(1), ship(2), deliver(1), deliver(2), ...decisions)

test('a return is asked for, approved, received and closed', async (t) => {
  const lines = [{ sku: 'TEA', quantity: 3, reason: 'too much' }]
  const said = { orderId: ORDER, returnId: R1 }
  delivered(t)
    .when(ask({ sku: 'TEA', quantity: 3 }))
    .then(ReturnRequested({ ...said, dealerId: 'D1', lines }))
    .when(approve(R1, { note: 'as agreed' }))
    .then(
      ReturnApproved({
        ...{ ...said, restockingFee: '0.00', lines: [good(3, 'TEA')], note: 'as agreed' },
      }),
    )
    .when(receive(R1, [good(2, 'TEA'), spoilt(1, 'TEA')]))
    .then(
      ReturnReceived({
        ...{ ...said, dealerId: 'D1', facilityId: 'ROOT' },
        lines: [
          {
            ...{ sku: 'TEA', quantity: 3, resalable: 2, before: 0, delivered: 3 },
            ...{ amount: '99.99', net: '88.49', tax: '11.50' },
          },
        ],
        places: [
          {
            warehouseId: 'SH',
            lines: [
              {
                ...{ sku: 'TEA', restocked: 2, scrapped: 1 },
                from: [{ shipmentId: `${ORDER}.1`, quantity: 3, before: 0, shipped: 3 }],
              },
            ],
          },
        ],
        restockingFee: '0.00',
        ...{ amount: '99.99', net: '88.49', tax: '11.50' },
      }),
    )
    .when(close(R1))
    .then(ReturnClosed(said))
    .when(close(R1))
    .changesNothing()
})

test('MILK at 1,227.04 comes back as 50 for 511.27 and 70 for 715.77', async (t) => {
  const worth = (given: ReturnType<typeof confirmed>, returnId: string, quantity: number) => {
    const { decision } = given.when(receive(returnId, [good(quantity)]))
    return decision
  }
  const asked = delivered(t, ask(milk(50)), ask(milk(70)), approve(R1), approve(R2))
  const first = { amount: '511.27', net: '452.45', tax: '58.82' }
  const second = { amount: '715.77', net: '633.43', tax: '82.34' }
  t.match(worth(asked, R1, 50), { events: [{ data: { ...first, lines: [first] } }] })
  const after = asked.when(receive(R1, [good(50)])).accepted()
  t.match(worth(after, R2, 70), { events: [{ data: { ...second, lines: [second] } }] })
})

test('no more comes back than was delivered, whoever asks in between', async (t) => {
  const shipped = all(t, ship(1), ship(2))
  shipped.when(ask(milk(1))).refused('return-exceeds-delivered', {
    lines: [{ sku: 'MILK', quantity: 1, delivered: 0, returned: 0, returnable: 0 }],
  })
  const partly = shipped
    .when(deliver(1))
    .accepted()
    .when(ask(milk(60)))
    .accepted()
  partly.when(ask(milk(11))).refused('return-exceeds-delivered', {
    lines: [{ sku: 'MILK', quantity: 11, delivered: 70, returned: 60, returnable: 10 }],
  })
  const rest = partly.when(ask(milk(10))).accepted()
  rest.when(ask(milk(1))).refused('return-exceeds-delivered')
  rest
    .when(deliver(2))
    .accepted()
    .when(ask(milk(50)))
    .accepted()
})

test('what is rejected, not approved or does not come may be asked for again', async (t) => {
  const asked = delivered(t, ask(milk(120)))
  asked
    .when(reject(R1))
    .then(ReturnRejected({ orderId: ORDER, returnId: R1, reason: 'opened' }))
    .when(reject(R1))
    .changesNothing()
    .when(ask(milk(120)))
    .accepted()
  const fewer = asked.when(approve(R1, { lines: [good(100)] })).accepted()
  fewer.when(ask(milk(20))).accepted()
  fewer.when(ask(milk(21))).refused('return-exceeds-delivered')
  const came = fewer.when(receive(R1, [good(90)])).accepted()
  came.when(ask(milk(30))).accepted()
  came.when(ask(milk(31))).refused('return-exceeds-delivered')
})

test('an approved return of which nothing comes is rejected, and no longer once it came', async (t) => {
  const approved = delivered(t, ask(milk(1)), approve(R1))
  approved.when(reject(R1)).accepted().when(approve(R1)).refused('return-not-requested')
  approved
    .when(receive(R1, [good(1)]))
    .accepted()
    .when(reject(R1))
    .refused('return-not-requested', { status: 'received' })
})

test('goods that were cancelled before they were shipped do not come back', async (t) => {
  all(t, ship(1, [milk(30)]), (state, context) => cancelOrder(state, { orderId: ORDER }, context))
    .when(deliver(1))
    .accepted()
    .when(ask(milk(31)))
    .refused('return-exceeds-delivered', { lines: [{ delivered: 30, returnable: 30 }] })
    .when(ask(milk(30)))
    .accepted()
})

test('a SKU of another order, or one that is named twice, is refused', async (t) => {
  const given = delivered(t)
  given.when(ask({ sku: 'RICE', quantity: 1 })).refused('sku-not-ordered', { skus: ['RICE'] })
  given.when(ask(milk(1), milk(1))).refused('line-twice', { skus: ['MILK'] })
  const asked = given.when(ask(milk(2))).accepted()
  asked.when(approve(R1, { lines: [good(1), spoilt(1)] })).refused('line-twice')
  const approved = asked.when(approve(R1)).accepted()
  approved.when(receive(R1, [good(1), good(1)])).refused('line-twice')
})

test('no more is approved than was asked for, and no more taken in than was approved', async (t) => {
  const asked = delivered(t, ask(milk(10)))
  asked
    .when(approve(R1, { lines: [good(11)] }))
    .refused('return-exceeds-requested', { lines: [{ sku: 'MILK', quantity: 11, requested: 10 }] })
  asked
    .when(approve(R1, { lines: [good(1, 'TEA')] }))
    .refused('return-exceeds-requested', { lines: [{ sku: 'TEA', quantity: 1, requested: 0 }] })
  asked
    .when(approve(R1, { lines: [good(8)] }))
    .accepted()
    .when(receive(R1, [good(5), spoilt(4)]))
    .refused('return-exceeds-approved', { lines: [{ sku: 'MILK', quantity: 9, approved: 8 }] })
})

test('a return goes its way one step after another, and each step once', async (t) => {
  const asked = delivered(t, ask(milk(10)))
  asked.when(receive(R1, [good(1)])).refused('return-not-approved', { status: 'requested' })
  asked.when(close(R1)).refused('return-not-received', { status: 'requested' })
  const approved = asked.when(approve(R1, { restockingFee: '1' })).accepted()
  approved.when(approve(R1, { restockingFee: '1.00' })).changesNothing()
  approved.when(approve(R1, { restockingFee: '2' })).refused('return-not-requested')
  const came = approved.when(receive(R1, [spoilt(4), good(6)])).accepted()
  came.when(receive(R1, [good(6), spoilt(4)])).changesNothing()
  came.when(receive(R1, [good(10)])).refused('return-not-approved', { status: 'received' })
  came.when(approve(R1, { restockingFee: '1' })).changesNothing()
  came.when(approve(R2)).refused('return-unknown', { returns: [R1] })
  orders(t, inShop()).when(approve('X.r1')).refused('order-unknown', { orderId: 'X' })
})

test('the restocking fee is no more than the goods are worth, and is kept of what came', async (t) => {
  const asked = delivered(t, ask({ sku: 'TEA', quantity: 3 }))
  asked
    .when(approve(R1, { restockingFee: '100.00' }))
    .refused('fee-exceeds-worth', { restockingFee: '100.00', worth: '99.99' })
  const approved = asked.when(approve(R1, { restockingFee: '10.00' })).accepted()
  const feeOf = (quantity: number) => approved.when(receive(R1, [good(quantity, 'TEA')])).decision
  t.match(feeOf(3), { events: [{ data: { restockingFee: '10.00' } }] })
  t.match(feeOf(2), { events: [{ data: { amount: '66.66', restockingFee: '6.67' } }] })
})

test('goods go back where they were shipped from, the earliest first, or where they came', async (t) => {
  const first = all(
    t,
    ...[ship(2, [milk(20)]), ship(1), ship(2), deliver(1), deliver(2)],
    ...[ask(milk(15)), ask(milk(100)), approve(R1), approve(R2)],
  )
  const { decision } = first
    .when(receive(R1, [good(15)]))
    .accepted()
    .when(receive(R2, [good(60), spoilt(40)]))
  t.match(decision, {
    events: [
      {
        data: {
          lines: [{ quantity: 100, resalable: 60, before: 15, delivered: 120 }],
          places: [
            {
              warehouseId: 'BJ',
              lines: [
                {
                  ...{ restocked: 5, scrapped: 25 },
                  from: [
                    { shipmentId: `${ORDER}.2`, quantity: 5, before: 15, shipped: 20 },
                    { shipmentId: `${ORDER}.2.2`, quantity: 25, before: 0, shipped: 30 },
                  ],
                },
              ],
            },
            {
              warehouseId: 'SH',
              lines: [
                {
                  ...{ restocked: 55, scrapped: 15 },
                  from: [{ shipmentId: `${ORDER}.1`, quantity: 70, before: 0, shipped: 70 }],
                },
              ],
            },
          ],
        },
      },
    ],
  })
  const named = first.when(receive(R1, [good(15)], { warehouseId: 'SH' })).decision
  t.match(named, {
    events: [
      {
        data: {
          places: [{ warehouseId: 'SH', lines: [{ from: [{ shipmentId: `${ORDER}.2` }] }] }],
        },
      },
    ],
  })
  first.when(receive(R1, [good(1)], { warehouseId: 'NOWHERE' })).refused('warehouse-unknown')
})

test('the value date is the day the goods came, not later than the business day', async (t) => {
  const approved = delivered(t, ask(milk(1)), approve(R1))
  const on = (effectiveOn: string) => approved.when(receive(R1, [good(1)], { effectiveOn }))
  t.match(on('2026-01-02').decision, { events: [{ effectiveOn: '2026-01-02' }] })
  on('2026-01-06').refused('value-date-future')
  on('2025-10-06').refused('backdating-limit')
})

test('an order of which something came back is still shipped, delivered and completed', async (t) => {
  const { state } = all(
    t,
    ...[ship(1), deliver(1), ask(milk(70)), approve(R1), receive(R1, [spoilt(70)]), close(R1)],
    ...[ship(2), deliver(2)],
  )
  t.match(state, { status: 'completed', returning: { returns: [{ status: 'closed' }] } })
})

test('an order has no more than two hundred returns', async (t) => {
  const rejected = Array.from({ length: 200 }, (_, index) => [
    ask(milk(1)),
    reject(`${ORDER}.r${index + 1}`),
  ])
  delivered(t, ...rejected.flat())
    .when(ask(milk(1)))
    .refused('too-many-returns', { returns: 200, most: 200 })
})

type Act = Readonly<{ kind: number; which: number; sku: string; units: number; good: number }>

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.nat(12),
  which: fc.nat(3),
  sku: fc.constantFrom('MILK', 'MILK', 'TEA'),
  units: fc.integer({ min: 1, max: 40 }),
  good: fc.nat(40),
})

/** What an act wants of an order as it is; some of it is too much. */
function wanted({ kind, which, sku, units, good: most }: Act, { returning }: Order): Decide {
  const { returns } = returning
  const about = returns[which % Math.max(returns.length, 1)]
  const returnId = about?.returnId ?? R1
  const line = about?.approved?.lines[0] ?? { sku, quantity: units }
  const came = which === 3 ? units : Math.min(units, line.quantity)
  const some = Math.min(most, came)
  const counted = [...(some > 0 ? [good(some, line.sku)] : []), ...lost(came - some, line.sku)]
  const fee = decimal(most).dividedBy(10).toFixed(2)
  const wishes: readonly Decide[] = [
    ...[ship(1), ship(2), ship(1, [milk(units)]), deliver(1), deliver(2)],
    ...[ask({ sku, quantity: units }), ask({ sku, quantity: Math.min(units, most + 1) })],
    ...[approve(returnId, { restockingFee: fee }), approve(returnId)],
    ...[receive(returnId, counted), receive(returnId, counted), reject(returnId)],
  ]
  return wishes[kind] ?? close(returnId)
}

function lost(quantity: number, sku: string) {
  return quantity > 0 ? [spoilt(quantity, sku)] : []
}

/** Whether a state and an event keep the laws of returns. */
function keepsLaws(state: Order, events: readonly DecidedEvent[]): boolean {
  const came = deliveredOf(state)
  const held = unitsOf(state.returning.returns.flatMap(heldBy))
  const receipts = state.returning.returns.flatMap(({ received }) => received ?? [])
  return (
    [...held].every(([sku, units]) => units <= (came.get(sku) ?? 0)) &&
    receipts.every(isWhole) &&
    state.lines.every((line) => isRunningTotal(line, receipts)) &&
    state.returning.shipments.every(({ lines }) =>
      lines.every(({ back, quantity }) => back >= 0 && back <= quantity),
    ) &&
    totalBack(state) === receipts.flatMap(({ lines }) => lines).reduce(plus, 0) &&
    events.every(({ type, data }) =>
      ORDER_EVENTS.some((one) => one.eventType === type && one.schema.safeParse(data).success),
    )
  )
}

type Receipt = ReturnType<typeof ReturnReceived>['data']

const plus = (total: number, { quantity }: Line) => total + quantity

function totalBack({ returning }: Order): number {
  return returning.shipments
    .flatMap(({ lines }) => lines.map(({ sku, back }) => ({ sku, quantity: back })))
    .reduce(plus, 0)
}

/** The lines of a receipt add up to it, and the places to its lines. */
function isWhole({ lines, places, amount, net, tax, restockingFee }: Receipt): boolean {
  const total = (field: 'amount' | 'net' | 'tax') =>
    toAmount(sum(lines.map((line) => decimal(line[field]))))
  const there = places.flatMap((place) => place.lines)
  return (
    total('amount') === amount &&
    total('net') === net &&
    total('tax') === tax &&
    decimal(net).plus(tax).equals(amount) &&
    decimal(restockingFee).lessThanOrEqualTo(amount) &&
    lines.every(({ sku, quantity, resalable }) => {
      const parts = there.filter((part) => part.sku === sku)
      const restocked = parts.reduce((units, part) => units + part.restocked, 0)
      const scrapped = parts.reduce((units, part) => units + part.scrapped, 0)
      return restocked === resalable && restocked + scrapped === quantity
    }) &&
    there.every(
      ({ restocked, scrapped, from }) =>
        from.reduce((units, { quantity }) => units + quantity, 0) === restocked + scrapped,
    )
  )
}

type Sold = Readonly<{ sku: string; quantity: number; amount: string; net: string }>

/** All that came back of a line so far is worth the rounded running total of it, gross and net. */
function isRunningTotal(line: Sold, receipts: readonly Receipt[]): boolean {
  const parts = receipts.flatMap(({ lines }) => lines).filter(({ sku }) => sku === line.sku)
  const units = parts.reduce(plus, 0)
  return (['amount', 'net'] as const).every((field) =>
    sum(parts.map((part) => decimal(part[field]))).equals(
      runningPart(decimal(line[field]), line.quantity, 0, units),
    ),
  )
}

test('whatever is asked in whatever order, no more comes back than came, for what it was sold for', async (t) => {
  let receipts = 0
  const start = fc.constantFrom(CONFIRMED, DELIVERED)
  const acting = fc.array(act, { minLength: 40, maxLength: 80, size: 'max' })
  const keeps = fc.property(start, acting, (begun, acts) => {
    let events = begun
    for (const one of acts) {
      const decide = wanted(one, stateAfter(...events))
      const before = events.length
      events = after(events, decide)
      if (events.length === before) continue
      const state = stateAfter(...events)
      if (!keepsLaws(state, events.slice(before))) return false
      if (one.kind > 6 && !isRepeatable(decide, state)) return false
    }
    receipts += events.filter(({ type }) => type === 'ReturnReceived').length
    return true
  })
  t.doesNotThrow(() => fc.assert(keeps, { numRuns: 200, seed: 5 }))
  t.ok(receipts > 100, `${receipts} receipts were looked at`)
})

/** Decided again on its result, a step of a return changes nothing. */
function isRepeatable(decide: Decide, state: Order): boolean {
  const again = decide(state, inShop())
  return again.accepted && again.events.length === 0
}
