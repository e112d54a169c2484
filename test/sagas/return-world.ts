/** The world of refunds, and an order in it whose goods were sold from two warehouses and come back. */

import * as fulfilments from '../../commands/fulfilments.ts'
import * as returns from '../../commands/returns.ts'
import * as stocks from '../../commands/stock.ts'
import type { DecidedEvent, RecordedEvent } from '../../domain/kernel/event.ts'
import { FulfilmentShipped } from '../../domain/order/fulfilment-events.ts'
import { order } from '../../domain/order/order.ts'
import type { Order } from '../../domain/order/state.ts'
import { StockIssued, StockReceived, StockReserved } from '../../domain/stock/events.ts'
import { stock } from '../../domain/stock/stock.ts'
import { orderReturn } from '../../sagas/order-return.ts'
import { listen, saga } from '../../sagas/saga.ts'
import { CONFIRMED } from '../domain/order/returning.ts'
import { ORDER, shop } from '../domain/order/shop.ts'
import { refundWorld } from './refund-world.ts'

/** What the order's own saga does of a shipment. */
const shipping = saga<null>({
  name: 'shipping',
  version: 1,
  listens: [
    listen(
      FulfilmentShipped,
      ({ data }) => data.orderId,
      (_, { data }) => {
        const { orderId, dealerId, facilityId, warehouseId, shipmentId, amount, net, tax } = data
        const of = { orderId, fulfilmentId: shipmentId }
        const lines = data.lines.map(({ sku, quantity }) => ({ sku, quantity }))
        const owed = { ...of, facilityId, dealerId, amount, net, tax }
        return {
          state: null,
          commands: [
            { command: 'IssueStock', input: { ...of, warehouseId, lines } },
            { command: 'RecogniseReceivable', input: owed },
          ],
        }
      },
    ),
  ],
})

/** What is there for the order, at a cost that can't be divided evenly. */
const GOODS = [
  { warehouseId: 'SH', sku: 'MILK', quantity: 70, amount: '233.33' },
  { warehouseId: 'SH', sku: 'TEA', quantity: 3, amount: '10.00' },
  { warehouseId: 'BJ', sku: 'MILK', quantity: 50, amount: '166.70' },
]

export type ReturnWorld = ReturnType<typeof returnWorld>

export function returnWorld() {
  const world = refundWorld({
    modules: [fulfilments, returns, stocks],
    sagas: [shipping, orderReturn],
    reference: shop,
    lookups: (log) => ({ issuedWith: async (shipmentIds) => issuedOf(log, shipmentIds) }),
    tooEarly: ['goods-not-issued', 'return-exceeds-order'],
  })
  world.given(`order-${ORDER}`, order, ...CONFIRMED)
  for (const [warehouseId, goods] of Map.groupBy(GOODS, (one) => one.warehouseId)) {
    world.given(`stock-${warehouseId}`, stock, ...stockedFor(warehouseId, goods))
  }
  world.lookAgain()
  return { ...world, order: () => world.stateOf<Order>(`order-${ORDER}`) }
}

function stockedFor(warehouseId: string, goods: typeof GOODS): readonly DecidedEvent[] {
  const received = goods.map((one) => StockReceived({ ...one, unitCost: '3.3333', journal: [] }))
  const lines = goods.map(({ sku, quantity }) => ({ sku, quantity }))
  const expiresAt = '2026-01-06T00:00:00.000Z'
  const reserved = StockReserved({ warehouseId, orderId: ORDER, attempt: 1, lines, expiresAt })
  return [...received, reserved]
}

function issuedOf(log: readonly RecordedEvent[], shipmentIds: readonly string[]) {
  return log
    .filter(({ type }) => type === 'StockIssued')
    .map(({ data }) => StockIssued.schema.parse(data))
    .flatMap(({ fulfilmentId, shipmentId = fulfilmentId, lines }) =>
      lines.map(({ sku, quantity, cost }) => ({ shipmentId, sku, quantity, cost })),
    )
    .filter(({ shipmentId }) => shipmentIds.includes(shipmentId))
}
