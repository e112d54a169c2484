import { test } from 'tap'
import { PickFulfilment, ShipFulfilment } from '../../commands/fulfilments.ts'
import { CancelOrder, PlaceOrder } from '../../commands/orders.ts'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import { cancelOrder } from '../../domain/order/cancel.ts'
import { OrderCancelled, OrderRejected } from '../../domain/order/events.ts'
import {
  asking,
  BUYER,
  confirming,
  inShop,
  ORDER,
  placing,
  stateAfter,
} from '../domain/order/shop.ts'
import { testContext } from '../support/given.ts'
import { recorded } from '../support/recorded.ts'

const written = (events: readonly DecidedEvent[]) =>
  events.map((event, index) => recorded(`order-${ORDER}`, event, { revision: BigInt(index) }))

const input = PlaceOrder.schema.parse(asking())
const state = undefined

test('the answer to a placed order is what was recorded of it', async (t) => {
  const answer = PlaceOrder.route?.answer?.({
    ...{ input, streamId: ORDER, state },
    events: written(placing()),
  })
  t.same(answer, {
    orderId: ORDER,
    orderNumber: ORDER,
    status: 'placed',
    total: '1419.99',
    lines: [
      {
        sku: 'MILK',
        quantity: 120,
        unitPrice: '11.00',
        discount: '0.00',
        amount: '1320.00',
        tax: '151.86',
      },
      {
        sku: 'TEA',
        quantity: 3,
        unitPrice: '33.33',
        discount: '0.00',
        amount: '99.99',
        tax: '11.50',
      },
    ],
  })
  t.ok(PlaceOrder.route?.answerSchema?.safeParse(answer).success)
})

test('the stream of an order is the id that its event carries', async (t) => {
  t.equal(PlaceOrder.stream(input, inShop()), ORDER)
})

test('whoever waits is told how the order was decided', async (t) => {
  const tell = (event: DecidedEvent) => {
    const [only] = written([event])
    return only && PlaceOrder.route?.coordinated?.tell(only, input)
  }
  const [placed, , confirmed] = confirming()
  const rejection = { orderId: ORDER, code: 'stock-insufficient', message: 'too little' }
  t.equal(placed && tell(placed), undefined)
  t.match(confirmed && tell(confirmed), { status: 'confirmed', fulfilments: [{}, {}] })
  t.same(tell(OrderRejected(rejection)), {
    status: 'rejected',
    statusReason: { code: 'stock-insufficient', message: 'too little' },
  })
  t.match(tell(OrderCancelled({ orderId: ORDER, fulfilments: [] })), { status: 'cancelled' })
})

test('cancelling answers with what will not be shipped', async (t) => {
  const decision = cancelOrder(stateAfter(...confirming()), { orderId: ORDER }, testContext())
  const events = written(decision.accepted ? decision.events : [])
  const answer = CancelOrder.route?.answer?.({
    ...{ input: { orderId: ORDER }, streamId: ORDER, state },
    events,
  })
  t.match(answer, { orderId: ORDER, cancelled: 'order', fulfilments: [{}, {}] })
})

test('a dealer’s people cancel orders of their own dealer', async (t) => {
  t.equal(CancelOrder.dealer?.({ orderId: ORDER }, stateAfter(...placing()), BUYER), 'D1')
})

test('a fulfilment is decided on by its order', async (t) => {
  t.equal(PickFulfilment.stream({ fulfilmentId: `${ORDER}.12` }, inShop()), ORDER)
})

test('fields that no one knows, and quantities that are no whole number, are malformed', async (t) => {
  const by = { fulfilmentId: `${ORDER}.1`, carrier: 'SF', trackingNumber: '1' }
  const malformed = [
    ShipFulfilment.schema.safeParse({ ...by, lines: [{ sku: 'A', quantity: 1.5 }] }),
    ShipFulfilment.schema.safeParse({ ...by, lines: [{ sku: 'A', quantity: 1, price: '1' }] }),
    PlaceOrder.schema.safeParse({ ...asking(), lines: [{ sku: 'A', quantity: -1 }] }),
    PlaceOrder.schema.safeParse({ ...asking(), discount: '5' }),
    PlaceOrder.schema.safeParse({
      ...asking(),
      charges: [{ kind: 'freight', amount: '1e400', taxRate: '0' }],
    }),
  ]
  for (const { success } of malformed) t.notOk(success)
})
