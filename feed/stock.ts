/** What the ERP hears of goods that come in and go out, at their cost. */

import { z } from 'zod'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { StockIssued, StockReceived } from '../domain/stock/events.ts'
import { publicEvent } from './public-event.ts'
import {
  Amount,
  Currency,
  FulfilmentId,
  Id,
  LocalDate,
  OrderId,
  Quantity,
  Sku,
  UnitPrice,
  valueDate,
  WarehouseId,
} from './values.ts'

const area = 'stock'

export const goodsReceived = publicEvent({
  area,
  name: 'goods-received',
  version: 1,
  description: 'Goods came into a warehouse at their cost.',
  from: StockReceived,
  schema: z.strictObject({
    warehouseId: WarehouseId,
    sku: Sku,
    quantity: Quantity,
    unitCost: UnitPrice,
    cost: Amount,
    currency: Currency,
    batch: Id.optional(),
    expiresOn: LocalDate.optional(),
    receivedOn: LocalDate,
  }),
  sums: ['cost'],
  translate: (event) => {
    const { warehouseId, sku, quantity, unitCost, amount, batch, expiresOn } = event.data
    return {
      ...{ warehouseId, sku, quantity, unitCost },
      cost: amount,
      currency: event.metadata.currency,
      ...{ batch, expiresOn },
      receivedOn: valueDate(event),
    }
  },
})

export const goodsIssued = publicEvent({
  area,
  name: 'goods-issued',
  version: 1,
  description: 'Goods left a warehouse with a shipment, at their moving average cost.',
  from: StockIssued,
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    shipmentId: FulfilmentId,
    lines: z.array(z.strictObject({ sku: Sku, quantity: Quantity, cost: Amount })),
    cost: Amount,
    currency: Currency,
    issuedOn: LocalDate,
  }),
  sums: ['cost'],
  translate: (event) => {
    const { warehouseId, orderId, fulfilmentId, shipmentId = fulfilmentId, lines } = event.data
    return {
      ...{ warehouseId, orderId, fulfilmentId, shipmentId },
      lines: lines.map(({ sku, quantity, cost }) => ({ sku, quantity, cost })),
      cost: toAmount(sum(lines.map(({ cost }) => decimal(cost)))),
      currency: event.metadata.currency,
      issuedOn: valueDate(event),
    }
  },
})
