/** Two warehouses, and what is asked of the one in Shanghai. */

import type { DecisionContext } from '../../../domain/context.ts'
import type { RecordedEvent } from '../../../domain/kernel/event.ts'
import { ProductRegistered } from '../../../domain/product/product.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import { countStock, spoilStock } from '../../../domain/stock/counting.ts'
import {
  issueStock,
  receiveStock,
  reduceReservation,
  releaseReservation,
  reserveStock,
} from '../../../domain/stock/decide.ts'
import { expireBatches } from '../../../domain/stock/expiry.ts'
import { quarantineStock } from '../../../domain/stock/quarantine.ts'
import type { StockState } from '../../../domain/stock/state.ts'
import { stock } from '../../../domain/stock/stock.ts'
import { sendTransfer } from '../../../domain/stock/transfers.ts'
import { WarehouseOpened } from '../../../domain/warehouse/warehouse.ts'
import { type Decide, scenarios } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'

export const warehouseId = 'SH'
export const TODAY = '2026-01-05'

const sku = (id: string, safetyStock: number) => ({
  ...{ sku: id, name: id, basePrice: '12.00', moq: 1, orderMultiple: 1, safetyStock },
  ...{ divisible: true, special: false },
})

const opened = (id: string, priority: number) =>
  WarehouseOpened({ warehouseId: id, name: id, regions: ['East'], priority })

const catalogue: readonly RecordedEvent[] = [
  recorded('warehouse-SH', opened('SH', 1)),
  recorded('warehouse-BJ', opened('BJ', 2)),
  recorded(
    'product-P1',
    ProductRegistered({
      ...{ productId: 'P1', name: 'Groceries', category: 'Food', taxRate: '0.13' },
      skus: [sku('MILK', 0), sku('TEA', 5)],
      listed: true,
    }),
  ),
]

export const reference: DecisionContext['reference'] = catalogue.reduce(
  evolveReference,
  emptyReference,
)

export const inShanghai = (t: Parameters<ReturnType<typeof scenarios>>[0]) =>
  scenarios(stock)(t, { reference })

type Ask = Decide<StockState>
type Quantities = Readonly<Record<string, number>>
type Batch = Readonly<{ batch?: string; expiresOn?: string }>

export const lines = (quantities: Quantities) =>
  Object.entries(quantities).map(([id, quantity]) => ({ sku: id, quantity }))

export const receive =
  (id: string, quantity: number, unitCost = '1.00', batch: Batch = {}): Ask =>
  (state, context) =>
    receiveStock(state, { warehouseId, sku: id, quantity, unitCost, ...batch }, context)

export const reserve =
  (orderId: string, quantities: Quantities, attempt = 0): Ask =>
  (state, context) => {
    const expiresAt = '2026-01-05T02:15:00.000Z'
    const order = { warehouseId, orderId, attempt, expiresAt }
    return reserveStock(state, { ...order, lines: lines(quantities) }, context)
  }

export const release =
  (orderId: string, attempt = 0): Ask =>
  (state) =>
    releaseReservation(state, { warehouseId, orderId, attempt, reason: 'cancelled' })

export const reduce =
  (orderId: string, quantities: Quantities, attempt = 1): Ask =>
  (state) =>
    reduceReservation(state, { warehouseId, orderId, attempt, lines: lines(quantities) })

export const issue =
  (orderId: string, fulfilmentId: string, quantities: Quantities, effectiveOn?: string): Ask =>
  (state, context) => {
    const shipment = { warehouseId, orderId, fulfilmentId, effectiveOn }
    return issueStock(state, { ...shipment, lines: lines(quantities) }, context)
  }

const reason = 'seen by Li'

export const quarantine =
  (id: string, quantity: number, batch?: string): Ask =>
  (state, context) =>
    quarantineStock(state, { warehouseId, sku: id, quantity, batch, reason }, context)

export const lift =
  (id: string, quantity: number, batch?: string): Ask =>
  (state, context) => {
    const goods = { warehouseId, sku: id, quantity, batch, reason, release: true }
    return quarantineStock(state, goods, context)
  }

export const spoil =
  (id: string, quantity: number, batch?: string): Ask =>
  (state, context) =>
    spoilStock(state, { warehouseId, sku: id, quantity, batch, reason }, context)

export const count =
  (id: string, quantity: number, batch: Batch = {}): Ask =>
  (state, context) =>
    countStock(state, { warehouseId, sku: id, quantity, ...batch, reason }, context)

export const expire =
  (date: string): Ask =>
  (state, context) =>
    expireBatches(state, { warehouseId, date }, context)

type SentLine = Readonly<{ sku: string; quantity: number; batch?: string }>

export const send =
  (...sent: readonly SentLine[]): Ask =>
  (state, context) =>
    sendTransfer(state, { fromWarehouseId: warehouseId, toWarehouseId: 'BJ', lines: sent }, context)
