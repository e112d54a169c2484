/** What the ERP hears of goods that come back. */

import { test } from 'tap'
import { ReturnApproved, ReturnReceived, ReturnRejected } from '../../domain/order/return-events.ts'
import { StockReturned } from '../../domain/stock/events.ts'
import {
  goodsReturned,
  returnApproved,
  returnReceived,
  returnRejected,
} from '../../feed/returns.ts'
import { recorded } from '../support/recorded.ts'

const of = { returnId: 'O1.r1', orderId: 'O1' }
const sums = { amount: '22.60', net: '20.00', tax: '2.60' }

test('the ERP hears what may come back, and what will not', async (t) => {
  const lines = [{ sku: 'MILK', quantity: 2, resalable: true }]
  const approved = ReturnApproved({ ...of, lines, restockingFee: '1.00' })
  t.strictSame(
    returnApproved.schema.parse(returnApproved.translate(recorded('order-O1', approved))),
    { ...of, lines, restockingFee: '1.00', currency: 'CNY' },
  )
  const rejected = ReturnRejected({ ...of, reason: 'worn' })
  t.strictSame(
    returnRejected.schema.parse(returnRejected.translate(recorded('order-O1', rejected))),
    { ...of, reason: 'worn' },
  )
})

test('the ERP hears what came back and what it was sold for', async (t) => {
  const from = [{ shipmentId: 'O1.1', quantity: 2, before: 0, shipped: 5 }]
  const received = ReturnReceived({
    ...{ ...of, ...sums, dealerId: 'D1', facilityId: 'ROOT', restockingFee: '1.00' },
    lines: [{ sku: 'MILK', quantity: 2, resalable: 1, before: 0, delivered: 5, ...sums }],
    places: [{ warehouseId: 'SH', lines: [{ sku: 'MILK', restocked: 1, scrapped: 1, from }] }],
  })
  const event = recorded('order-O1', received, { metadata: { effectiveOn: '2026-01-03' } })
  t.strictSame(returnReceived.schema.parse(returnReceived.translate(event)), {
    ...{ ...of, ...sums, dealerId: 'D1', restockingFee: '1.00', currency: 'CNY' },
    lines: [{ sku: 'MILK', quantity: 2, resalable: 1, ...sums }],
    receivedOn: '2026-01-03',
  })
})

test('the ERP hears what is inventory again, and what is lost, at cost', async (t) => {
  const goods = { sku: 'MILK', restocked: 1, scrapped: 2, cost: '9.00', scrapCost: '6.00' }
  const returned = StockReturned({
    ...{ ...of, warehouseId: 'SH', journal: [] },
    lines: [{ ...goods, batches: [{ quantity: 1 }] }],
  })
  const told = goodsReturned.translate(recorded('stock-SH', returned))
  t.match(goodsReturned.schema.parse(told), {
    ...{ ...of, warehouseId: 'SH', lines: [goods] },
    ...{ restocked: '3.00', scrapped: '6.00', currency: 'CNY', returnedOn: '2026-01-05' },
  })
})
