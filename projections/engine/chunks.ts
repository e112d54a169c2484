/** Reading the log in bounded pieces. */

import { type Position, START } from '../../domain/kernel/position.ts'

/** Groups of at most `size`, in order; the last one may be smaller, none is empty. */
export async function* chunksOf<Item>(
  items: AsyncIterable<Item>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  let chunk: Item[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** The position from which all of them need events; `START` of none. */
export function earliest(all: readonly Readonly<{ position: Position }>[]): Position {
  const [first, ...others] = all.map(({ position }) => position)
  return others.reduce(earlier, first ?? START)
}

export function earlier(one: Position, other: Position): Position {
  if (other < one) return other
  return one
}
