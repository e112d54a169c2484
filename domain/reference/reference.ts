/**
 * What commands look up beyond their own stream: dealers, products, warehouses, available stock, the
 * open business day, review rules, delegations and the orders of the last day. A fold of the log kept in memory; a decision records how far it had read.
 */

import type { Map as PersistentMap } from 'immutable'
import type { DelegationTerms } from '../delegation/terms.ts'
import type { Position } from '../kernel/position.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { ListingChange } from '../product/listing.ts'
import type { ReviewRule } from '../reviewRule/rule.ts'
import type { RecentOrders } from './recent-orders.ts'

export type DealerReference = Readonly<{
  dealerId: string
  name: string
  level: 'standard' | 'silver' | 'gold'
  region: string
  parentDealerId: string | undefined
  /** The root dealer's id: the credit facility this dealer belongs to. */
  facilityId: string
  /** What the dealer may buy; undefined: everything listed. */
  assortment: Readonly<{ categories: readonly string[]; skus: readonly string[] }> | undefined
}>

export type SkuReference = Readonly<{
  sku: string
  name: string
  productId: string
  category: string
  /** As a fraction, such as `"0.13"`. */
  taxRate: string
  /** Tax-inclusive unit price. */
  basePrice: string
  moq: number
  orderMultiple: number
  safetyStock: number
  /** Whether a line of it may be divided over warehouses. */
  divisible: boolean
  special: boolean
  /** On sale when the last change was decided; ask `isListed(sku, instant)` for an instant. */
  listed: boolean
  /** Changes of `listed` that are set for a later instant. */
  listingChanges?: readonly ListingChange[]
}>

export type WarehouseReference = Readonly<{
  warehouseId: string
  name: string
  /** The ship-to regions it serves. */
  regions: readonly string[]
  /** The lower, the sooner it is chosen. */
  priority: number
}>

export type BusinessDayReference = Readonly<{
  /** The day in whose books new events are. */
  open: LocalDate
  /** The day that is being closed, if one is. */
  closing: LocalDate | undefined
}>

export type Reference = Readonly<{
  position: Position
  dealers: PersistentMap<string, DealerReference>
  skus: PersistentMap<string, SkuReference>
  /** The SKUs of each product. */
  products: PersistentMap<string, readonly string[]>
  warehouses: PersistentMap<string, WarehouseReference>
  /** Available base units by warehouse and SKU: on hand less reserved. A hint: stock decides. */
  available: PersistentMap<string, PersistentMap<string, number>>
  businessDay: BusinessDayReference | undefined
  /** Those that were not ended, some of them for another time than now. */
  reviewRules: PersistentMap<string, ReviewRule>
  /** By delegate: those that were not ended, some of them for another time than now. */
  delegations: PersistentMap<string, readonly DelegationTerms[]>
  recentOrders: RecentOrders
}>

/** A dealer and its superiors, nearest first, ending with the root; empty for an unknown dealer. */
export function dealerPath(reference: Reference, dealerId: string): readonly DealerReference[] {
  const path: DealerReference[] = []
  let next: string | undefined = dealerId
  while (next !== undefined) {
    const dealer: DealerReference | undefined = reference.dealers.get(next)
    if (dealer === undefined || path.includes(dealer)) break
    path.push(dealer)
    next = dealer.parentDealerId
  }
  return path
}
