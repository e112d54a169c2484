/** What the ERP hears of goods that come in and go out, at their cost. */

import { z } from 'zod'
import { valueDateOf } from '../domain/kernel/event.ts'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import {
  StockCounted,
  StockIssued,
  StockReceived,
  StockSpoiled,
  StockTransferReceived,
  StockTransferSent,
} from '../domain/stock/events.ts'
import { publicEvent } from './public-event.ts'
import {
  Amount,
  Count,
  Currency,
  FulfilmentId,
  Id,
  LocalDate,
  OrderId,
  Quantity,
  Sku,
  UnitPrice,
  WarehouseId,
} from './values.ts'

const area = 'stock'

/** Which goods of a SKU: by batch and date, where they have them. */
const Batches = z.array(
  z.strictObject({ batch: Id.optional(), expiresOn: LocalDate.optional(), quantity: Quantity }),
)

type Part = Readonly<{
  batch?: string | undefined
  expiresOn?: string | undefined
  quantity: number
}>

function batchesOf(parts: readonly Part[]): z.output<typeof Batches> {
  return parts.map(({ batch, expiresOn, quantity }) => ({
    ...(batch !== undefined && { batch }),
    ...(expiresOn !== undefined && { expiresOn }),
    quantity,
  }))
}

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
      receivedOn: valueDateOf(event),
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
    lines: z.array(
      z.strictObject({ sku: Sku, quantity: Quantity, cost: Amount, batches: Batches.optional() }),
    ),
    cost: Amount,
    currency: Currency,
    issuedOn: LocalDate,
  }),
  sums: ['cost'],
  translate: (event) => {
    const { warehouseId, orderId, fulfilmentId, shipmentId = fulfilmentId, lines } = event.data
    return {
      ...{ warehouseId, orderId, fulfilmentId, shipmentId },
      lines: lines.map(({ sku, quantity, cost, batches }) => {
        return { sku, quantity, cost, ...(batches && { batches: batchesOf(batches) }) }
      }),
      cost: toAmount(sum(lines.map(({ cost }) => decimal(cost)))),
      currency: event.metadata.currency,
      issuedOn: valueDateOf(event),
    }
  },
})

export const goodsSpoiled = publicEvent({
  area,
  name: 'goods-spoiled',
  version: 1,
  description: 'Spoiled goods were written off at their moving average cost.',
  from: StockSpoiled,
  schema: z.strictObject({
    warehouseId: WarehouseId,
    sku: Sku,
    quantity: Quantity,
    batches: Batches,
    cost: Amount,
    currency: Currency,
    spoiledOn: LocalDate,
  }),
  sums: ['cost'],
  translate: (event) => {
    const { warehouseId, sku, quantity, batches, cost } = event.data
    return {
      ...{ warehouseId, sku, quantity, batches: batchesOf(batches), cost },
      currency: event.metadata.currency,
      spoiledOn: valueDateOf(event),
    }
  },
})

export const goodsCounted = publicEvent({
  area,
  name: 'goods-counted',
  version: 1,
  description: 'Goods were counted; what is missing or found is booked at moving average cost.',
  from: StockCounted,
  schema: z.strictObject({
    warehouseId: WarehouseId,
    sku: Sku,
    batch: Id.optional(),
    booked: Count,
    counted: Count,
    shortage: Amount,
    surplus: Amount,
    currency: Currency,
    countedOn: LocalDate,
  }),
  sums: ['shortage', 'surplus'],
  translate: (event) => {
    const { warehouseId, sku, batch, booked, counted, cost } = event.data
    return {
      ...{ warehouseId, sku, batch, booked, counted },
      shortage: counted < booked ? cost : '0.00',
      surplus: counted > booked ? cost : '0.00',
      currency: event.metadata.currency,
      countedOn: valueDateOf(event),
    }
  },
})

export const transferSent = publicEvent({
  area,
  name: 'transfer-sent',
  version: 1,
  description: 'Goods left for another warehouse, at their moving average cost.',
  from: StockTransferSent,
  schema: z.strictObject({
    transferId: Id,
    fromWarehouseId: WarehouseId,
    toWarehouseId: WarehouseId,
    lines: z.array(
      z.strictObject({ sku: Sku, quantity: Quantity, cost: Amount, batches: Batches }),
    ),
    cost: Amount,
    currency: Currency,
    sentOn: LocalDate,
  }),
  sums: ['cost'],
  translate: (event) => {
    const { transferId, warehouseId, toWarehouseId, lines } = event.data
    return {
      ...{ transferId, fromWarehouseId: warehouseId, toWarehouseId },
      lines: lines.map(({ sku, quantity, cost, batches }) => {
        return { sku, quantity, cost, batches: batchesOf(batches) }
      }),
      cost: toAmount(sum(lines.map(({ cost }) => decimal(cost)))),
      currency: event.metadata.currency,
      sentOn: valueDateOf(event),
    }
  },
})

export const transferReceived = publicEvent({
  area,
  name: 'transfer-received',
  version: 1,
  description: 'A transfer arrived and was counted; what is missing is written off.',
  from: StockTransferReceived,
  schema: z.strictObject({
    transferId: Id,
    fromWarehouseId: WarehouseId,
    toWarehouseId: WarehouseId,
    lines: z.array(
      z.strictObject({
        ...{ sku: Sku, sent: Quantity, quantity: Count },
        ...{ cost: Amount, lost: Amount, batches: Batches },
      }),
    ),
    cost: Amount,
    lost: Amount,
    currency: Currency,
    receivedOn: LocalDate,
  }),
  sums: ['cost', 'lost'],
  translate: (event) => {
    const { transferId, warehouseId, fromWarehouseId, lines } = event.data
    return {
      ...{ transferId, fromWarehouseId, toWarehouseId: warehouseId },
      lines: lines.map(({ sku, sent, quantity, cost, lost, batches }) => {
        return { sku, sent, quantity, cost, lost, batches: batchesOf(batches) }
      }),
      cost: toAmount(sum(lines.map(({ cost }) => decimal(cost)))),
      lost: toAmount(sum(lines.map(({ lost }) => decimal(lost)))),
      currency: event.metadata.currency,
      receivedOn: valueDateOf(event),
    }
  },
})
