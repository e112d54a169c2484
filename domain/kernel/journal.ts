/** The balanced double entry that an event carries when it moves value. */

import { z } from 'zod'
import type { Decimal } from './money.ts'
import { decimal, sum, toAmount } from './money.ts'
import { Amount, DealerId } from './values.ts'

/** One line: exactly one of debit and credit; `dealerId` on lines of a dealer's sub-ledger. */
export const JournalLine = z.strictObject({
  account: z.string().min(4).max(16),
  debit: Amount.optional(),
  credit: Amount.optional(),
  dealerId: DealerId.optional(),
})
export type JournalLine = z.output<typeof JournalLine>

export const Journal = z.array(JournalLine)
export type Journal = z.output<typeof Journal>

export function debit(account: string, amount: Decimal, dealerId?: string): JournalLine {
  return { account, debit: toAmount(amount), ...(dealerId === undefined ? {} : { dealerId }) }
}

export function credit(account: string, amount: Decimal, dealerId?: string): JournalLine {
  return { account, credit: toAmount(amount), ...(dealerId === undefined ? {} : { dealerId }) }
}

/** Drops empty lines and makes sure of the balance; throws if debits and credits differ. */
export function journal(...entries: readonly JournalLine[]): Journal {
  const kept = entries.filter((line) => !decimal(line.debit ?? line.credit ?? '0').isZero())
  const debits = sum(kept.map((line) => decimal(line.debit ?? '0')))
  const credits = sum(kept.map((line) => decimal(line.credit ?? '0')))
  if (!debits.equals(credits)) {
    throw new Error(`journal does not balance: debit ${debits}, credit ${credits}`)
  }
  return kept
}
