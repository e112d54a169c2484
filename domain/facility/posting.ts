/** Posting rules: the balanced journal of each fact of a facility (DOMAIN: The ledger). */

import { ACCOUNTS } from '../accounts.ts'
import type { Journal } from '../kernel/journal.ts'
import { credit, debit, journal } from '../kernel/journal.ts'
import { type Decimal, sum } from '../kernel/money.ts'
import type { PaymentMethod } from './events.ts'

/** Shipped: receivable, gross, against sales, net, and output VAT. */
export function postShipment(
  dealerId: string,
  { gross, net, tax }: Readonly<{ gross: Decimal; net: Decimal; tax: Decimal }>,
): Journal {
  return journal(
    debit(ACCOUNTS.receivable, gross, dealerId),
    credit(ACCOUNTS.sales, net),
    tax.isNegative() ? debit(ACCOUNTS.outputVat, tax.negated()) : credit(ACCOUNTS.outputVat, tax),
  )
}

type Settled = Readonly<{ allocated: Decimal; discount: Decimal }>

/**
 * Money received: bank or provider clearing against receivables and, for the rest, advances. A discount
 * for paying early is a financing cost.
 */
export function postReceipt(
  dealerId: string,
  method: PaymentMethod,
  { allocated, discount, unapplied }: Settled & Readonly<{ unapplied: Decimal }>,
): Journal {
  const account = method === 'bank-transfer' ? ACCOUNTS.bank : ACCOUNTS.providerClearing
  return journal(
    debit(account, allocated.plus(unapplied)),
    debit(ACCOUNTS.charges, discount),
    credit(ACCOUNTS.receivable, allocated.plus(discount), dealerId),
    credit(ACCOUNTS.advances, unapplied, dealerId),
  )
}

/** Unapplied cash allocated: advances, and the discount for paying early, against receivables. */
export function postAllocation(dealerId: string, { allocated, discount }: Settled): Journal {
  return journal(
    debit(ACCOUNTS.advances, allocated, dealerId),
    debit(ACCOUNTS.charges, discount),
    credit(ACCOUNTS.receivable, allocated.plus(discount), dealerId),
  )
}

/** A fee, or what is taken back of one, of a dealer. */
export type PostedFee = Readonly<{ dealerId: string; gross: Decimal; net: Decimal; tax: Decimal }>

/** Late fees: receivables, gross, against late-fee income, net, and output VAT. */
export function postLateFees(fees: readonly PostedFee[]): Journal {
  return journal(
    ...byDealer(fees, ({ gross }) => gross).map(([dealerId, gross]) =>
      debit(ACCOUNTS.receivable, gross, dealerId),
    ),
    credit(ACCOUNTS.lateFeeIncome, sum(fees.map(({ net }) => net))),
    credit(ACCOUNTS.outputVat, sum(fees.map(({ tax }) => tax))),
  )
}

/** Late fees corrected: income and VAT against receivables, and advances for what was paid. */
export function postLateFeeCorrections(
  corrections: readonly (Omit<PostedFee, 'gross'> & Readonly<{ open: Decimal; paid: Decimal }>)[],
): Journal {
  return journal(
    debit(ACCOUNTS.lateFeeIncome, sum(corrections.map(({ net }) => net))),
    debit(ACCOUNTS.outputVat, sum(corrections.map(({ tax }) => tax))),
    ...byDealer(corrections, ({ open }) => open).map(([dealerId, open]) =>
      credit(ACCOUNTS.receivable, open, dealerId),
    ),
    ...byDealer(corrections, ({ paid }) => paid).map(([dealerId, paid]) =>
      credit(ACCOUNTS.advances, paid, dealerId),
    ),
  )
}

function byDealer<Item extends Readonly<{ dealerId: string }>>(
  items: readonly Item[],
  amountOf: (item: Item) => Decimal,
): readonly (readonly [string, Decimal])[] {
  const sums = new Map<string, Decimal>()
  for (const item of items) {
    sums.set(item.dealerId, amountOf(item).plus(sums.get(item.dealerId) ?? 0))
  }
  return [...sums]
}
