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
  find: (target: number) => Found
  /** How many amounts are combined. */
  size: number
  /** All of them together. */
  total: number
}>

/** In cents; sums of whole numbers are exact as long as they stay below `Number.MAX_SAFE_INTEGER`. */
export const MOST_CENTS = 10_000_000_000_000
/** More amounts than that are not combined. */
const MOST_AMOUNTS = 256

const NONE: Found = { kind: 'none' }
const GAVE_UP: Found = { kind: 'gave-up' }

/** Of amounts in cents: whole, above zero, at most `MOST_CENTS`. */
export function combinationsOf(cents: readonly number[], mostSums: number): Combinations {
  const total = cents.reduce((sum, one) => sum + one, 0)
  const all = cents.map((_, place) => place)
  const same = once(() => alikeOf(cents))
  const isExact = Number.isSafeInteger(total)
  const halves = cents.length > MOST_AMOUNTS ? undefined : halvesOf(cents, mostSums)
  const find = (target: number): Found => {
    if (!isExact) return GAVE_UP
    if (target <= 0 || target > total) return NONE
    if (target === total) return { kind: 'one', places: all }
    if (halves !== undefined) return searched(halves, target)
    return alike(same(), target) ?? GAVE_UP
  }
  return { find, size: cents.length, total }
}

/** A list of amounts, and the sums that the first so many of them can have, in ascending order. */
type Half = {
  places: number[]
  amounts: number[]
  /** `levels[n]`: the sums of the first n amounts. */
  levels: Float64Array[]
  /** For each sum of the last level: 1 if one way leads to it, 2 if more do. */
  ways: Uint8Array
}

function emptyHalf(): Half {
  return {
    places: [],
    amounts: [],
    levels: [new Float64Array(1)],
    ways: new Uint8Array([1]),
  }
}

function sumsOf(half: Half): Float64Array {
  return half.levels.at(-1) ?? new Float64Array(1)
}

/** Each amount goes to the half that has fewer sums; undefined if one gets too many. */
function halvesOf(cents: readonly number[], mostSums: number): readonly [Half, Half] | undefined {
  const one = emptyHalf()
  const other = emptyHalf()
  for (const [place, amount] of cents.entries()) {
    const half = sumsOf(one).length <= sumsOf(other).length ? one : other
    add(half, place, amount)
    if (sumsOf(half).length > mostSums) return undefined
  }
  return [one, other]
}

/** Merges the sums without the amount and those with it; ways to the same sum add up. */
function add(half: Half, place: number, amount: number): void {
  const sums = sumsOf(half)
  const merged = new Float64Array(2 * sums.length)
  const ways = new Uint8Array(2 * sums.length)
  let without = 0
  let having = 0
  let count = 0
  while (having < sums.length) {
    const low = sums[without] ?? Number.POSITIVE_INFINITY
    const high = (sums[having] ?? 0) + amount
    merged[count] = Math.min(low, high)
    let led = 0
    if (low <= high) led += half.ways[without++] ?? 0
    if (high <= low) led += half.ways[having++] ?? 0
    ways[count] = Math.min(led, 2)
    count += 1
  }
  half.places.push(place)
  half.amounts.push(amount)
  half.levels.push(merged.slice(0, count))
  half.ways = ways.slice(0, count)
}

/** Goes up one half and down the other; ends as soon as there are two ways. */
function searched([left, right]: readonly [Half, Half], target: number): Found {
  const lefts = sumsOf(left)
  const rights = sumsOf(right)
  const hits: (readonly [number, number])[] = []
  let ways = 0
  let up = 0
  let down = rights.length - 1
  while (up < lefts.length && down >= 0 && ways < 2) {
    const one = lefts[up] ?? 0
    const other = rights[down] ?? 0
    if (one + other === target) {
      hits.push([one, other])
      ways += (left.ways[up] ?? 0) * (right.ways[down] ?? 0)
    }
    if (one + other <= target) up += 1
    else down -= 1
  }
  const places = (sums: readonly [number, number], late: boolean) =>
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
function trace({ places, amounts, levels }: Half, sum: number, late: boolean): readonly number[] {
  const way: number[] = []
  let rest = sum
  for (let at = amounts.length - 1; at >= 0; at -= 1) {
    const amount = amounts[at] ?? 0
    const before = levels[at] ?? new Float64Array()
    const isUsed = late ? has(before, rest - amount) : !has(before, rest)
    if (!isUsed) continue
    way.push(places[at] ?? 0)
    rest -= amount
  }
  return way
}

function has(ascending: Float64Array, sum: number): boolean {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) < sum) low = middle + 1
    else high = middle
  }
  return ascending[low] === sum
}

/** So many amounts that occur more than once are looked at. */
const MOST_ALIKE = 64

function alikeOf(cents: readonly number[]): readonly (readonly [number, readonly number[]])[] {
  const places = [...Map.groupBy(cents.keys(), (place) => cents[place] ?? 0)]
  return places.filter(([, same]) => same.length > 1).slice(0, MOST_ALIKE)
}

/** Two ways that need no search: some of many amounts that are the same. */
function alike(
  amounts: readonly (readonly [number, readonly number[]])[],
  target: number,
): Found | undefined {
  for (const [amount, same] of amounts) {
    const needed = target / amount
    if (target % amount === 0 && needed < same.length) {
      return needed > MOST_TOLD
        ? { kind: 'many', ways: [] }
        : { kind: 'many', ways: [same.slice(0, needed), same.slice(-needed)] }
    }
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
