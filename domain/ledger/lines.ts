/** What posting rules are made of: lines of accounts that the chart names. */

import { credit, debit, type Journal, type JournalLine } from '../kernel/journal.ts'
import type { Decimal } from '../kernel/money.ts'
import type { Account } from './chart.ts'

/** A line on the debit side; an amount below zero goes to the other side. */
export function debited({ code }: Account, amount: Decimal, dealerId?: string): JournalLine {
  return amount.isNegative()
    ? credit(code, amount.negated(), dealerId)
    : debit(code, amount, dealerId)
}

/** A line on the credit side; an amount below zero goes to the other side. */
export function credited(account: Account, amount: Decimal, dealerId?: string): JournalLine {
  return debited(account, amount.negated(), dealerId)
}

/** The entry that undoes one: each line on the other side. */
export function reversed(journal: Journal): Journal {
  return journal.map(({ debit: debitAmount, credit: creditAmount, ...rest }) => ({
    ...rest,
    ...(creditAmount === undefined ? {} : { debit: creditAmount }),
    ...(debitAmount === undefined ? {} : { credit: debitAmount }),
  }))
}

/** Sums by dealer, in the order in which the dealers come. */
export function byDealer<Item extends Readonly<{ dealerId: string }>>(
  items: readonly Item[],
  amountOf: (item: Item) => Decimal,
): readonly (readonly [string, Decimal])[] {
  const sums = new Map<string, Decimal>()
  for (const item of items) {
    sums.set(item.dealerId, amountOf(item).plus(sums.get(item.dealerId) ?? 0))
  }
  return [...sums]
}
