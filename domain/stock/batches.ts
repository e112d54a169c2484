/**
 * The batches of one SKU in one warehouse, in the order in which they leave: first-expired-first-out,
 * those that never expire last, then by receipt (DOMAIN: Stock and splitting). Goods with neither a
 * batch nor a date are one batch like any other. Used-up batches are dropped.
 */

import type { LocalDate } from '../kernel/values.ts'

/** What a batch is known by in a warehouse. */
export type BatchName = Readonly<{
  batch?: string | undefined
  /** From this day on it is not sold any more. */
  expiresOn?: LocalDate | undefined
}>

export type Batch = BatchName &
  Readonly<{
    /** Base units on hand, quarantined ones included; never zero. */
    quantity: number
    quarantined: number
  }>

export type Batches = readonly Batch[]

/** A part of a batch; `quarantined` of it were in quarantine, none if it is absent. */
export type BatchPart = BatchName & Readonly<{ quantity: number; quarantined?: number | undefined }>

/** So many batches of one SKU may be in one warehouse, so that each is found at once. */
export const MAX_BATCHES = 1000

/** What of a batch is meant, in base units. */
export type Portion = (batch: Batch) => number

export const quarantined: Portion = (batch) => batch.quarantined
export const free: Portion = (batch) => batch.quantity - batch.quarantined

/** What may be promised on a day: neither in quarantine nor expired. */
export function sellable(day: LocalDate): Portion {
  return (batch) => (isExpired(batch, day) ? 0 : free(batch))
}

/** What has expired by a day and is not set apart yet. */
export function outdated(day: LocalDate): Portion {
  return (batch) => (isExpired(batch, day) ? free(batch) : 0)
}

/** What is in quarantine, and not because its day has come. */
export function liftable(day: LocalDate): Portion {
  return (batch) => (isExpired(batch, day) ? 0 : batch.quarantined)
}

export function isExpired({ expiresOn }: BatchName, day: LocalDate): boolean {
  return expiresOn !== undefined && expiresOn <= day
}

/** Those of one batch, or all where none is named. */
export function named(batches: Batches, batch: string | undefined): Batches {
  return batch === undefined ? batches : batches.filter((one) => one.batch === batch)
}

export function unitsOf(batches: Batches, portion: Portion): number {
  return batches.reduce((total, batch) => total + portion(batch), 0)
}

/**
 * Takes so many units, in the order in which batches leave: first of the first portion, then of the next.
 * Portions must not overlap. Gives less if there is less.
 */
export function take(
  batches: Batches,
  quantity: number,
  ...portions: readonly Portion[]
): BatchPart[] {
  const taken = batches.map(() => ({ quantity: 0, quarantined: 0 }))
  let rest = quantity
  for (const portion of portions) {
    for (const [index, batch] of batches.entries()) {
      if (rest === 0) break
      const units = Math.min(rest, portion(batch))
      const part = taken[index]
      if (part === undefined || units === 0) continue
      part.quantity += units
      if (portion === quarantined) part.quarantined += units
      rest -= units
    }
  }
  return batches.flatMap((batch, index) => partOf(batch, taken[index]))
}

function partOf(
  batch: BatchName,
  taken: Readonly<{ quantity: number; quarantined: number }> | undefined,
): BatchPart[] {
  if (taken === undefined || taken.quantity === 0) return []
  const { quantity } = taken
  const apart = taken.quarantined > 0 ? { quarantined: taken.quarantined } : {}
  return [{ ...nameOf(batch), quantity, ...apart }]
}

/** The name alone, with no field that says nothing. */
export function nameOf({ batch, expiresOn }: BatchName): BatchName {
  return {
    ...(batch !== undefined && { batch }),
    ...(expiresOn !== undefined && { expiresOn }),
  }
}

/** With goods that came in, each joining its batch or taking its place among the others. */
export function withAdded(batches: Batches, parts: readonly BatchPart[]): Batches {
  return parts.reduce<Batches>((before, part) => {
    const { quantity, quarantined: apart = 0 } = part
    if (before.some((one) => isSame(one, part))) {
      return changed(before, part, (one) => ({
        ...one,
        quantity: one.quantity + quantity,
        quarantined: one.quarantined + apart,
      }))
    }
    const later = before.findIndex((one) => leavesBefore(part, one))
    const place = later < 0 ? before.length : later
    return before.toSpliced(place, 0, { ...nameOf(part), quantity, quarantined: apart })
  }, batches)
}

/** Without goods that left; more than there is of a batch leaves nothing of it. */
export function withoutTaken(batches: Batches, parts: readonly BatchPart[]): Batches {
  return parts.reduce<Batches>((before, part) => {
    const { quantity, quarantined: apart = 0 } = part
    return changed(before, part, (one) => ({
      ...one,
      quantity: one.quantity - quantity,
      quarantined: Math.max(0, one.quarantined - apart),
    })).filter((one) => one.quantity > 0)
  }, batches)
}

/** With parts put into quarantine, or taken out of it (`sign` −1). */
export function withSetApart(batches: Batches, parts: readonly BatchPart[], sign: 1 | -1): Batches {
  return parts.reduce<Batches>(
    (before, part) =>
      changed(before, part, (one) => ({
        ...one,
        quarantined: one.quarantined + sign * part.quantity,
      })),
    batches,
  )
}

export function total(parts: readonly BatchPart[]): number {
  return parts.reduce((units, part) => units + part.quantity, 0)
}

/** Of some parts, what was in quarantine. */
export function totalQuarantined(parts: readonly BatchPart[]): number {
  return parts.reduce((units, part) => units + (part.quarantined ?? 0), 0)
}

function changed(batches: Batches, name: BatchName, change: (batch: Batch) => Batch): Batches {
  return batches.map((one) => (isSame(one, name) ? change(one) : one))
}

function isSame(one: BatchName, other: BatchName): boolean {
  return one.batch === other.batch && one.expiresOn === other.expiresOn
}

function leavesBefore(one: BatchName, other: BatchName): boolean {
  if (one.expiresOn === undefined) return false
  return other.expiresOn === undefined || one.expiresOn < other.expiresOn
}
