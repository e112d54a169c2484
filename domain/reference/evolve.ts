/** The fold of the reference view over the log of all streams. */

import { Map as PersistentMap } from 'immutable'
import type {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayOpened,
} from '../businessDay/businessDay.ts'
import type { DealerRegistered } from '../dealer/dealer.ts'
import type { DelegationEnded, DelegationGiven } from '../delegation/delegation.ts'
import type { DealerMoved } from '../facility/credit-events.ts'
import type { RecordedEvent, RecordedOf } from '../kernel/event.ts'
import { decimal } from '../kernel/money.ts'
import { START } from '../kernel/position.ts'
import type {
  OrderAmended,
  OrderCancelled,
  OrderLapsed,
  OrderPlaced,
  OrderRejected,
} from '../order/events.ts'
import { withChange } from '../product/listing.ts'
import type { ProductListed, ProductRegistered, ProductUnlisted } from '../product/product.ts'
import type { ReviewRuleEnded, ReviewRuleSet } from '../reviewRule/reviewRule.ts'
import { BUILT_IN_RULES } from '../reviewRule/rule.ts'
import { availableChanges } from '../stock/available.ts'
import { STOCK_CATEGORY } from '../stock/events.ts'
import type { WarehouseOpened } from '../warehouse/warehouse.ts'
import type { RecentOrder } from './recent-orders.ts'
import { noRecentOrders, riskAddressOf, withChanged, withRecent } from './recent-orders.ts'
import type { BusinessDayReference, Reference, SkuReference } from './reference.ts'

/** The categories of streams that the reference view is made of. */
export const REFERENCE_CATEGORIES: readonly string[] = [
  'dealer',
  'product',
  'warehouse',
  STOCK_CATEGORY,
  'businessDay',
  'facility',
  'reviewRule',
  'delegation',
]

/** Folded as well, but nobody waits for it: what the view knows of orders are hints. */
export const HINTED_CATEGORIES: readonly string[] = ['order']

export const emptyReference: Reference = {
  position: START,
  dealers: PersistentMap(),
  skus: PersistentMap(),
  products: PersistentMap(),
  warehouses: PersistentMap(),
  available: PersistentMap(),
  businessDay: undefined,
  reviewRules: PersistentMap(BUILT_IN_RULES.map((rule) => [rule.ruleId, rule])),
  delegations: PersistentMap(),
  recentOrders: noRecentOrders,
}

type Seen = RecordedOf<
  | typeof DealerRegistered
  | typeof DealerMoved
  | typeof ProductRegistered
  | typeof ProductListed
  | typeof ProductUnlisted
  | typeof WarehouseOpened
  | typeof BusinessDayOpened
  | typeof BusinessDayClosing
  | typeof BusinessDayClosed
  | typeof ReviewRuleSet
  | typeof ReviewRuleEnded
  | typeof DelegationGiven
  | typeof DelegationEnded
  | typeof OrderPlaced
  | typeof OrderAmended
  | typeof OrderRejected
  | typeof OrderCancelled
  | typeof OrderLapsed
>

type Handlers = {
  readonly [Type in Seen['type']]: (
    reference: Reference,
    event: Extract<Seen, { type: Type }>,
  ) => Reference
}

