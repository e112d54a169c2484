/** Goods that come back: one step after another, each once, and what they are worth. */

import { test } from 'tap'
import { amendOrder } from '../../../domain/order/amend.ts'
import { cancelOrder } from '../../../domain/order/cancel.ts'
import {
  ReturnApproved,
  ReturnClosed,
  ReturnReceived,
  ReturnRejected,
  ReturnRequested,
} from '../../../domain/order/return-events.ts'
import { hearCarrier } from '../../../domain/order/transit.ts'
import {
  approve,
  ask,
  CONFIRMED,
  close,
  type Decide,
  deliver,
  good,
  milk,
  R1,
  R2,
  receive,
  reject,
  ship,
  spoilt,
} from './returning.ts'
import { inShop, ORDER, orders } from './shop.ts'

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

test('a parcel that a carrier handed over may come back while the rest is in the warehouse', async (t) => {
  const handedOver: Decide = (state, context) => {
    const parcel = { fulfilmentId: `${ORDER}.1`, carrier: 'SF', trackingNumber: 'SF1' }
    return hearCarrier(state, { ...parcel, what: 'delivered', at: context.now }, context)
  }
  const partly = all(t, ship(1, [milk(20)]), handedOver)
  partly.when(ask(milk(21))).refused('return-exceeds-delivered', {
    lines: [{ sku: 'MILK', delivered: 20, returnable: 20 }],
  })
  const later = all(t, ship(1, [milk(20)]), handedOver, ship(1, [milk(30)]), ask(milk(20)))
  later.when(ask(milk(1))).refused('return-exceeds-delivered')
  const back = later.when(approve(R1)).accepted()
  const { decision } = back.when(receive(R1, [good(20)]))
  const from = [{ shipmentId: `${ORDER}.1`, quantity: 20, before: 0, shipped: 20 }]
  t.match(decision, { events: [{ data: { places: [{ lines: [{ from }] }] } }] })
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

test('an order whose goods came back is not amended any more', async (t) => {
  const lines = [{ sku: 'TEA', quantity: 1 }]
  delivered(t, ask(milk(120)), approve(R1), receive(R1, [good(120)]))
    .when((state, context) => amendOrder(state, { orderId: ORDER, lines }, context))
    .refused('order-not-amendable')
})
