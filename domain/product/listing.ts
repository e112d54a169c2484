/** Whether a product is on sale: now, and by changes that are set for a later instant. */

import type { Instant } from '../kernel/values.ts'

export type ListingChange = Readonly<{ at: Instant; listed: boolean }>

export type Listing = Readonly<{
  listed: boolean
  /** Changes still to come when the last one was decided, earliest first. */
  listingChanges?: readonly ListingChange[]
}>

type Change = Readonly<{ listed: boolean; at: Instant | undefined; recordedAt: Instant }>

/** Whether the product is on sale at an instant. */
export function isListed(listing: Listing, instant: Instant): boolean {
  const due = (listing.listingChanges ?? []).filter(({ at }) => !isAfter(at, instant))
  return due.at(-1)?.listed ?? listing.listed
}

/** The listing with one change more: at once, or from `at` on; of two at one instant the newer counts. */
export function withChange(listing: Listing, { listed, at, recordedAt }: Change): Listing {
  const pending = (listing.listingChanges ?? []).filter((change) => isAfter(change.at, recordedAt))
  if (at === undefined) return { listed, listingChanges: pending }
  const others = pending.filter((change) => isAfter(change.at, at) || isAfter(at, change.at))
  const changes = [...others, { at, listed }]
  return {
    listed: isListed(listing, recordedAt),
    listingChanges: changes.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  }
}

export function isAfter(instant: Instant, other: Instant): boolean {
  return Date.parse(instant) > Date.parse(other)
}
