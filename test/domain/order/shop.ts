/** A small business that orders are tested in: DOMAIN's warehouses, and dealers with and without limits. */

import type { DecisionContext } from '../../../domain/context.ts'
import { DealerRegistered } from '../../../domain/dealer/dealer.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import type { OrderEvent } from '../../../domain/order/events.ts'
import { order } from '../../../domain/order/order.ts'
import { confirmOrder } from '../../../domain/order/outcome.ts'
import type { PlaceOrder } from '../../../domain/order/place.ts'
import { placeOrder } from '../../../domain/order/place.ts'
import type { Order, OrderState } from '../../../domain/order/state.ts'
import { ProductRegistered } from '../../../domain/product/product.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import type { Reference } from '../../../domain/reference/reference.ts'
import { StockReceived } from '../../../domain/stock/events.ts'
import { WarehouseOpened } from '../../../domain/warehouse/warehouse.ts'
import { applyEvents, scenarios, testContext } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'

type Terms = Partial<{
  basePrice: string
  moq: number
  orderMultiple: number
  taxRate: string
  category: string
  listed: boolean
  divisible: boolean
  special: boolean
}>

export function productOf(sku: string, terms: Terms = {}): DecidedEvent {
  const { taxRate = '0.13', category = 'food', listed = true, ...rest } = terms
  return ProductRegistered({
    productId: `P-${sku}`,
    name: sku,
    category,
    taxRate,
    skus: [
      {
        sku,
        name: sku,
        basePrice: '10.00',
        moq: 1,
        orderMultiple: 1,
        safetyStock: 0,
        divisible: true,
        special: false,
        ...rest,
      },
    ],
    listed,
  })
}

export function stocked(warehouseId: string, sku: string, quantity: number): DecidedEvent {
  return StockReceived({
    warehouseId,
    sku,
    quantity,
    unitCost: '1.00',
    amount: `${quantity}.00`,
    journal: [],
  })
}

/** A reference view that has seen these events. */
export function viewOf(...events: readonly DecidedEvent[]): Reference {
  return events
    .map((event, index) => recorded(streamOf(event), event, { position: BigInt(index) }))
    .reduce(evolveReference, emptyReference)
}

function streamOf({ type, data }: DecidedEvent): string {
  return type === 'StockReceived'
    ? `stock-${StockReceived.schema.parse(data).warehouseId}`
    : 'any-1'
}

const dealer = { dealerId: 'D1', name: 'D1', level: 'standard', region: 'East' } as const

export const shop = viewOf(
  DealerRegistered({ ...dealer, facilityId: 'ROOT' }),
  DealerRegistered({ ...dealer, dealerId: 'D2', facilityId: 'D2', assortment: { skus: ['TEA'] } }),
  productOf('MILK', { basePrice: '11.00' }),
  productOf('TEA', { basePrice: '33.33', category: 'drinks' }),
  productOf('RICE', { basePrice: '0.0125', moq: 500, orderMultiple: 250 }),
  productOf('OLD', { listed: false }),
  WarehouseOpened({ warehouseId: 'SH', name: 'Shanghai', regions: ['East'], priority: 1 }),
  WarehouseOpened({ warehouseId: 'BJ', name: 'Beijing', regions: ['North', 'East'], priority: 2 }),
  stocked('SH', 'MILK', 1000),
  stocked('BJ', 'TEA', 1000),
  stocked('SH', 'RICE', 100_000),
)

export const orders = scenarios<OrderState>(order)

export const OPERATIONS = { user: 'olga', role: 'brand-ops' } as const
export const BUYER = { user: 'bo', role: 'dealer-buyer', dealerId: 'D1' } as const

/** The context of decisions in the shop. */
export function inShop(overrides: Partial<DecisionContext> = {}): DecisionContext {
  return testContext({ reference: shop, actor: BUYER, ...overrides })
}

/** An order for 120 MILK and 3 TEA, unless told otherwise. */
export function asking(overrides: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    dealerId: 'D1',
    shipTo: { region: 'East' },
    lines: [
      { sku: 'MILK', quantity: 120 },
      { sku: 'TEA', quantity: 3 },
    ],
    payment: 'term',
    ...overrides,
  }
}

/** The events of placing an order; throws if it is refused. */
export function placing(input = asking(), context = inShop()): readonly OrderEvent[] {
  const decision = placeOrder(undefined, input, context)
  if (!decision.accepted) throw new Error(decision.refusal.message)
  return decision.events as readonly OrderEvent[]
}

/** The events of placing an order and confirming it. */
export function confirming(input = asking(), context = inShop()): readonly DecidedEvent[] {
  const placed = placing(input, context)
  const state = stateAfter(...placed)
  const decision = confirmOrder(state, { orderId: state.orderId, attempt: 1 })
  if (!decision.accepted) throw new Error(decision.refusal.message)
  return [...placed, ...decision.events]
}

export function stateAfter(...events: readonly DecidedEvent[]): Order {
  const state = applyEvents<OrderState>(order, undefined, events)
  if (!state) throw new Error('the order was never placed')
  return state
}

/** The id that orders of `inShop` get. */
export const ORDER = 'command-order'
