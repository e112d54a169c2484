/**
 * Which amounts of some add up to a given sum, and whether only these do. Exact: both halves of the
 * amounts have all their sums listed, each with the number of ways to it, and the halves are searched
 * against each other. Bounded: with more sums than allowed it gives up, and says so.
 */

export type Found =
  | Readonly<{ kind: 'none' }>
  /** These and no others, by their places. */
  | Readonly<{ kind: 'one'; places: readonly number[] }>
  /** There are more ways; two of them, if they are no longer than anyone would look at. */
  | Readonly<{ kind: 'many'; ways: readonly (readonly number[])[] }>
  | Readonly<{ kind: 'gave-up' }>

export type Combinations = Readonly<{
  find: (target: bigint) => Found
  /** How many amounts are combined. */
  size: number
  /** All of them together. */
  total: bigint
}>

/** In cents: no sum of as many as are combined comes near the 64 bits that sums are kept in. */
export const MOST_CENTS = 10n ** 15n
/** More amounts than that are not combined. */
const MOST_AMOUNTS = 256

const NONE: Found = { kind: 'none' }
const GAVE_UP: Found = { kind: 'gave-up' }

/**
 * Combines amounts in cents (whole, above zero, at most `MOST_CENTS`) as often as needed, with so many sums
 * for each half. All that it needs to work in is made once.
 */
export function createCombiner(mostSums: number): (cents: readonly bigint[]) => Combinations {
  const room = { one: emptyRoom(mostSums), other: emptyRoom(mostSums) }
  return (cents) => {
    const total = cents.reduce((sum, one) => sum + one, 0n)
    const all = cents.map((_, place) => place)
    const same = once(() => alikeOf(cents))
    const halves = cents.length <= MOST_AMOUNTS ? halvesOf(cents, room) : undefined
    const find = (target: bigint): Found => {
      if (target <= 0n || target > total) return NONE
      if (target === total) return { kind: 'one', places: all }
      if (halves !== undefined) return searched(halves, target)
      return alike(same(), target) ?? GAVE_UP
    }
    return { find, size: cents.length, total }
  }
}

/** Sums in ascending order; for each, 1 if one way leads to it, 2 if more do. */
type Sums = Readonly<{ sums: BigInt64Array; ways: Uint8Array }>

/** A list of amounts, and all sums that some of them can have. */
type Half = Sums &
  Readonly<{
    places: readonly number[]
    amounts: readonly bigint[]
    /** For tracing ways back: the sums of the first none, one, two… amounts. */
    levels: () => readonly ReadonlySet<bigint>[]
  }>

/** Where sums are merged: from one side to the other, and back. */
type Room = Readonly<{ from: Sums; to: Sums }>

function emptyRoom(mostSums: number): Room {
  const side = (): Sums => ({
    sums: new BigInt64Array(2 * mostSums),
    ways: new Uint8Array(2 * mostSums),
  })
  return { from: side(), to: side() }
}

type Growing = { room: Room; count: number; places: number[]; amounts: bigint[] }

function growing(room: Room): Growing {
  room.from.sums[0] = 0n
  room.from.ways[0] = 1
  return { room, count: 1, places: [], amounts: [] }
}

/** Each amount goes to the half that has fewer sums; undefined if one gets too many. */
function halvesOf(
  cents: readonly bigint[],
  room: Readonly<{ one: Room; other: Room }>,
): readonly [Half, Half] | undefined {
  const one = growing(room.one)
  const other = growing(room.other)
  for (const [place, amount] of cents.entries()) {
    const half = one.count <= other.count ? one : other
    const { from, to } = half.room
    if (2 * half.count > to.sums.length) return undefined
    half.count = merge(from, half.count, amount, to)
    half.room = { from: to, to: from }
    half.places.push(place)
    half.amounts.push(amount)
  }
  return [halfOf(one), halfOf(other)]
}

function halfOf({ room: { from }, count, places, amounts }: Growing): Half {
  const sums = from.sums.slice(0, count)
  const ways = from.ways.slice(0, count)
  return { places, amounts, sums, ways, levels: once(() => levelsOf(amounts)) }
}

