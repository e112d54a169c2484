/** Chance with a seed: what a run did can be done again. */

export type Random = Readonly<{
  /** A whole number of `least` to `most`, both included. */
  between: (least: number, most: number) => number
  /** True with this probability, from 0 to 1. */
  chance: (probability: number) => boolean
  pick: <Item>(items: readonly [Item, ...Item[]]) => Item
  shuffled: <Item>(items: readonly Item[]) => readonly Item[]
}>

export function randomFrom(seed: number): Random {
  const next = mulberry32(seed)
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    between,
    chance: (probability) => next() < probability,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    shuffled: (items) => {
      const drawn = items.map((item) => ({ item, lot: next() }))
      return drawn.toSorted((one, other) => one.lot - other.lot).map(({ item }) => item)
    },
  }
}

/** The seed of this run: `CHAOS_SEED`, or one from the clock; printed by whoever uses it. */
export function seedOfRun(): number {
  return Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
