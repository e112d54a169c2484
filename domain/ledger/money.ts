/** Posting rules of money that comes, goes, and is sorted out (DOMAIN: The ledger). */

import type { PaymentMethod, RefundSource } from '../facility/values.ts'
import { type Journal, journal } from '../kernel/journal.ts'
import type { Decimal } from '../kernel/money.ts'
import type { Account, Chart } from './chart.ts'
import { credited, debited, reversed } from './lines.ts'

/** Which way money moved; `clearedFrom`: the bank had it already, of or for nobody known. */
export type Way = Readonly<{ method: PaymentMethod; clearedFrom?: 'suspense' | undefined }>

function moneyAccount(chart: Chart, { method, clearedFrom }: Way): Account {
  if (clearedFrom !== undefined) return chart[clearedFrom]
  return method === 'bank-transfer' ? chart.bank : chart.providerClearing
}

type Settled = Readonly<{ allocated: Decimal; discount: Decimal }>
type Receipt = Settled & Readonly<{ unapplied: Decimal }>

/**
 * Money received: bank or provider clearing against receivables and, for the rest, advances. A discount
 * for paying early is a financing cost.
 */
export function postReceipt(
  chart: Chart,
  dealerId: string,
  way: Way,
  { allocated, discount, unapplied }: Receipt,
): Journal {
  return journal(
    debited(moneyAccount(chart, way), allocated.plus(unapplied)),
    debited(chart.charges, discount),
    credited(chart.receivable, allocated.plus(discount), dealerId),
    credited(chart.advances, unapplied, dealerId),
  )
}

/** A payment bounced: the receipt's entry, reversed, with what it settles by now. */
export function postReceiptReversal(
  chart: Chart,
  dealerId: string,
  way: Way,
  receipt: Receipt,
): Journal {
  return reversed(postReceipt(chart, dealerId, way, receipt))
}

/** Unapplied cash allocated: advances, and the discount for paying early, against receivables. */
export function postAllocation(
  chart: Chart,
  dealerId: string,
  { allocated, discount }: Settled,
): Journal {
  return journal(
    debited(chart.advances, allocated, dealerId),
    debited(chart.charges, discount),
    credited(chart.receivable, allocated.plus(discount), dealerId),
  )
}

/** What money had settled is owed again: the money is unapplied cash, and no discount was given. */
export function postAllocationReversal(chart: Chart, dealerId: string, settled: Settled): Journal {
  return reversed(postAllocation(chart, dealerId, settled))
}

/** A provider settles: bank, and its fee as a charge, against what it held of ours. */
export function postProviderSettlement(
  chart: Chart,
  { gross, fee }: Readonly<{ gross: Decimal; fee: Decimal }>,
): Journal {
  return journal(
    debited(chart.bank, gross.minus(fee)),
    debited(chart.charges, fee),
    credited(chart.providerClearing, gross),
  )
}

/** Money of nobody known came (above zero), or left (below zero), until that is cleared up. */
export function postSuspense(chart: Chart, amount: Decimal): Journal {
  return journal(debited(chart.bank, amount), credited(chart.suspense, amount))
}

/** The bank took a charge (above zero), or gave interest (below zero). */
export function postBankCharge(
  chart: Chart,
  amount: Decimal,
  clearedFrom?: 'suspense' | undefined,
): Journal {
  const way = { method: 'bank-transfer', ...(clearedFrom && { clearedFrom }) } as const
  return journal(debited(chart.charges, amount), credited(moneyAccount(chart, way), amount))
}

/** A refund left: what a return made payable, or unapplied cash, against bank or provider clearing. */
export function postRefund(
  chart: Chart,
  dealerId: string,
  way: Way & Readonly<{ source: RefundSource }>,
  amount: Decimal,
): Journal {
  const owed = way.source === 'return' ? chart.refundsPayable : chart.advances
  return journal(debited(owed, amount, dealerId), credited(moneyAccount(chart, way), amount))
}
