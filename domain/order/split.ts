/**
 * Plans which warehouse serves which line of an order, by these aims in this order (DOMAIN: Stock and
 * splitting): serve as much as possible; divide no line that one warehouse can serve whole, and none
 * whose product forbids it; fewest fulfilments; lowest priority numbers, compared in ascending order;
 * lowest ids, compared likewise. Within the chosen warehouses a line goes to the lowest priority number
 * that can serve it.
 */

import type { SkuQuantity } from '../kernel/lines.ts'
import type { WarehouseReference } from '../reference/reference.ts'

export type SplitLine = SkuQuantity & Readonly<{ divisible: boolean }>

export type SplitRequest = Readonly<{
  lines: readonly SplitLine[]
  /** The ship-to region. */
  region: string
  warehouses: readonly Pick<WarehouseReference, 'warehouseId' | 'priority' | 'regions'>[]
  /** Base units; below zero counts as none. */
  available: (warehouseId: string, sku: string) => number
}>

export type SplitPlan = Readonly<{
  /** By priority number, then id; the lines of each in the order's order. */
  parts: readonly Readonly<{ warehouseId: string; lines: readonly SkuQuantity[] }>[]
  shortages: readonly Readonly<{ sku: string; wanted: number; missing: number }>[]
}>

/** So many warehouses that have any of the goods are weighed exactly: 4,096 choices. */
export const EXACT_WAREHOUSES = 12

type Candidate = Readonly<{
  warehouseId: string
  priority: number
  /** What it has of each line. */
  stock: readonly number[]
}>

/** What must be served of a line, and whether by one warehouse. */
type Need = Readonly<{ line: number; units: number; byOne: boolean }>

/**
 * Plans the split. Lines of one SKU are taken together. Exact for up to `EXACT_WAREHOUSES` candidates;
 * with more, as much is served and nothing more divided, and among a shortlist of that many (a greedy
 * choice, filled up with those that serve most lines) the rest of the aims is met exactly.
 */
export function planSplit(request: SplitRequest): SplitPlan {
  const lines = bySku(request.lines)
  const candidates = candidatesOf(request, lines)
  const served = lines.map((line, index) => needOf(line, index, candidates))
  const needs = served.filter(({ units }) => units > 0)
  return {
    parts: assign(lines, needs, choose(candidates, needs)),
    shortages: lines
      .map(({ sku, quantity }, index) => {
        return { sku, wanted: quantity, missing: quantity - (served[index]?.units ?? 0) }
      })
      .filter(({ missing }) => missing > 0),
  }
}

function bySku(lines: readonly SplitLine[]): readonly SplitLine[] {
  const merged = new Map<string, SplitLine>()
  for (const line of lines) {
    const before = merged.get(line.sku)
    const quantity = (before?.quantity ?? 0) + line.quantity
    const divisible = line.divisible && (before?.divisible ?? true)
    merged.set(line.sku, { sku: line.sku, quantity, divisible })
  }
  return [...merged.values()]
}

/** The warehouses that cover the region and have any of the goods, by priority number, then id. */
function candidatesOf(request: SplitRequest, lines: readonly SplitLine[]): readonly Candidate[] {
  const { region, warehouses, available } = request
  return warehouses
    .filter(({ regions }) => regions.includes(region))
    .map(({ warehouseId, priority }) => {
      const stock = lines.map(({ sku }) => Math.max(0, available(warehouseId, sku)))
      return { warehouseId, priority, stock }
    })
    .filter(({ stock }) => stock.some((units) => units > 0))
    .sort((a, b) => a.priority - b.priority || compareText(a.warehouseId, b.warehouseId))
}

/** As much of a line as can be served: whole by one, else divided, if its product lets it. */
function needOf(line: SplitLine, index: number, candidates: readonly Candidate[]): Need {
  const stocks = candidates.map((candidate) => unitsAt(candidate, index))
  const most = Math.max(0, ...stocks)
  const byOne = most >= line.quantity || !line.divisible
  const reachable = byOne ? most : stocks.reduce((total, units) => total + units, 0)
  return { line: index, units: Math.min(line.quantity, reachable), byOne }
}

function choose(candidates: readonly Candidate[], needs: readonly Need[]): readonly Candidate[] {
  if (candidates.length <= EXACT_WAREHOUSES) return exactChoice(candidates, needs)
  const greedy = greedyChoice(candidates, needs)
  if (greedy.length > EXACT_WAREHOUSES) return greedy
  return exactChoice(shortlist(candidates, needs, greedy), needs)
}

/** The best of all choices of the fewest warehouses that serve all needs. */
function exactChoice(
  candidates: readonly Candidate[],
  needs: readonly Need[],
): readonly Candidate[] {
  if (needs.length === 0) return []
  const isEnough = sufficiency(candidates, needs)
  for (let size = 1; size <= candidates.length; size += 1) {
    let best: readonly Candidate[] | undefined
    for (const mask of masksOf(size, candidates.length)) {
      if (!isEnough(mask)) continue
      const chosen = candidates.filter((_, index) => mask & (1 << index))
      if (best === undefined || isBetter(chosen, best)) best = chosen
    }
    if (best !== undefined) return best
  }
  throw new Error('the needs ask for more than all candidates have')
}

/**
 * A test of choices (bit n: candidate n) for serving all needs. What each choice reaches follows from the
 * choice with one candidate less, so that all of them cost one step a need, however they are served.
 */
