/**
 * The values that public events are made of. They check shapes, not the rules of input: what was
 * accepted once is said, however the rules have changed since.
 */

import { z } from 'zod'

export const Id = z.string().min(1)
export const DealerId = Id.describe('Of a dealer.')
export const FacilityId = Id.describe("Of a dealer tree's credit facility.")
export const FulfilmentId = Id.describe('`<orderId>.<n>`')
export const OrderId = Id.describe('Of an order.')
export const PaymentId = Id.describe('Of a payment.')
export const ProductId = Id.describe('Of a product.')
export const ReceivableId = Id.describe('`<facilityId>.<n>`')
export const Sku = Id.describe('Of a sellable variant of a product.')
export const WarehouseId = Id.describe('Of a warehouse.')

const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/)

export const Amount = decimalText.describe('Money, as a decimal string with at most 2 places.')
export const UnitPrice = decimalText.describe('Money for one base unit, with at most 4 places.')
export const Rate = decimalText.describe('A fraction of one, as a decimal string.')
export const Quantity = z.number().int().min(0).describe('Whole base units.')
export const Count = z.number().int().min(0)
export const LocalDate = z.iso.date().describe('A calendar day, in the time zone of the business.')
export const Instant = z.iso.datetime().describe('An instant in UTC.')
export const Name = z.string()
export const Region = z.string()
export const Code = z.string().min(1)
export const Currency = z.string().length(3).describe('ISO 4217 code of every amount here.')

export const QuantityLines = z.array(z.strictObject({ sku: Sku, quantity: Quantity }))

/** A tax-inclusive amount and what it is made of: amount = net + tax. */
export const gross = {
  amount: Amount,
  net: Amount,
  tax: Amount.describe('amount − net; of a small part it may be a cent below zero.'),
}

export const Charges = z.array(z.strictObject({ kind: z.string(), ...gross, taxRate: Rate }))

/** The part of a receivable that money settles. */
export const Allocation = z.strictObject({
  receivableId: ReceivableId,
  amount: Amount,
  discount: Amount.optional().describe(
    'For paying early: the receivable is smaller by it as well.',
  ),
})

type Allocated = Readonly<{ receivableId: string; amount: string; discount?: string | undefined }>

/** Of allocations, only what the feed says of them. */
export function allocationsOf(allocations: readonly Allocated[]): Allocated[] {
  return allocations.map(({ receivableId, amount, discount }) =>
    discount === undefined ? { receivableId, amount } : { receivableId, amount, discount },
  )
}

/** Of lines, only what the feed says of them. */
export function quantitiesOf(
  lines: readonly Readonly<{ sku: string; quantity: number }>[],
): { sku: string; quantity: number }[] {
  return lines.map(({ sku, quantity }) => ({ sku, quantity }))
}
