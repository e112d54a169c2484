/** What may be asked of a warehouse's stock: by people and the ERP, and by the sagas. */

import { z } from 'zod'
import {
  Amount,
  Count,
  FulfilmentId,
  Id,
  Instant,
  LocalDate,
  lines,
  OrderId,
  Quantity,
  ReturnId,
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
import { restockReturn } from '../domain/stock/returns.ts'
import { stock } from '../domain/stock/stock.ts'
import { expectTransfer, receiveTransfer, sendTransfer } from '../domain/stock/transfers.ts'
import { firstOf } from './answers.ts'
import { command } from './command.ts'
import { askedLines } from './lines.ts'

const STOCK_ROLES = ['brand-admin', 'brand-ops', 'brand-warehouse', 'erp'] as const

const ofWarehouse = {
  aggregate: stock,
  stream: ({ warehouseId }: Readonly<{ warehouseId: string }>) => warehouseId,
  expects: 'any',
} as const

const byPeople = { ...ofWarehouse, roles: STOCK_ROLES } as const
const bySaga = { ...ofWarehouse, roles: [] } as const

/** Some goods of one SKU; without a batch, those that would leave first. */
const Goods = { warehouseId: WarehouseId, sku: Sku, quantity: Quantity, batch: Id.optional() }

export const ReceiveStock = command({
  ...byPeople,
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
  decide: receiveStock,
  route: {
    path: '/stock/receipts',
    summary: 'Receive goods into a warehouse at their unit cost',
  },
})

export const QuarantineStock = command({
  ...byPeople,
  name: 'QuarantineStock',
  schema: z.strictObject({ ...Goods, reason: Text, release: z.boolean().optional() }),
  decide: quarantineStock,
  route: {
    path: '/stock/quarantines',
    summary: 'Set goods apart, or with `release` make them good again',
  },
})

export const SpoilStock = command({
  ...byPeople,
  name: 'SpoilStock',
  schema: z.strictObject({ ...Goods, reason: Text }),
  decide: spoilStock,
  route: {
    path: '/stock/spoilage',
    summary: 'Write spoiled goods off at their moving average cost',
  },
})

export const CountStock = command({
  ...byPeople,
  name: 'CountStock',
  schema: z.strictObject({
    ...Goods,
    quantity: Count,
    expiresOn: LocalDate.optional(),
    reason: Text,
  }),
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
    lines: askedLines({ sku: Sku, quantity: Quantity, batch: Id.optional() }),
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
  ...byPeople,
  name: 'ReceiveTransfer',
  schema: z.strictObject({
    transferId: Id,
    warehouseId: WarehouseId,
    lines: askedLines({ sku: Sku, quantity: Count }).optional(),
  }),
  decide: receiveTransfer,
  route: {
    path: '/stock/transfers/:transferId/receive',
    summary: 'Receive a transfer as it was counted; what is missing is written off',
  },
})

export const ExpectTransfer = command({
  ...bySaga,
  name: 'ExpectTransfer',
  schema: StockTransferExpected.schema,
  decide: expectTransfer,
})

export const ExpireBatches = command({
  ...bySaga,
  name: 'ExpireBatches',
  schema: z.strictObject({ warehouseId: WarehouseId, date: LocalDate }),
  decide: expireBatches,
})

/** Units of a SKU that had left with a shipment. */
const OfShipment = z.strictObject({
  shipmentId: FulfilmentId,
  quantity: Quantity,
  before: Count,
  shipped: Quantity,
})

const IssuedGoods = z.array(
  z.strictObject({ shipmentId: FulfilmentId, sku: Sku, quantity: Quantity, cost: Amount }),
)

/** What came back to a warehouse, at the cost of the shipments that it had left with. */
export const RestockReturn = command({
  name: 'RestockReturn',
  roles: [],
  aggregate: stock,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'any',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    returnId: ReturnId,
    lines: lines({
      ...{ sku: Sku, restocked: Count, scrapped: Count },
      from: z.array(OfShipment).min(1),
    }),
    effectiveOn: LocalDate.optional(),
  }),
  lookup: async ({ lines: back }, lookups) => {
    const shipmentIds = back.flatMap(({ from }) => from.map(({ shipmentId }) => shipmentId))
    return await lookups.issuedWith([...new Set(shipmentIds)])
  },
  decide: (state, input, context) =>
    restockReturn(state, input, IssuedGoods.parse(context.lookup), context),
})

const QuantityLines = lines({ sku: Sku, quantity: Quantity })

export const ReserveStock = command({
  ...bySaga,
  name: 'ReserveStock',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    lines: QuantityLines,
    expiresAt: Instant,
  }),
  decide: reserveStock,
})

export const ReleaseReservation = command({
  ...bySaga,
  name: 'ReleaseReservation',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    reason: ReleaseReason,
  }),
  decide: releaseReservation,
})

export const ReduceReservation = command({
  ...bySaga,
  name: 'ReduceReservation',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    attempt: Attempt,
    lines: QuantityLines,
  }),
  decide: reduceReservation,
})

export const IssueStock = command({
  ...bySaga,
  name: 'IssueStock',
  schema: z.strictObject({
    warehouseId: WarehouseId,
    orderId: OrderId,
    fulfilmentId: FulfilmentId,
    shipmentId: FulfilmentId.optional(),
    lines: QuantityLines,
    effectiveOn: LocalDate.optional(),
  }),
  decide: issueStock,
})
