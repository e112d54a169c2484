/** The values that commands and events are made of, each with its unit and its bounds. */

import { z } from 'zod'

/** An id that a caller may choose (`shared` contract: letters, digits, `_`, `.`, `-`; 1 to 64). */
export const Id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'must be 1 to 64 letters, digits, _, . or -, starting with a letter or digit',
  )

export const DealerId = Id
export const ProductId = Id
export const Sku = Id
export const WarehouseId = Id
export const FacilityId = Id
export const OrderId = Id
export const PaymentId = Id
/** Chosen by who asks for the refund. */
export const RefundId = Id
/** `<orderId>.r<n>` */
export const ReturnId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/)
/** `<statementId>.<n>` */
export const StatementLineId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/)
/** `<orderId>.<n>` */
export const FulfilmentId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/)
/** `<facilityId>.<n>` */
export const ReceivableId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/)

/** Whole base units of a SKU, at least one. */
export const Quantity = z
  .number()
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(1_000_000_000)

/** Whole base units of a SKU, zero included. */
export const Count = z.number().int('must be a whole number').min(0).max(1_000_000_000)

const MAX_WHOLE_DIGITS = 15

function decimalPattern(places: number, sign = ''): RegExp {
  return new RegExp(`^${sign}\\d{1,${MAX_WHOLE_DIGITS}}(\\.\\d{1,${places}})?$`)
}

/** A sum of money, zero or more, as a decimal string with at most 2 places: `"1319.99"`. */
export const Amount = z
  .string()
  .regex(decimalPattern(2), 'must be a decimal string with at most 15 digits and 2 places')

/** A sum of money that may be negative. */
export const SignedAmount = z
  .string()
  .regex(decimalPattern(2, '-?'), 'must be a decimal string with at most 15 digits and 2 places')

/** A sum of money above zero. */
export const PositiveAmount = Amount.refine((text) => /[1-9]/.test(text), 'must be above zero')

/** A price or cost of one base unit, with at most 4 places. */
export const UnitPrice = z
  .string()
  .regex(decimalPattern(4), 'must be a decimal string with at most 15 digits and 4 places')

/** A fraction of one, such as `"0.13"`, or a daily rate such as `"0.0005"`. */
export const Rate = z
  .string()
  .regex(/^(0(\.\d{1,8})?|1(\.0{1,8})?)$/, 'must be a fraction from 0 to 1 with at most 8 places')

/** Before it, nothing of this business was; years below 1 are dates that Postgres can't keep. */
const FIRST_YEAR = '1900'

/** A calendar day, `YYYY-MM-DD`, that exists. */
export const LocalDate = z.iso
  .date('must be a day that exists, as YYYY-MM-DD')
  .refine((date) => date >= FIRST_YEAR, `must be in the year ${FIRST_YEAR} or later`)
export type LocalDate = string

/** A calendar month, `YYYY-MM`. */
export const Period = z
  .string()
  .regex(/^(19|[2-9]\d)\d{2}-(0[1-9]|1[0-2])$/, 'must be a month, as YYYY-MM, in 1900 or later')
export type Period = string

/** An instant in UTC, RFC 3339. */
export const Instant = z.iso
  .datetime('must be an instant in UTC, RFC 3339')
  .refine((instant) => instant >= FIRST_YEAR, `must be in the year ${FIRST_YEAR} or later`)
export type Instant = string

/** Whole characters only, and no control characters: Postgres keeps no NUL and no half surrogates. */
export function isLine(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text)
}

/** As `isLine`, but with tabs and line breaks. */
function isText(text: string): boolean {
  return text.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(text)
}

const NO_CONTROLS = 'must hold no control characters and no half surrogates'

/** One line of text of at most so many UTF-16 units, as it is. */
export function line(max: number): z.ZodString {
  return z.string().min(1, 'must not be empty').max(max).refine(isLine, NO_CONTROLS)
}

/** The same without blanks at its ends. */
function trimmedLine(max: number): z.ZodString {
  return z.string().trim().min(1, 'must not be empty').max(max).refine(isLine, NO_CONTROLS)
}

export const Text = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(500)
  .refine(isText, NO_CONTROLS)
export const Name = trimmedLine(200)
export const Region = trimmedLine(64)
export const Phone = trimmedLine(40)

/** One or more entries of a shape, at most 1,000 (an order, a receipt). */
export function lines<Shape extends z.ZodRawShape>(shape: Shape): z.ZodArray<z.ZodObject<Shape>> {
  return z.array(z.object(shape)).min(1, 'must have at least one line').max(1000)
}
