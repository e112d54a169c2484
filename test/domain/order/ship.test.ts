import fc from 'fast-check'
import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { decimal, sum } from '../../../domain/kernel/money.ts'
import { cancelOrder } from '../../../domain/order/cancel.ts'
import { delayFulfilment, deliverFulfilment, pickFulfilment } from '../../../domain/order/carry.ts'
import { OrderCompleted } from '../../../domain/order/events.ts'
import {
  FulfilmentDelivered,
  FulfilmentPicked,
  FulfilmentShipped,
} from '../../../domain/order/fulfilment-events.ts'
import type { ShipFulfilment } from '../../../domain/order/ship.ts'
import { shipFulfilment } from '../../../domain/order/ship.ts'
import { asking, confirming, inShop, OPERATIONS, ORDER, orders, stateAfter } from './shop.ts'

const FIRST = `${ORDER}.1`
const SECOND = `${ORDER}.2`
const by = { carrier: 'SF', trackingNumber: 'SF1' }

type Decide = Parameters<ReturnType<typeof orders>['when']>[0]

const ship =
  (fulfilmentId: string, more: Partial<ShipFulfilment> = {}): Decide =>
  (state, context) =>
    shipFulfilment(state, { fulfilmentId, ...by, ...more }, context)

const deliver =
  (fulfilmentId: string): Decide =>
  (state, context) =>
    deliverFulfilment(state, { fulfilmentId }, context)

const confirmed = (t: Parameters<typeof orders>[0]) => orders(t, inShop()).given(...confirming())

function shippedBy(...decisions: readonly Decide[]) {
  let events: readonly DecidedEvent[] = confirming(worked, inShop({ actor: OPERATIONS }))
  for (const decide of decisions) {
    const decision = decide(stateAfter(...events), inShop())
    if (!decision.accepted) throw new Error(decision.refusal.message)
    events = [...events, ...decision.events]
  }
  return events
    .filter(({ type }) => type === 'FulfilmentShipped')
    .map(({ data }) => FulfilmentShipped.schema.parse(data))
}

/** 120 MILK at 1,227.04, net 1,085.88 (DOMAIN: Money and quantities), and freight. */
const worked = asking({
  lines: [
    { sku: 'MILK', quantity: 120, priceOverride: { unitPrice: '10.2253', reason: 'promotion' } },
    { sku: 'TEA', quantity: 3 },
  ],
  charges: [{ kind: 'freight', amount: '10.90', taxRate: '0.09' }],
})

test('MILK at 1,227.04 ships as 50 for 511.27 and 70 for 715.77', async (t) => {
  const [first, second] = shippedBy(
    ship(FIRST, { lines: [{ sku: 'MILK', quantity: 50 }] }),
    ship(FIRST),
  )
  t.match(first?.lines, [{ quantity: 50, amount: '511.27', net: '452.45', tax: '58.82' }])
  t.match(second?.lines, [{ quantity: 70, amount: '715.77', net: '633.43', tax: '82.34' }])
})

test('each shipment of a fulfilment has an id of its own, and says what is left', async (t) => {
  const [first, second] = shippedBy(
    ship(FIRST, { lines: [{ sku: 'MILK', quantity: 50 }] }),
    ship(FIRST),
  )
  t.match(first, { shipmentId: FIRST, shipment: 1, left: [{ sku: 'MILK', quantity: 70 }] })
  t.match(second, { shipmentId: `${FIRST}.2`, shipment: 2, left: [] })
})

test('charges go with the first shipment of the order', async (t) => {
  const [first, second] = shippedBy(ship(SECOND), ship(FIRST))
  t.match(first, { charges: [{ amount: '10.90' }], amount: '110.89', net: '98.49', tax: '12.40' })
  t.match(second, { charges: [], amount: '1227.04', net: '1085.88', tax: '141.16' })
})

test('the value date is the shipping date, not later than the business day', async (t) => {
  const { decision } = confirmed(t).when(ship(FIRST, { effectiveOn: '2026-01-02' }))
  t.match(decision, { events: [{ effectiveOn: '2026-01-02' }] })
  confirmed(t)
    .when(ship(FIRST, { effectiveOn: '2026-01-06' }))
    .refused('value-date-future')
  confirmed(t)
    .when(ship(FIRST, { effectiveOn: '2025-10-06' }))
    .refused('backdating-limit')
})

test('no more is shipped than is left of the fulfilment, and each SKU is named once', async (t) => {
  const partly = confirmed(t)
    .when(ship(FIRST, { lines: [{ sku: 'MILK', quantity: 50 }] }))
    .accepted()
  const lines = [
    { sku: 'MILK', quantity: 71 },
    { sku: 'TEA', quantity: 1 },
  ]
  partly.when(ship(FIRST, { lines })).refused('quantity-exceeds-left', {
    lines: [
      { sku: 'MILK', quantity: 71, left: 70 },
      { sku: 'TEA', quantity: 1, left: 0 },
    ],
  })
  const twice = [
    { sku: 'MILK', quantity: 1 },
    { sku: 'MILK', quantity: 1 },
  ]
  partly.when(ship(FIRST, { lines: twice })).refused('line-twice', { skus: ['MILK'] })
})

test('what is shipped can’t be shipped again', async (t) => {
  confirmed(t)
    .when(ship(FIRST))
    .accepted()
    .when(ship(FIRST))
    .refused('fulfilment-not-shippable', { status: 'shipped' })
})

