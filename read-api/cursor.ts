/** Lists go on from a cursor: the sort key of the last item, opaque to the caller. */

import { z } from 'zod'
import { isLine, LocalDate, line } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'

/** The query parameters of every list. */
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: line(1000).optional(),
})
export type Paging = z.output<typeof Paging>

/** What is looked for, as text that Postgres takes. */
export function searched(max: number) {
  return z.string().trim().min(1).max(max).refine(isLine, 'must hold no control characters')
}

const MAX_POSITION = 2n ** 63n - 1n

function isPosition(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) <= MAX_POSITION
}

/** A place in the log, as `Tradeline-Position` gives it. */
export const Position = z.string().refine(isPosition, 'must be a position')

const Key = z.array(z.string().refine(isLine))

export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** The sort key of a cursor of `length` parts; undefined for the first page. */
export function decodeCursor(cursor: string | undefined, length: number): string[] | undefined {
  if (cursor === undefined) return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return Key.length(length).parse(key)
  } catch {
    throw badCursor()
  }
}

/** The refusal of a cursor that no list gave. */
export function badCursor(): Problem {
  const message = 'is not one that a list gave'
  const errors = [{ path: 'query.cursor', message }]
  return new Problem(400, 'invalid-request', `query.cursor: ${message}`, { errors })
}

/** A position in a cursor. */
export function positionIn(key: readonly string[] | undefined): bigint | undefined {
  const [text] = key ?? []
  if (text === undefined) return undefined
  if (!isPosition(text)) throw badCursor()
  return BigInt(text)
}

/** A day in a cursor. */
export function dateIn(text: string | undefined): LocalDate {
  const date = LocalDate.safeParse(text)
  if (!date.success) throw badCursor()
  return date.data
}

/** A small number in a cursor, such as a line's. */
export function numberIn(text: string | undefined): number {
  if (text === undefined || !/^\d{1,9}$/.test(text)) throw badCursor()
  return Number(text)
}

export type Page<Item> = Readonly<{ items: readonly Item[]; nextCursor: string | null }>

/** Cuts the one row too many that was asked for, and makes the cursor from the last one kept. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly string[],
  itemOf: (row: Row) => Item,
): Page<Item> {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items: kept.map(itemOf), nextCursor: more ? encodeCursor(keyOf(last)) : null }
}
