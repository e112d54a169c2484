/** The statement of a day: what the feed said of it, so that the ERP can hold it against what it has. */

import { createHash } from 'node:crypto'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import type { Message, Unnumbered } from './message.ts'

/** Of one type of message: how many, and the totals of its amounts. */
export type TypeTotals = Readonly<{ count: number; amounts: Readonly<Record<string, string>> }>

export type DayStatement = Readonly<{
  date: string
  /** Messages booked on the day; between its first and last may be some of other days. */
  count: number
  firstSequence: bigint
  lastSequence: bigint
  /** By type of message. */
  sums: Readonly<Record<string, TypeTotals>>
  hash: string
}>

/** Before a day's first message. */
export const FIRST_HASH = '0'.repeat(64)

/**
 * The chain's next link: SHA-256, in lower-case hex, over the former link's text, a line feed and the
 * message as it was sent.
 */
export function nextHash(hash: string, body: string): string {
  return createHash('sha256').update(hash).update('\n').update(body).digest('hex')
}

/** Takes the next message into the statement of its day. */
export function withMessage(
  statement: DayStatement | undefined,
  { sequence, bookedOn, body }: Message,
  message: Unnumbered,
): DayStatement {
  const { type } = message.publicEvent
  return {
    date: bookedOn,
    count: (statement?.count ?? 0) + 1,
    firstSequence: statement?.firstSequence ?? sequence,
    lastSequence: sequence,
    sums: { ...statement?.sums, [type]: withAmounts(statement?.sums[type], message) },
    hash: nextHash(statement?.hash ?? FIRST_HASH, body),
  }
}

function withAmounts(
  totals: TypeTotals | undefined,
  { publicEvent, data }: Unnumbered,
): TypeTotals {
  const amounts = publicEvent.sums.map((field) => {
    const before = decimal(totals?.amounts[field] ?? '0')
    return [field, toAmount(before.plus(decimal(String(data[field]))))] as const
  })
  return { count: (totals?.count ?? 0) + 1, amounts: Object.fromEntries(amounts) }
}
