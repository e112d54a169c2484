/**
 * The split by trying everything: every way to give every line to the warehouses, ranked by the words
 * of the domain page one after another. Written for being plainly right; only for small cases.
 */

import type { SplitPlan, SplitRequest } from '../../../domain/order/split.ts'

/** What each line takes of each warehouse, warehouses by priority number and id. */
type Allocation = readonly (readonly number[])[]

export function bruteForceSplit(request: SplitRequest): SplitPlan {
  const warehouses = request.warehouses
    .filter((one) => one.regions.includes(request.region))
    .sort((a, b) => a.priority - b.priority || (a.warehouseId < b.warehouseId ? -1 : 1))
  const stocks = request.lines.map(({ sku }) =>
    warehouses.map(({ warehouseId }) => request.available(warehouseId, sku)),
  )
  const perLine = request.lines.map(({ quantity, divisible }, index) =>
    ways(stocks[index] ?? [], quantity).filter((way) => divisible || pieces(way) <= 1),
  )
  const rank = (allocation: Allocation): readonly (number | string)[] => {
    const used = warehouses.filter((_, index) => allocation.some((way) => (way[index] ?? 0) > 0))
    const needless = request.lines.filter(
      ({ quantity }, index) =>
        pieces(allocation[index] ?? []) > 1 &&
        (stocks[index] ?? []).some((units) => units >= quantity),
    )
    return [
      -total(allocation.flat()),
      needless.length,
      used.length,
      ...used.map(({ priority }) => priority).sort((a, b) => a - b),
      ...used.map(({ warehouseId }) => warehouseId).sort(),
      ...allocation.flat().map((units) => -units), // the first in line gets as much as it can
    ]
  }
  let best: Allocation = request.lines.map(() => warehouses.map(() => 0))
  let bestRank = rank(best)
  for (const allocation of product(perLine)) {
    const candidate = rank(allocation)
    if (isLower(candidate, bestRank)) {
      best = allocation
      bestRank = candidate
    }
  }
  return {
    parts: warehouses
      .map(({ warehouseId }, place) => ({
        warehouseId,
        lines: request.lines
          .map(({ sku }, index) => ({ sku, quantity: best[index]?.[place] ?? 0 }))
          .filter(({ quantity }) => quantity > 0),
      }))
      .filter(({ lines }) => lines.length > 0),
    shortages: request.lines
      .map(({ sku, quantity }, index) => ({
        sku,
        wanted: quantity,
        missing: quantity - total(best[index] ?? []),
      }))
      .filter(({ missing }) => missing > 0),
  }
}

/** All ways to take up to so many units from these stocks. */
function ways([first, ...others]: readonly number[], quantity: number): readonly number[][] {
  if (first === undefined) return [[]]
  const all: number[][] = []
  for (let taken = 0; taken <= Math.min(first, quantity); taken += 1) {
    for (const rest of ways(others, quantity - taken)) all.push([taken, ...rest])
  }
  return all
}

function* product([
  first,
  ...others
]: readonly (readonly (readonly number[])[])[]): Generator<Allocation> {
  if (first === undefined) {
    yield []
    return
  }
  for (const way of first) for (const rest of product(others)) yield [way, ...rest]
}

function isLower(one: readonly (number | string)[], other: readonly (number | string)[]): boolean {
  for (const [index, value] of one.entries()) {
    const against = other[index]
    if (against === undefined || value === against) continue
    return value < against
  }
  return false
}

const total = (units: readonly number[]) => units.reduce((sum, each) => sum + each, 0)
const pieces = (way: readonly number[]) => way.filter((units) => units > 0).length
