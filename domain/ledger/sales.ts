/** Posting rules of what dealers owe: shipments, late fees, write-offs (DOMAIN: The ledger). */

import { type Journal, journal } from '../kernel/journal.ts'
import { type Decimal, sum, ZERO } from '../kernel/money.ts'
import type { Chart } from './chart.ts'
import { byDealer, credited, debited } from './lines.ts'

/** Shipped: receivable, gross, against sales, net, and output VAT. */
export function postShipment(
  chart: Chart,
  dealerId: string,
  { gross, net, tax }: Readonly<{ gross: Decimal; net: Decimal; tax: Decimal }>,
): Journal {
  return journal(
    debited(chart.receivable, gross, dealerId),
    credited(chart.sales, net),
    credited(chart.outputVat, tax),
  )
}

/** A fee, or what is taken back of one, of a dealer. */
export type PostedFee = Readonly<{ dealerId: string; gross: Decimal; net: Decimal; tax: Decimal }>

/** Late fees: receivables, gross, against late-fee income, net, and output VAT. */
export function postLateFees(chart: Chart, fees: readonly PostedFee[]): Journal {
  return journal(
    ...byDealer(fees, ({ gross }) => gross).map(([dealerId, gross]) =>
      debited(chart.receivable, gross, dealerId),
    ),
    credited(chart.lateFeeIncome, sum(fees.map(({ net }) => net))),
    credited(chart.outputVat, sum(fees.map(({ tax }) => tax))),
  )
}

type PostedFeeCorrection = Omit<PostedFee, 'gross'> &
  Readonly<{ open: Decimal; paid: Decimal; writtenOff?: Decimal }>

/**
 * Late fees corrected: income and VAT against receivables, advances for what was paid, and the credit loss
 * for what was written off.
 */
export function postLateFeeCorrections(
  chart: Chart,
  corrections: readonly PostedFeeCorrection[],
): Journal {
  return journal(
    debited(chart.lateFeeIncome, sum(corrections.map(({ net }) => net))),
    debited(chart.outputVat, sum(corrections.map(({ tax }) => tax))),
    ...byDealer(corrections, ({ open }) => open).map(([dealerId, open]) =>
      credited(chart.receivable, open, dealerId),
    ),
    ...byDealer(corrections, ({ paid }) => paid).map(([dealerId, paid]) =>
      credited(chart.advances, paid, dealerId),
    ),
    credited(chart.creditLoss, sum(corrections.map(({ writtenOff }) => writtenOff ?? ZERO))),
  )
}

/** Written off: a credit loss against the receivable. */
export function postWriteOff(chart: Chart, dealerId: string, amount: Decimal): Journal {
  return journal(debited(chart.creditLoss, amount), credited(chart.receivable, amount, dealerId))
}

/** Recovered, of what was written off: bank against the credit loss. */
export function postRecovery(chart: Chart, amount: Decimal): Journal {
  return journal(debited(chart.bank, amount), credited(chart.creditLoss, amount))
}
