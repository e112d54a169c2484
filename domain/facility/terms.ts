/** Payment terms: when what was shipped on a day falls due (DOMAIN: Credit). */

import { z } from 'zod'
import { addDays, endOfMonth } from '../kernel/dates.ts'
import type { Decimal } from '../kernel/money.ts'
import { allocate, decimal } from '../kernel/money.ts'
import { type LocalDate, Rate } from '../kernel/values.ts'

const MAX_TERM_DAYS = 3650
const MAX_INSTALMENTS = 60
const DEFAULT_NET_DAYS = 30

/** Calendar days, zero included. */
export const Days = z.number().int('must be a whole number').min(0).max(MAX_TERM_DAYS)

/** The weight of one instalment among its fellows: `"0.3"`, or `"30"` of `"30"`, `"30"`, `"40"`. */
const Share = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,8})?$/, 'must be a decimal string with at most 9 digits and 8 places')
  .refine((text) => /[1-9]/.test(text), 'must be above zero')

const earlyDiscount = z.strictObject({ rate: Rate, days: Days }).optional()

/** Payment terms as the contract gives them; a field left out takes its default. */
export const Terms = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('net'),
    days: Days.default(DEFAULT_NET_DAYS),
    earlyDiscount,
  }),
  z.strictObject({
    type: z.literal('end-of-month'),
    plusDays: Days.default(0),
    earlyDiscount,
  }),
  z.strictObject({
    type: z.literal('instalments'),
    parts: z
      .array(z.strictObject({ share: Share, days: Days }))
      .min(1)
      .max(MAX_INSTALMENTS),
    earlyDiscount,
  }),
])
export type Terms = z.output<typeof Terms>

/** What holds for a dealer for whom no terms were set. */
export const DEFAULT_TERMS: Terms = { type: 'net', days: DEFAULT_NET_DAYS }

/** One sum falling due; `instalment` only where there are several. */
export type Due = Readonly<{
  amount: Decimal
  dueOn: LocalDate
  instalment?: Readonly<{ number: number; of: number }>
}>

/**
 * What falls due when, for an amount shipped on a day. Instalments are parts by the largest remainder;
 * those of nothing are left out.
 */
export function duesOf(terms: Terms, amount: Decimal, shippedOn: LocalDate): readonly Due[] {
  switch (terms.type) {
    case 'net':
      return [{ amount, dueOn: addDays(shippedOn, terms.days) }]
    case 'end-of-month':
      return [{ amount, dueOn: addDays(endOfMonth(shippedOn), terms.plusDays) }]
    case 'instalments':
      return instalmentsOf(terms.parts, amount, shippedOn)
  }
}

function instalmentsOf(
  parts: Extract<Terms, { type: 'instalments' }>['parts'],
  amount: Decimal,
  shippedOn: LocalDate,
): readonly Due[] {
  const amounts = allocate(
    amount,
    parts.map(({ share }) => decimal(share)),
  )
  const dues = parts
    .map(({ days }, index) => ({
      amount: amounts[index] ?? decimal(0),
      dueOn: addDays(shippedOn, days),
    }))
    .filter((due, index) => !due.amount.isZero() || (amount.isZero() && index === 0))
  const of = dues.length
  return of === 1
    ? dues
    : dues.map((due, index) => ({ ...due, instalment: { number: index + 1, of } }))
}
