/** What may be asked of a warehouse's stock: by people and the ERP, and by the sagas. */

import { z } from 'zod'
import {
  Count,
  FulfilmentId,
  Id,
  Instant,
  LocalDate,
  lines,
  OrderId,
  Quantity,
  Sku,
  Text,
  UnitPrice,
  WarehouseId,
} from '../domain/kernel/values.ts'
import { countStock, spoilStock } from '../domain/stock/counting.ts'
import {
  issueStock,
  receiveStock,
  reduceReservation,
  releaseReservation,
  reserveStock,
} from '../domain/stock/decide.ts'
import {
  Attempt,
  ReleaseReason,
  StockTransferExpected,
  StockTransferSent,
} from '../domain/stock/events.ts'
import { expireBatches } from '../domain/stock/expiry.ts'
import { quarantineStock } from '../domain/stock/quarantine.ts'
import { stock } from '../domain/stock/stock.ts'
import { expectTransfer, receiveTransfer, sendTransfer } from '../domain/stock/transfers.ts'
import { firstOf } from './answers.ts'
import { command } from './command.ts'

const STOCK_ROLES = ['brand-admin', 'brand-ops', 'brand-warehouse', 'erp'] as const

/** Some goods of one SKU; without a batch, those that would leave first. */
const Goods = { warehouseId: WarehouseId, sku: Sku, quantity: Quantity, batch: Id.optional() }

export const ReceiveStock = command({
  name: 'ReceiveStock',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    sku: Sku,
    quantity: Quantity,
    unitCost: UnitPrice,
    batch: Id.optional(),
    expiresOn: LocalDate.optional(),
    reference: Text.optional(),
  }),
  roles: STOCK_ROLES,
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: receiveStock,
  route: {
    path: '/stock/receipts',
    summary: 'Receive goods into a warehouse at their unit cost',
  },
})

export const QuarantineStock = command({
  name: 'QuarantineStock',
  schema: z.strictObject({ ...Goods, reason: Text, release: z.boolean().optional() }),
  roles: STOCK_ROLES,
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: quarantineStock,
  route: {
    path: '/stock/quarantines',
    summary: 'Set goods apart, or with `release` make them good again',
  },
})

export const SpoilStock = command({
  name: 'SpoilStock',
  schema: z.strictObject({ ...Goods, reason: Text }),
  roles: STOCK_ROLES,
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: spoilStock,
  route: {
    path: '/stock/spoilage',
    summary: 'Write spoiled goods off at their moving average cost',
  },
})

export const CountStock = command({
  name: 'CountStock',
  schema: z.strictObject({
    ...Goods,
    quantity: Count,
    expiresOn: LocalDate.optional(),
    reason: Text,
  }),
  roles: STOCK_ROLES,
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: countStock,
  route: {
    path: '/stock/counts',
    summary: 'Make what was counted the quantity on hand, and book the difference',
  },
})

export const SendTransfer = command({
  name: 'SendTransfer',
  schema: z.strictObject({
    fromWarehouseId: WarehouseId,
    toWarehouseId: WarehouseId,
    lines: z
      .array(z.strictObject({ sku: Sku, quantity: Quantity, batch: Id.optional() }))
      .min(1, 'must have at least one line')
      .max(1000),
    reference: Text.optional(),
  }),
  roles: STOCK_ROLES,
  aggregate: stock,
  stream: ({ fromWarehouseId }) => fromWarehouseId,
  expects: 'any',
  decide: sendTransfer,
  route: {
    path: '/stock/transfers',
    status: 201,
    summary: 'Send goods to another warehouse, which receives them by its own count',
    answer: ({ events }) => {
      const sent = firstOf(StockTransferSent, events)
      return sent === undefined ? {} : { transferId: sent.data.transferId }
    },
    answerSchema: z.object({ transferId: Id }),
  },
})

export const ReceiveTransfer = command({
  name: 'ReceiveTransfer',
  schema: z.strictObject({
    transferId: Id,
    warehouseId: WarehouseId,
    lines: z
      .array(z.strictObject({ sku: Sku, quantity: Count }))
      .min(1, 'must have at least one line')
      .max(1000)
      .optional(),
  }),
  roles: STOCK_ROLES,
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: receiveTransfer,
  route: {
    path: '/stock/transfers/:transferId/receive',
    summary: 'Receive a transfer as it was counted; what is missing is written off',
  },
})

export const ExpectTransfer = command({
  name: 'ExpectTransfer',
  schema: StockTransferExpected.schema,
  roles: [],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: expectTransfer,
})

export const ExpireBatches = command({
  name: 'ExpireBatches',
  schema: z.strictObject({ warehouseId: WarehouseId, date: LocalDate }),
  roles: [],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: expireBatches,
})

const QuantityLines = lines({ sku: Sku, quantity: Quantity })

export const ReserveStock = command({
  name: 'ReserveStock',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    lines: QuantityLines,
    expiresAt: Instant,
  }),
  roles: [],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: reserveStock,
})

export const ReleaseReservation = command({
  name: 'ReleaseReservation',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    reason: ReleaseReason,
  }),
  roles: [],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: releaseReservation,
})

export const ReduceReservation = command({
  name: 'ReduceReservation',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    lines: QuantityLines,
  }),
  roles: [],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: reduceReservation,
})

export const IssueStock = command({
  name: 'IssueStock',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    shipmentId: FulfilmentId.optional(),
    lines: QuantityLines,
    effectiveOn: LocalDate.optional(),
  }),
  roles: [],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: issueStock,
})
