/** What the ERP hears of goods that come back. What they are worth to their dealer is in `return-credited`. */

import { z } from 'zod'
import { valueDateOf } from '../domain/kernel/event.ts'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { ReturnApproved, ReturnReceived, ReturnRejected } from '../domain/order/return-events.ts'
import { StockReturned } from '../domain/stock/events.ts'
import { publicEvent } from './public-event.ts'
import {
  Amount,
  Currency,
  DealerId,
  gross,
  Id,
  LocalDate,
  OrderId,
  Quantity,
  Sku,
  WarehouseId,
} from './values.ts'

const ofReturn = { returnId: Id.describe('`<orderId>.r<n>`'), orderId: OrderId }

export const returnApproved = publicEvent({
  area: 'orders',
  name: 'return-approved',
  version: 1,
  description: 'Goods of an order may come back.',
  from: ReturnApproved,
  about: ({ returnId }) => returnId,
  schema: z.strictObject({
    ...ofReturn,
    lines: z.array(
      z.strictObject({
        ...{ sku: Sku, quantity: Quantity },
        resalable: z.boolean().describe('As far as it looks; what counts is what is received.'),
      }),
    ),
    restockingFee: Amount.describe('Kept of what they are worth, if all of them come.'),
    currency: Currency,
  }),
  translate: ({ data: { returnId, orderId, lines, restockingFee }, metadata: { currency } }) => ({
    ...{ returnId, orderId, restockingFee, currency },
    lines: lines.map(({ sku, quantity, resalable }) => ({ sku, quantity, resalable })),
  }),
})

export const returnRejected = publicEvent({
  area: 'orders',
  name: 'return-rejected',
  version: 1,
  description: 'Goods of an order will not come back: they are not taken, or nothing came.',
  from: ReturnRejected,
  about: ({ returnId }) => returnId,
  schema: z.strictObject({ ...ofReturn, reason: z.string() }),
  translate: ({ data: { returnId, orderId, reason } }) => ({ returnId, orderId, reason }),
})

export const returnReceived = publicEvent({
  area: 'orders',
  name: 'return-received',
  version: 1,
  description: 'Goods of an order came back and were counted.',
  from: ReturnReceived,
  about: ({ returnId }) => returnId,
  schema: z.strictObject({
    ...ofReturn,
    dealerId: DealerId,
    lines: z.array(
      z.strictObject({
        ...{ sku: Sku, quantity: Quantity },
        resalable: Quantity.describe('Of the quantity, what can be sold again.'),
        ...gross,
      }),
    ),
    ...gross,
    restockingFee: Amount.describe('Kept of the amount.'),
    currency: Currency,
    receivedOn: LocalDate,
  }),
  translate: (event) => {
    const { returnId, orderId, dealerId, lines, ...data } = event.data
    const { amount, net, tax, restockingFee } = data
    return {
      ...{ returnId, orderId, dealerId, amount, net, tax, restockingFee },
      lines: lines.map(({ sku, quantity, resalable, ...line }) => ({
        ...{ sku, quantity, resalable },
        ...{ amount: line.amount, net: line.net, tax: line.tax },
      })),
      currency: event.metadata.currency,
      receivedOn: valueDateOf(event),
    }
  },
})

export const goodsReturned = publicEvent({
  area: 'stock',
  name: 'goods-returned',
  version: 1,
  description: 'A warehouse took goods back at the cost that they were issued at.',
  from: StockReturned,
  schema: z.strictObject({
    warehouseId: WarehouseId,
    ...ofReturn,
    lines: z.array(
      z.strictObject({
        sku: Sku,
        restocked: Quantity.describe('As good as others.'),
        scrapped: Quantity.describe('Lost.'),
        cost: Amount.describe('Of both.'),
        scrapCost: Amount.describe('Of it, of what was scrapped.'),
      }),
    ),
    restocked: Amount.describe('Cost of what is inventory again.'),
    scrapped: Amount.describe('Cost of what is lost.'),
    currency: Currency,
    returnedOn: LocalDate,
  }),
  sums: ['restocked', 'scrapped'],
  translate: (event) => {
    const { warehouseId, orderId, returnId, lines } = event.data
    const total = sum(lines.map(({ cost }) => decimal(cost)))
    const scrapped = sum(lines.map(({ scrapCost }) => decimal(scrapCost)))
    return {
      ...{ warehouseId, returnId, orderId },
      lines: lines.map(({ sku, restocked, scrapped, cost, scrapCost }) => {
        return { sku, restocked, scrapped, cost, scrapCost }
      }),
      restocked: toAmount(total.minus(scrapped)),
      scrapped: toAmount(scrapped),
      currency: event.metadata.currency,
      returnedOn: valueDateOf(event),
    }
  },
})
