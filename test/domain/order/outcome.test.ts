import { test } from 'tap'
import { cancelOrder } from '../../../domain/order/cancel.ts'
import { OrderCancelled, OrderConfirmed, OrderRejected } from '../../../domain/order/events.ts'
import { confirmOrder, rejectOrder } from '../../../domain/order/outcome.ts'
import { planFulfilment } from '../../../domain/order/plan.ts'
import { WarehouseOpened } from '../../../domain/warehouse/warehouse.ts'
import { confirming, inShop, ORDER, orders, placing, productOf, stocked, viewOf } from './shop.ts'

const rejection = { orderId: ORDER, code: 'stock-insufficient', message: 'too little' }
const cancelled = OrderCancelled({ orderId: ORDER, fulfilments: [] })

const placed = (t: Parameters<typeof orders>[0]) => orders(t, inShop()).given(...placing())

test('a confirmed order has a fulfilment for each part of its plan', async (t) => {
  placed(t)
    .when((state) => confirmOrder(state, { orderId: ORDER, attempt: 1 }))
    .then(
      OrderConfirmed({
        orderId: ORDER,
        fulfilments: [
          {
            fulfilmentId: `${ORDER}.1`,
            warehouseId: 'SH',
            lines: [{ sku: 'MILK', quantity: 120 }],
          },
          { fulfilmentId: `${ORDER}.2`, warehouseId: 'BJ', lines: [{ sku: 'TEA', quantity: 3 }] },
        ],
      }),
    )
    .when((state) => confirmOrder(state, { orderId: ORDER, attempt: 1 }))
    .changesNothing()
})

test('only the latest plan is confirmed', async (t) => {
  placed(t)
    .when((state) => confirmOrder(state, { orderId: ORDER, attempt: 2 }))
    .refused('plan-outdated', { planned: 1 })
})

test('an order that was cancelled meanwhile is neither confirmed nor rejected nor planned', async (t) => {
  placed(t)
    .given(cancelled)
    .when((state) => confirmOrder(state, { orderId: ORDER, attempt: 1 }))
    .changesNothing()
    .when((state) => rejectOrder(state, rejection))
    .changesNothing()
    .when((state, context) => planFulfilment(state, { orderId: ORDER, attempt: 2 }, context))
    .changesNothing()
})

test('an order is rejected once, for the first reason', async (t) => {
  placed(t)
    .when((state) => rejectOrder(state, rejection))
    .then(OrderRejected(rejection))
    .when((state) => rejectOrder(state, { ...rejection, code: 'credit-insufficient' }))
    .changesNothing()
})

test('a plan is made anew on what is in stock by then, once an attempt', async (t) => {
  const reference = viewOf(
    productOf('MILK'),
    productOf('TEA'),
    WarehouseOpened({ warehouseId: 'BJ', name: 'Beijing', regions: ['East'], priority: 2 }),
    stocked('BJ', 'MILK', 120),
    stocked('BJ', 'TEA', 3),
  )
  const plan = { orderId: ORDER, attempt: 2 }
  const { decision } = placed(t)
    .in({ reference })
    .when((state, context) => planFulfilment(state, plan, context))
  t.match(decision, {
    events: [{ data: { attempt: 2, parts: [{ warehouseId: 'BJ' }], shortages: [] } }],
  })
  placed(t)
    .when((state, context) => planFulfilment(state, plan, context))
    .accepted()
    .when((state, context) => planFulfilment(state, plan, context))
    .changesNothing()
})

test('an order is cancelled whole before anything has shipped', async (t) => {
  placed(t)
    .when((state, context) => cancelOrder(state, { orderId: ORDER }, context))
    .then(cancelled)
    .when((state, context) => cancelOrder(state, { orderId: ORDER }, context))
    .refused('order-not-cancellable', { status: 'cancelled' })
})

test('cancelling a confirmed order cancels its fulfilments', async (t) => {
  const { state } = orders(t, inShop())
    .given(...confirming())
    .when((before, context) =>
      cancelOrder(before, { orderId: ORDER, reason: 'not needed' }, context),
    )
    .accepted()
  t.match(state, { status: 'cancelled', fulfilments: [{ stage: 'cancelled' }, { left: [] }] })
})

test('decisions about an order that is not there say so', async (t) => {
  const none = orders(t, inShop())
  const input = { orderId: 'X', attempt: 1 }
  none.when((state) => confirmOrder(state, input)).refused('order-unknown', { orderId: 'X' })
  none.when((state, context) => cancelOrder(state, input, context)).refused('order-unknown')
  none.when((state, context) => planFulfilment(state, input, context)).refused('order-unknown')
  const { decision } = none.when((state) => rejectOrder(state, { ...rejection, orderId: 'X' }))
  t.match(decision, { refusal: { kind: 'unknown' } })
})