/** Merges the sums without an amount and those with it; ways to the same sum add up. Says how many. */
function merge({ sums, ways }: Sums, count: number, amount: bigint, to: Sums): number {
  let without = 0
  let having = 0
  let merged = 0
  while (having < count) {
    const high = (sums[having] ?? 0n) + amount
    // With none left without the amount, those with it are the lower ones.
    const low = without < count ? (sums[without] ?? 0n) : high + 1n
    const isLow = low <= high
    const isHigh = high <= low
    const led = (isLow ? (ways[without] ?? 0) : 0) + (isHigh ? (ways[having] ?? 0) : 0)
    to.sums[merged] = isLow ? low : high
    to.ways[merged] = Math.min(led, 2)
    if (isLow) without += 1
    if (isHigh) having += 1
    merged += 1
  }
  return merged
}

/** Goes up one half and down the other; ends as soon as there are two ways. */
function searched([left, right]: readonly [Half, Half], target: bigint): Found {
  const lefts = left.sums
  const rights = right.sums
  const hits: (readonly [bigint, bigint])[] = []
  let ways = 0
  let up = 0
  let down = rights.length - 1
  while (up < lefts.length && down >= 0 && ways < 2) {
    const one = lefts[up] ?? 0n
    const other = rights[down] ?? 0n
    const sum = one + other
    if (sum === target) {
      hits.push([one, other])
      ways += (left.ways[up] ?? 0) * (right.ways[down] ?? 0)
    }
    if (sum <= target) up += 1
    else down -= 1
  }
  const places = (sums: readonly [bigint, bigint], late: boolean) =>
    [...trace(left, sums[0], late), ...trace(right, sums[1], late)].sort((a, b) => a - b)
  const [first, second] = hits
  if (first === undefined) return NONE
  if (ways === 1) return { kind: 'one', places: places(first, false) }
  const both = [places(first, false), places(second ?? first, true)]
  return many(both.sort(([one = 0], [other = 0]) => one - other))
}

/** Longer ways are not told: nobody chooses between them. */
const MOST_TOLD = 50

function many(ways: readonly (readonly number[])[]): Found {
  return { kind: 'many', ways: ways.some(({ length }) => length > MOST_TOLD) ? [] : ways }
}

/** A way to a sum: of more ways the one with the latest amounts, or else with the earliest. */
function trace(half: Half, sum: bigint, late: boolean): readonly number[] {
  const { places, amounts } = half
  const levels = half.levels()
  const way: number[] = []
  let rest = sum
  for (let at = amounts.length - 1; at >= 0; at -= 1) {
    const amount = amounts[at] ?? 0n
    const before = levels[at] ?? new Set()
    const isUsed = late ? before.has(rest - amount) : !before.has(rest)
    if (!isUsed) continue
    way.push(places[at] ?? 0)
    rest -= amount
  }
  return way
}

function levelsOf(amounts: readonly bigint[]): readonly ReadonlySet<bigint>[] {
  let sums = new Set([0n])
  return amounts.map((amount) => {
    const before = sums
    sums = new Set(before)
    for (const one of before) sums.add(one + amount)
    return before
  })
}

/** So many amounts that occur more than once are looked at. */
const MOST_ALIKE = 64

function alikeOf(cents: readonly bigint[]): readonly (readonly [bigint, readonly number[]])[] {
  const places = [...Map.groupBy(cents.keys(), (place) => cents[place] ?? 0n)]
  return places.filter(([, same]) => same.length > 1).slice(0, MOST_ALIKE)
}

/** Two ways that need no search: some of many amounts that are the same. */
function alike(
  amounts: readonly (readonly [bigint, readonly number[]])[],
  target: bigint,
): Found | undefined {
  for (const [amount, same] of amounts) {
    if (target % amount !== 0n || target / amount >= BigInt(same.length)) continue
    const needed = Number(target / amount) // how many of them, no amount
    return needed > MOST_TOLD
      ? { kind: 'many', ways: [] }
      : { kind: 'many', ways: [same.slice(0, needed), same.slice(-needed)] }
  }
  return undefined
}

function once<Value>(make: () => Value): () => Value {
  let made: Readonly<{ value: Value }> | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
