/** Posting rules of goods: in, out, lost, found and taken back (DOMAIN: The ledger). */

import { type Journal, journal } from '../kernel/journal.ts'
import { type Decimal, ZERO } from '../kernel/money.ts'
import type { Chart } from './chart.ts'
import { credited, debited } from './lines.ts'

/** Goods received, at their cost: inventory against suppliers. */
export function postGoodsReceived(chart: Chart, cost: Decimal): Journal {
  return journal(debited(chart.inventory, cost), credited(chart.suppliers, cost))
}

/** Goods shipped, at moving average: cost of sales against inventory. */
export function postGoodsIssued(chart: Chart, cost: Decimal): Journal {
  return journal(debited(chart.costOfSales, cost), credited(chart.inventory, cost))
}

/** Spoilage, or a shortage: stock loss against inventory. */
export function postGoodsLost(chart: Chart, cost: Decimal): Journal {
  return journal(debited(chart.stockLoss, cost), credited(chart.inventory, cost))
}

/** A surplus: inventory against stock loss. */
export function postGoodsFound(chart: Chart, cost: Decimal): Journal {
  return journal(debited(chart.inventory, cost), credited(chart.stockLoss, cost))
}

/** Goods that came back, at the cost they were issued at: inventory or, scrapped, stock loss. */
export function postGoodsReturned(
  chart: Chart,
  { restocked, scrapped }: Readonly<{ restocked: Decimal; scrapped: Decimal }>,
): Journal {
  return journal(
    debited(chart.inventory, restocked),
    debited(chart.stockLoss, scrapped),
    credited(chart.costOfSales, restocked.plus(scrapped)),
  )
}

/** A return accepted: what it takes back of sales and VAT, and to whom that goes. */
export type PostedReturn = Readonly<{
  net: Decimal
  tax: Decimal
  /** By how much receivables are smaller. */
  settled: Decimal
  /** Of receivables that were written off: by how much the loss is smaller. */
  lossBack?: Decimal | undefined
  /** Paid already: to be refunded. */
  refundPayable: Decimal
  /** Early-payment discount that was given on what comes back. */
  discountBack: Decimal
  restockingFee: Decimal
}>

/** A return accepted: returns and VAT against what the dealer owes and is owed, less what is kept of it. */
export function postReturn(
  chart: Chart,
  dealerId: string,
  { net, tax, settled, lossBack, refundPayable, discountBack, restockingFee }: PostedReturn,
): Journal {
  return journal(
    debited(chart.returns, net),
    debited(chart.outputVat, tax),
    credited(chart.receivable, settled, dealerId),
    credited(chart.creditLoss, lossBack ?? ZERO),
    credited(chart.refundsPayable, refundPayable, dealerId),
    credited(chart.charges, discountBack),
    credited(chart.lateFeeIncome, restockingFee),
  )
}
