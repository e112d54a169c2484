/** What may be asked of a warehouse's stock: by people and the ERP, and by the sagas. */

import { z } from 'zod'
import {
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
import {
  issueStock,
  receiveStock,
  releaseReservation,
  reserveStock,
} from '../domain/stock/decide.ts'
import { Attempt, ReleaseReason } from '../domain/stock/events.ts'
import { stock } from '../domain/stock/stock.ts'
import { command } from './command.ts'

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
  roles: ['brand-admin', 'brand-ops', 'brand-warehouse', 'erp'],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  decide: receiveStock,
  route: {
    path: '/stock/receipts',
    summary: 'Receive goods into a warehouse at their unit cost',
  },
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
