/** Lists go on from a cursor: the sort key of the last item, opaque to the caller. */

import { z } from 'zod'
import { Problem } from '../http/problem.ts'

/** The query parameters of every list. */
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(1000).optional(),
})
export type Paging = z.output<typeof Paging>

export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** The sort key of a cursor of `length` parts; undefined for the first page. */
export function decodeCursor(cursor: string | undefined, length: number): string[] | undefined {
  if (cursor === undefined) return undefined
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    return z.array(z.string()).length(length).parse(key)
  } catch {
    throw new Problem(400, 'invalid-request', 'cursor: is not one that a list gave')
  }
}

/** A position in a cursor. */
export function positionIn(key: readonly string[] | undefined): bigint | undefined {
  const [text] = key ?? []
  if (text === undefined) return undefined
  if (!/^\d{1,19}$/.test(text)) {
    throw new Problem(400, 'invalid-request', 'cursor: is not one that a list gave')
  }
  return BigInt(text)
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
