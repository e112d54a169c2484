/** What the events of an order are made of. */

import { z } from 'zod'
import { Code, StoredExplanation } from '../kernel/explanation.ts'
import {
  Amount,
  lines,
  Name,
  Phone,
  ProductId,
  Quantity,
  Rate,
  SignedAmount,
  Sku,
  Text,
  UnitPrice,
  WarehouseId,
} from '../kernel/values.ts'
import { ApproverRole, RuleId } from '../reviewRule/rule.ts'

export const PaymentKind = z.enum(['term', 'prepaid'])
export type PaymentKind = z.output<typeof PaymentKind>

export const ChargeKind = z.enum(['freight'])

/** Who takes the goods in. */
export const DeliveryContact = z.strictObject({
  name: Name,
  phone: Phone.optional(),
  email: z.email('must be an e-mail address').max(200).optional(),
})

/** Where the goods go, beyond the region: personal data. */
export const DeliverTo = z.strictObject({
  address: Text.optional(),
  contact: DeliveryContact.optional(),
})
export type DeliverTo = z.output<typeof DeliverTo>

/** Which try of an order's plan it is: 1, 2, … */
export const Attempt = z.number().int('must be a whole number').min(1).max(1_000_000)

/** A tax-inclusive amount and what it is made of: amount = net + tax. */
export const gross = { amount: Amount, net: Amount, tax: Amount }

/** Of a part: rounded running totals may differ by a cent, so that its tax alone may be below zero. */
export const grossOfPart = { amount: Amount, net: Amount, tax: SignedAmount }

export const OrderLine = z.strictObject({
  lineId: z.number().int().min(1), // 1-based, in the order they were asked for
  sku: Sku,
  name: Name,
  productId: ProductId,
  quantity: Quantity,
  unitPrice: UnitPrice, // tax-inclusive, of one base unit
  listPrice: UnitPrice, // what the price would have been without an override
  overrideReason: Text.optional(),
  discount: Amount, // of the whole line, already taken off `amount`
  ...gross,
  taxRate: Rate,
  divisible: z.boolean(), // whether it may be divided over warehouses
})
export type OrderLine = z.output<typeof OrderLine>

export const Charge = z.strictObject({ kind: ChargeKind, ...gross, taxRate: Rate })
export type Charge = z.output<typeof Charge>

export const QuantityLines = lines({ sku: Sku, quantity: Quantity }) // whole base units, > 0
export type QuantityLines = z.output<typeof QuantityLines>

export const Part = z.strictObject({ warehouseId: WarehouseId, lines: QuantityLines })

/** What one warehouse is to ship of an order. */
export type Part = z.output<typeof Part>

export const Shortage = z.strictObject({ sku: Sku, wanted: Quantity, missing: Quantity })

/** What no warehouse can serve of a line. */
export type Shortage = z.output<typeof Shortage>

/** What happens to an order over the credit limit. */
export const OverLimit = z.enum(['reject', 'review'])
export type OverLimit = z.output<typeof OverLimit>

/** What happens to an order of which stock is short. */
export const StockShort = z.enum(['reject', 'backorder', 'partial'])
export type StockShort = z.output<typeof StockShort>

/** Why a person has to look at an order: the rule, its version and its figures. */
export const ReviewReason = z.strictObject({
  code: Code, // over-limit, amount, special-goods, burst, order-cut-up, stock-lost …
  message: z.string().min(1),
  decision: StoredExplanation,
})
export type ReviewReason = z.output<typeof ReviewReason>

/** One approval of several that a review needs, and the rule that asks for it. */
export const ReviewStep = z.strictObject({
  role: ApproverRole,
  hours: z.number().int().min(1), // until it escalates
  escalateTo: ApproverRole, // and after that to brand-admin
  ruleId: RuleId,
  ruleVersion: z.number().int().min(0),
})
export type ReviewStep = z.output<typeof ReviewStep>

/** Which review of the order it is, from 1; which amendment, from 1. */
export const Ordinal = z.number().int('must be a whole number').min(1).max(1_000_000)

/** The SKUs that a backordered order waited for, and does not any more. */
export const WaitedFor = z.array(Sku).min(1).max(1000)
