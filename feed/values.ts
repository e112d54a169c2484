/** What several public events are made of. */

import { z } from 'zod'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import { Amount, Quantity, Rate, SignedAmount, Sku } from '../domain/kernel/values.ts'

export const Currency = z.string().length(3).describe('ISO 4217 code of every amount here.')

export const QuantityLines = z.array(z.strictObject({ sku: Sku, quantity: Quantity }))

/** A tax-inclusive amount and what it is made of: amount = net + tax. */
export const gross = { amount: Amount, net: Amount, tax: Amount }

/** Of a part: its rounded tax alone may be a cent below zero. */
export const grossOfPart = { amount: Amount, net: Amount, tax: SignedAmount }

export const Charges = z.array(z.strictObject({ kind: z.string(), ...gross, taxRate: Rate }))

/** Of lines, only what the feed says of them. */
export function quantitiesOf(
  lines: readonly Readonly<{ sku: string; quantity: number }>[],
): { sku: string; quantity: number }[] {
  return lines.map(({ sku, quantity }) => ({ sku, quantity }))
}

/** The value date: the booking day, unless the event names another. */
export function valueDate({ metadata }: Pick<RecordedEvent, 'metadata'>): LocalDate {
  return metadata.effectiveOn ?? metadata.bookedOn
}