test('the last delivery completes the order', async (t) => {
  confirmed(t)
    .when((state) => pickFulfilment(state, { fulfilmentId: FIRST }))
    .then(FulfilmentPicked({ orderId: ORDER, fulfilmentId: FIRST }))
    .when((state) => pickFulfilment(state, { fulfilmentId: FIRST }))
    .changesNothing()
    .when(ship(FIRST))
    .accepted()
    .when(ship(SECOND))
    .accepted()
    .when(deliver(FIRST))
    .then(FulfilmentDelivered({ orderId: ORDER, fulfilmentId: FIRST }))
    .when(deliver(FIRST))
    .changesNothing()
    .when(deliver(SECOND))
    .then(
      FulfilmentDelivered({ orderId: ORDER, fulfilmentId: SECOND }),
      OrderCompleted({ orderId: ORDER }),
    )
})

test('a fulfilment of which something is left in the warehouse is not delivered', async (t) => {
  confirmed(t)
    .when(ship(FIRST, { lines: [{ sku: 'MILK', quantity: 50 }] }))
    .accepted()
    .when(deliver(FIRST))
    .refused('fulfilment-not-shipped', { status: 'allocated' })
})

test('a delay changes nothing of what may be done next, and saying it twice changes nothing', async (t) => {
  const delay: Decide = (state) =>
    delayFulfilment(state, { fulfilmentId: FIRST, reason: 'snow', expectedOn: '2026-01-20' })
  confirmed(t)
    .when(delay)
    .accepted()
    .when(delay)
    .changesNothing()
    .when(ship(FIRST))
    .accepted()
    .when((state) => delayFulfilment(state, { fulfilmentId: FIRST, reason: 'more snow' }))
    .accepted()
    .when(deliver(FIRST))
    .accepted()
    .when(delay)
    .refused('fulfilment-ended', { status: 'delivered' })
})

test('cancelling a partly shipped order cancels what has not shipped', async (t) => {
  const { state, when } = confirmed(t)
    .when(ship(FIRST, { lines: [{ sku: 'MILK', quantity: 50 }] }))
    .accepted()
    .when((before, context) => cancelOrder(before, { orderId: ORDER }, context))
    .accepted()
  t.match(state, {
    status: 'shipping',
    fulfilments: [
      { stage: 'shipped', left: [] },
      { stage: 'cancelled', left: [] },
    ],
  })
  when(deliver(FIRST)).then(
    FulfilmentDelivered({ orderId: ORDER, fulfilmentId: FIRST }),
    OrderCompleted({ orderId: ORDER }),
  )
  when((before, context) => cancelOrder(before, { orderId: ORDER }, context)).refused(
    'order-not-cancellable',
    {
      status: 'shipping',
    },
  )
})

test('cancelling the rest of an order whose shipped part is delivered completes it', async (t) => {
  const { state } = confirmed(t)
    .when(ship(SECOND))
    .accepted()
    .when(deliver(SECOND))
    .accepted()
    .when((before, context) => cancelOrder(before, { orderId: ORDER }, context))
    .accepted()
  t.match(state, { status: 'completed' })
})

test('a fulfilment that is not there is unknown', async (t) => {
  confirmed(t)
    .when(ship(`${ORDER}.9`))
    .refused('fulfilment-unknown', { fulfilments: [FIRST, SECOND] })
  orders(t, inShop()).when(ship('X.1')).refused('order-unknown', { orderId: 'X' })
})

test('parts add up to the cent, gross and net, however the order ships', async (t) => {
  const quantity = fc.integer({ min: 1, max: 400 })
  const price = fc.integer({ min: 0, max: 500_000 }).map((n) => (n / 10_000).toFixed(4))
  const steps = fc.array(fc.integer({ min: 1, max: 90 }))
  const addsUp = fc.property(quantity, price, steps, (whole, unitPrice, quantities) => {
    const priceOverride = { unitPrice, reason: 'any' }
    const input = asking({ lines: [{ sku: 'MILK', quantity: whole, priceOverride }] })
    const events = shipAll(confirming(input, inShop({ actor: OPERATIONS })), quantities)
    const [line] = stateAfter(...events).lines
    const parts = events
      .filter(({ type }) => type === 'FulfilmentShipped')
      .map(({ data }) => FulfilmentShipped.schema.parse(data))
    const total = (of: 'amount' | 'net') => sum(parts.map((part) => decimal(part[of]))).toFixed(2)
    return (
      total('amount') === line?.amount &&
      total('net') === line.net &&
      parts.every((part) => decimal(part.net).plus(part.tax).equals(part.amount))
    )
  })
  t.doesNotThrow(() => fc.assert(addsUp))
})

/** Ships the only fulfilment in steps, and then all that is left. */
function shipAll(confirmedEvents: readonly DecidedEvent[], steps: readonly number[]) {
  let events = confirmedEvents
  for (const step of [...steps, Number.MAX_SAFE_INTEGER]) {
    const state = stateAfter(...events)
    const [left] = state.fulfilments[0]?.left ?? []
    if (!left) break
    const lines = [{ sku: 'MILK', quantity: Math.min(step, left.quantity) }]
    const decision = shipFulfilment(state, { fulfilmentId: FIRST, ...by, lines }, inShop())
    if (!decision.accepted) throw new Error(decision.refusal.message)
    events = [...events, ...decision.events]
  }
  return events
}