function sufficiency(
  candidates: readonly Candidate[],
  needs: readonly Need[],
): (mask: number) => boolean {
  const isEnough = new Uint8Array(1 << candidates.length).fill(1)
  const reached = new Float64Array(isEnough.length)
  for (const { line, units, byOne } of needs) {
    for (const [index, candidate] of candidates.entries()) {
      reach(reached, 1 << index, unitsAt(candidate, line), byOne)
    }
    for (let mask = 0; mask < isEnough.length; mask += 1) {
      if ((reached[mask] ?? 0) < units) isEnough[mask] = 0
    }
  }
  return (mask) => isEnough[mask] === 1
}

/** What the choices of one candidate (`bit`) and of earlier ones reach of a need. */
function reach(reached: Float64Array, bit: number, units: number, byOne: boolean): void {
  for (let mask = 0; mask < bit; mask += 1) {
    const before = reached[mask] ?? 0
    reached[bit | mask] = byOne ? Math.max(before, units) : before + units
  }
}

/** All numbers below 2^length with so many bits set, in ascending order (Gosper's hack). */
function* masksOf(size: number, length: number): Generator<number> {
  const end = 1 << length
  let mask = (1 << size) - 1
  while (mask < end) {
    yield mask
    const lowest = mask & -mask
    const ripple = mask + lowest
    mask = ripple | (((mask ^ ripple) >>> 2) / lowest)
  }
}

/** Of two choices of one size, each in candidate order: by priority numbers, then by ids. */
function isBetter(chosen: readonly Candidate[], best: readonly Candidate[]): boolean {
  for (const [index, { priority }] of chosen.entries()) {
    const difference = priority - (best[index]?.priority ?? 0)
    if (difference !== 0) return difference < 0
  }
  const ids = idsOf(chosen)
  const others = idsOf(best)
  const first = ids.findIndex((id, index) => id !== others[index])
  return first >= 0 && compareText(ids[first] ?? '', others[first] ?? '') < 0
}

function idsOf(candidates: readonly Candidate[]): readonly string[] {
  return candidates.map(({ warehouseId }) => warehouseId).sort(compareText)
}

/**
 * A sufficient choice, not always the smallest: again and again the warehouse that completes most of
 * the open needs, then has most of their units; at the end, those that are not needed are left out.
 */
function greedyChoice(
  candidates: readonly Candidate[],
  needs: readonly Need[],
): readonly Candidate[] {
  const chosen = new Set<Candidate>()
  let open = openNeeds([...chosen], needs)
  while (open.length > 0) {
    const others = candidates.filter((candidate) => !chosen.has(candidate))
    chosen.add(mostUseful(others, open))
    open = openNeeds([...chosen], needs)
  }
  return withoutSuperfluous(
    candidates.filter((candidate) => chosen.has(candidate)),
    needs,
  )
}

/** What a choice leaves to be served: of a line for one warehouse all, of others the rest. */
function openNeeds(chosen: readonly Candidate[], needs: readonly Need[]): readonly Need[] {
  return needs.flatMap((need) => {
    const stocks = chosen.map((candidate) => unitsAt(candidate, need.line))
    if (need.byOne) return stocks.some((units) => units >= need.units) ? [] : [need]
    const units = need.units - stocks.reduce((total, each) => total + each, 0)
    return units > 0 ? [{ ...need, units }] : []
  })
}

function mostUseful(candidates: readonly Candidate[], open: readonly Need[]): Candidate {
  const gains = candidates.map((candidate) => ({ candidate, ...gainOf(candidate, open) }))
  const best = gains.reduce((one, other) => {
    const more = other.completed - one.completed || other.units - one.units
    return more > 0 ? other : one
  })
  return best.candidate
}

function gainOf(candidate: Candidate, open: readonly Need[]) {
  const completed = open.filter(({ line, units }) => unitsAt(candidate, line) >= units).length
  const units = open
    .filter(({ byOne }) => !byOne)
    .reduce((total, need) => total + Math.min(need.units, unitsAt(candidate, need.line)), 0)
  return { completed, units }
}

function withoutSuperfluous(
  chosen: readonly Candidate[],
  needs: readonly Need[],
): readonly Candidate[] {
  return chosen.reduceRight<readonly Candidate[]>((kept, candidate) => {
    const fewer = kept.filter((other) => other !== candidate)
    return openNeeds(fewer, needs).length === 0 ? fewer : kept
  }, chosen)
}

/** The greedy choice and the warehouses that complete most needs, in candidate order. */
function shortlist(
  candidates: readonly Candidate[],
  needs: readonly Need[],
  greedy: readonly Candidate[],
): readonly Candidate[] {
  const others = candidates
    .filter((candidate) => !greedy.includes(candidate))
    .map((candidate) => ({ candidate, completed: gainOf(candidate, needs).completed }))
    .sort((a, b) => b.completed - a.completed)
    .slice(0, EXACT_WAREHOUSES - greedy.length)
  const listed = new Set([...greedy, ...others.map(({ candidate }) => candidate)])
  return candidates.filter((candidate) => listed.has(candidate))
}

/** Gives each need to the first of the chosen that can serve it; a divided one to each in turn. */
function assign(
  lines: readonly SplitLine[],
  needs: readonly Need[],
  chosen: readonly Candidate[],
): SplitPlan['parts'] {
  const parts = chosen.map(({ warehouseId }) => ({ warehouseId, lines: [] as SkuQuantity[] }))
  for (const { line, units, byOne } of needs) {
    const sku = lines[line]?.sku ?? ''
    let rest = units
    for (const [index, candidate] of chosen.entries()) {
      const has = unitsAt(candidate, line)
      const quantity = byOne && has < units ? 0 : Math.min(rest, has)
      if (quantity > 0) parts[index]?.lines.push({ sku, quantity })
      rest -= quantity
    }
  }
  return parts
}

function unitsAt(candidate: Candidate, line: number): number {
  return candidate.stock[line] ?? 0
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
