/** Posting rules: the balanced journal of each fact of a facility (DOMAIN: The ledger). */

import { ACCOUNTS } from '../accounts.ts'
import type { Journal } from '../kernel/journal.ts'
import { credit, debit, journal } from '../kernel/journal.ts'
import type { Decimal } from '../kernel/money.ts'
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

/** Money received: bank or provider clearing against receivables and, for the rest, advances. */
export function postReceipt(
  dealerId: string,
  method: PaymentMethod,
  { allocated, unapplied }: Readonly<{ allocated: Decimal; unapplied: Decimal }>,
): Journal {
  const account = method === 'bank-transfer' ? ACCOUNTS.bank : ACCOUNTS.providerClearing
  return journal(
    debit(account, allocated.plus(unapplied)),
    credit(ACCOUNTS.receivable, allocated, dealerId),
    credit(ACCOUNTS.advances, unapplied, dealerId),
  )
}

/** Unapplied cash allocated: advances against receivables. */
export function postAllocation(dealerId: string, amount: Decimal): Journal {
  return journal(
    debit(ACCOUNTS.advances, amount, dealerId),
    credit(ACCOUNTS.receivable, amount, dealerId),
  )
}
