/** What a line is that no rule explains: of which kind, and what may be meant. */

import { type Entry, isReceivable, within } from './book-index.ts'
import { paymentsNamed, receivablesNamed, settlementNamed } from './named.ts'
import { exception, isReconciled, type Reading, type Run } from './run.ts'
import type { MatchResult } from './types.ts'

/** What the text names and is not settled: payments, or else receivables. */
export function meantBy(run: Run, reading: Reading): readonly Entry[] {
  const isOpen = (entry: Entry) => !isReconciled(entry) && !run.taken.has(entry.id)
  const payments = paymentsNamed(reading).filter(isOpen)
  const [first] = payments
  if (payments.length === 1 && first !== undefined) return [first]
  return payments.length > 1 ? [] : receivablesNamed(reading).filter(isOpen)
}

/** What a dealer owes, by day, and all of it together. */
export type Owed = ReadonlyMap<string, Readonly<{ byDay: readonly Entry[]; total: bigint }>>

export function owedBy({ index, taken }: Run): Owed {
  const free = index.entries.filter(isReceivable).filter(({ id }) => !taken.has(id))
  const byDealer = Map.groupBy(free, ({ item }) => item.dealerId)
  return new Map(
    [...byDealer].map(([dealerId, byDay]) => {
      const total = byDay.reduce((sum, { cents }) => sum + cents, 0n)
      return [dealerId, { byDay, total }] as const
    }),
  )
}

export function exceptionOf(
  run: Run,
  reading: Reading,
  meant: readonly Entry[],
  owed: Owed,
): MatchResult {
  const { cents, isOut, payers, dealerId } = reading
  if (meant.length > 0 && !isOut) {
    const total = meant.reduce((sum, one) => sum + one.cents, 0n)
    return cents < total
      ? exception(reading, 'named', 'partial', 'It is less than what the text names.', [meant])
      : exception(reading, 'named', 'over-paid', 'It is more than what the text names.', [meant])
  }
  const paidOut = settlementNamed(reading)
  if (paidOut !== undefined && !run.taken.has(paidOut.id)) {
    const code = cents < paidOut.cents ? 'partial' : 'over-paid'
    const message = 'The file of the settlement that the text names comes to another sum.'
    return exception(reading, 'named', code, message, [[paidOut]])
  }
  if (payers.length === 0) {
    return exception(
      reading,
      'none',
      'unknown-payer',
      'No dealer is known by this name or account.',
    )
  }
  if (dealerId === undefined) {
    return exception(reading, 'none', 'unknown-payer', 'Several dealers are known by this name.')
  }
  return ofPayer(run, reading, owed.get(dealerId))
}

function ofPayer({ limits }: Run, reading: Reading, owed: ReturnType<Owed['get']>): MatchResult {
  if (owed === undefined || reading.isOut) {
    return exception(reading, 'none', 'no-counterpart', 'Nothing is open with this dealer.')
  }
  const { byDay, total } = owed
  if (reading.cents > total) {
    return exception(reading, 'none', 'over-paid', 'It is more than all that the dealer owes.')
  }
  const [only, ...others] = within(byDay, reading.day, limits.days, 2)
  if (only !== undefined && others.length === 0 && reading.cents < only.cents) {
    const message = 'It is less than the one receivable that is due about this day.'
    return exception(reading, 'none', 'partial', message, [[only]])
  }
  return exception(reading, 'none', 'no-counterpart', 'Nothing open comes to this amount.')
}