const handlers: Handlers = {
  DealerRegistered: (reference, { data }) => ({
    ...reference,
    dealers: reference.dealers.set(data.dealerId, dealerOf(data)),
  }),
  DealerMoved: (reference, { data: { dealerId, parentDealerId } }) => {
    const dealer = reference.dealers.get(dealerId)
    if (dealer === undefined) return reference
    return { ...reference, dealers: reference.dealers.set(dealerId, { ...dealer, parentDealerId }) }
  },
  ProductRegistered: (reference, { data }) => ({
    ...reference,
    skus: reference.skus.withMutations((skus) => {
      for (const sku of skusOf(data)) skus.set(sku.sku, sku)
    }),
    products: reference.products.set(
      data.productId,
      data.skus.map(({ sku }) => sku),
    ),
  }),
  ProductListed: (reference, event) => relisted(reference, event, true),
  ProductUnlisted: (reference, event) => relisted(reference, event, false),
  WarehouseOpened: (reference, { data }) => ({
    ...reference,
    warehouses: reference.warehouses.set(data.warehouseId, data),
  }),
  BusinessDayOpened: (reference, { data }) =>
    onDay(reference, { open: data.date, closing: reference.businessDay?.closing }),
  BusinessDayClosing: (reference, { data }) =>
    onDay(reference, { open: data.next, closing: data.date }),
  BusinessDayClosed: (reference) =>
    reference.businessDay
      ? onDay(reference, { ...reference.businessDay, closing: undefined })
      : reference,
  ReviewRuleSet: (reference, { data }) => ({
    ...reference,
    reviewRules: reference.reviewRules.set(data.ruleId, data),
  }),
  ReviewRuleEnded: (reference, { data }) => ({
    ...reference,
    reviewRules: reference.reviewRules.delete(data.ruleId),
  }),
  DelegationGiven: (reference, { data, metadata }) => ({
    ...reference,
    delegations: reference.delegations.update(data.delegate, [], (given) => [
      ...given.filter(({ to }) => to > metadata.recordedAt),
      data,
    ]),
  }),
  DelegationEnded: (reference, { data }) => ({
    ...reference,
    delegations: reference.delegations.update(data.delegate, [], (given) =>
      given.filter(({ delegationId }) => delegationId !== data.delegationId),
    ),
  }),
  OrderPlaced: (reference, event) => ({
    ...reference,
    recentOrders: withRecent(reference.recentOrders, recentOf(event)),
  }),
  OrderAmended: (reference, { data: { orderId, total } }) => ({
    ...reference,
    recentOrders: withChanged(reference.recentOrders, orderId, { total: decimal(total) }),
  }),
  OrderRejected: orderEnded,
  OrderCancelled: orderEnded,
  OrderLapsed: orderEnded,
}

const byType = handlers as Readonly<
  Record<string, (reference: Reference, event: RecordedEvent) => Reference>
>

/** The view after one event more; an event it takes no notice of only moves its position. */
export function evolveReference(reference: Reference, event: RecordedEvent): Reference {
  const handle = Object.hasOwn(byType, event.type) ? byType[event.type] : undefined
  const after = event.category === STOCK_CATEGORY ? withStock : handle
  return { ...(after?.(reference, event) ?? reference), position: event.position }
}

function recentOf({ data, metadata }: RecordedOf<typeof OrderPlaced>): RecentOrder {
  return {
    orderId: data.orderId,
    dealerId: data.dealerId,
    address: riskAddressOf(metadata.actor),
    placedAtMs: Date.parse(data.placedAt),
    total: decimal(data.total),
    ended: false,
  }
}

function orderEnded(
  reference: Reference,
  { data: { orderId } }: Readonly<{ data: Readonly<{ orderId: string }> }>,
): Reference {
  const recentOrders = withChanged(reference.recentOrders, orderId, { ended: true })
  return { ...reference, recentOrders }
}

function dealerOf(data: RecordedOf<typeof DealerRegistered>['data']) {
  const { assortment } = data
  return {
    dealerId: data.dealerId,
    name: data.name,
    level: data.level,
    region: data.region,
    parentDealerId: data.parentDealerId,
    facilityId: data.facilityId,
    assortment: assortment && {
      categories: assortment.categories ?? [],
      skus: assortment.skus ?? [],
    },
  }
}

function skusOf(data: RecordedOf<typeof ProductRegistered>['data']): SkuReference[] {
  const { productId, category, taxRate, listed } = data
  return data.skus.map(({ attributes: _, ...sku }) => ({
    ...sku,
    productId,
    category,
    taxRate,
    listed,
  }))
}

type ListingEvent = RecordedOf<typeof ProductListed | typeof ProductUnlisted>

function relisted(reference: Reference, event: ListingEvent, listed: boolean): Reference {
  const change = { listed, at: event.data.at, recordedAt: event.metadata.recordedAt }
  const skus = reference.skus.withMutations((changed) => {
    for (const id of reference.products.get(event.streamId) ?? []) {
      const sku = changed.get(id)
      if (sku) changed.set(id, { ...sku, ...withChange(sku, change) })
    }
  })
  return { ...reference, skus }
}

/** Whatever happens in a warehouse, its available stock follows. */
function withStock(reference: Reference, event: RecordedEvent): Reference {
  const changes = availableChanges(event).filter(({ quantity }) => quantity !== 0)
  if (changes.length === 0) return reference
  const before = reference.available.get(event.streamId) ?? PersistentMap<string, number>()
  const after = before.withMutations((available) => {
    for (const { sku, quantity } of changes) {
      available.set(sku, (available.get(sku) ?? 0) + quantity)
    }
  })
  return { ...reference, available: reference.available.set(event.streamId, after) }
}

function onDay(reference: Reference, businessDay: BusinessDayReference): Reference {
  return { ...reference, businessDay }
}
