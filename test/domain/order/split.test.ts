import assert from 'node:assert'
import fc from 'fast-check'
import { test } from 'tap'
import type { SplitPlan, SplitRequest } from '../../../domain/order/split.ts'
import { EXACT_WAREHOUSES, planSplit } from '../../../domain/order/split.ts'
import { bruteForceSplit } from './split-brute-force.ts'

type Stock = Readonly<Record<string, Readonly<Record<string, number>>>>

const line = (sku: string, quantity: number, divisible = true) => ({ sku, quantity, divisible })
const inEast = (warehouseId: string, priority: number) => ({
  warehouseId,
  priority,
  regions: ['East'],
})

function split(
  lines: SplitRequest['lines'],
  warehouses: SplitRequest['warehouses'],
  stock: Stock,
): SplitPlan {
  return planSplit({
    lines,
    region: 'East',
    warehouses,
    available: (warehouseId, sku) => stock[warehouseId]?.[sku] ?? 0,
  })
}

/** `{ SH: { A: 10 } }` */
const served = ({ parts }: SplitPlan) =>
  Object.fromEntries(
    parts.map(({ warehouseId, lines }) => [
      warehouseId,
      Object.fromEntries(lines.map(({ sku, quantity }) => [sku, quantity])),
    ]),
  )

test('the figures of the domain page', async (t) => {
  const warehouses = [
    { warehouseId: 'GZ', priority: 3, regions: ['South'] },
    { warehouseId: 'BJ', priority: 2, regions: ['North', 'East'] },
    { warehouseId: 'SH', priority: 1, regions: ['East'] },
  ]
  const stock = {
    SH: { A: 10, B: 5, C: 0 },
    BJ: { A: 10, B: 0, C: 8 },
    GZ: { A: 99, B: 99, C: 99 },
  }
  t.strictSame(split([line('A', 10), line('B', 5), line('C', 8)], warehouses, stock), {
    parts: [
      {
        warehouseId: 'SH',
        lines: [
          { sku: 'A', quantity: 10 },
          { sku: 'B', quantity: 5 },
        ],
      },
      { warehouseId: 'BJ', lines: [{ sku: 'C', quantity: 8 }] },
    ],
    shortages: [],
  })
})

test('one warehouse that has everything is chosen before two with lower numbers', async (t) => {
  const stock = { W1: { A: 5 }, W2: { B: 5 }, W9: { A: 5, B: 5 } }
  const warehouses = [inEast('W1', 1), inEast('W2', 2), inEast('W9', 9)]
  t.same(served(split([line('A', 5), line('B', 5)], warehouses, stock)), { W9: { A: 5, B: 5 } })
})

test('a line that one warehouse can serve is not divided, though nearer ones have some', async (t) => {
  const stock = { W1: { A: 9 }, W2: { A: 9 }, W9: { A: 10 } }
  const warehouses = [inEast('W1', 1), inEast('W2', 2), inEast('W9', 9)]
  t.same(served(split([line('A', 10)], warehouses, stock)), { W9: { A: 10 } })
})

test('a line that no warehouse can serve whole is divided over the fewest', async (t) => {
  const stock = { W1: { A: 4 }, W2: { A: 4 }, W3: { A: 9 } }
  const warehouses = [inEast('W1', 1), inEast('W2', 2), inEast('W3', 3)]
  t.same(served(split([line('A', 12)], warehouses, stock)), { W1: { A: 4 }, W3: { A: 8 } })
})

test('a line whose product forbids it is not divided: the rest is short', async (t) => {
  const stock = { W1: { A: 4 }, W2: { A: 9 } }
  const plan = split([line('A', 12, false)], [inEast('W1', 1), inEast('W2', 2)], stock)
  t.same(served(plan), { W2: { A: 9 } })
  t.same(plan.shortages, [{ sku: 'A', wanted: 12, missing: 3 }])
})

test('what can not be served is short, the rest is served', async (t) => {
  const stock = { W1: { A: 4 }, W2: { A: 3 } }
  const plan = split([line('A', 10), line('B', 2)], [inEast('W1', 1), inEast('W2', 2)], stock)
  t.same(served(plan), { W1: { A: 4 }, W2: { A: 3 } })
  t.same(plan.shortages, [
    { sku: 'A', wanted: 10, missing: 3 },
    { sku: 'B', wanted: 2, missing: 2 },
  ])
})

test('nothing goes out of a warehouse that does not cover the region', async (t) => {
  const warehouses = [{ warehouseId: 'GZ', priority: 1, regions: ['South'] }]
  const plan = split([line('A', 1)], warehouses, { GZ: { A: 99 } })
  t.same(plan, { parts: [], shortages: [{ sku: 'A', wanted: 1, missing: 1 }] })
})

test('priority numbers count before ids', async (t) => {
  // Both pairs serve it all: {A1, D9} with numbers 1 and 3, {B1, C2} with numbers 1 and 2.
  const stock = { A1: { X: 1 }, D9: { Y: 1 }, B1: { Y: 1 }, C2: { X: 1 } }
  const warehouses = [inEast('A1', 1), inEast('D9', 3), inEast('B1', 1), inEast('C2', 2)]
  const plan = split([line('X', 1), line('Y', 1)], warehouses, stock)
  t.same(served(plan), { A1: { X: 1 }, B1: { Y: 1 } })
  const withoutBoth = { A1: { X: 1 }, D9: { Y: 1, Z: 1 }, B1: { Y: 1 }, C2: { X: 1, Z: 1 } }
  const three = split([line('X', 1), line('Y', 1), line('Z', 1)], warehouses, withoutBoth)
  t.same(served(three), { B1: { Y: 1 }, C2: { X: 1, Z: 1 } })
})

test('of two choices with the same numbers the lowest ids count', async (t) => {
  // Only {a, d} and {b, c} have it all.
  const stock = { a: { W: 1, X: 1 }, b: { W: 1, Y: 1 }, c: { X: 1, Z: 1 }, d: { Y: 1, Z: 1 } }
  const lines = ['W', 'X', 'Y', 'Z'].map((sku) => line(sku, 1))
  const choice = (priorities: readonly number[]) => {
    const warehouses = ['a', 'b', 'c', 'd'].map((id, index) => inEast(id, priorities[index] ?? 0))
    return split(lines, warehouses, stock).parts.map(({ warehouseId }) => warehouseId)
  }
  t.same(choice([1, 1, 1, 1]), ['a', 'd'])
  t.same(choice([2, 1, 2, 1]), ['d', 'a'])
})

test('two lines of one SKU share its stock', async (t) => {
  const plan = split([line('A', 3), line('A', 3)], [inEast('W1', 1)], { W1: { A: 5 } })
  t.same(served(plan), { W1: { A: 5 } })
  t.same(plan.shortages, [{ sku: 'A', wanted: 6, missing: 1 }])
})

test('stock below zero counts as none', async (t) => {
  const stock = { W1: { A: -5 }, W2: { A: 3 } }
  const plan = split([line('A', 3)], [inEast('W1', 1), inEast('W2', 2)], stock)
  t.same(served(plan), { W2: { A: 3 } })
})

const SKUS = ['A', 'B', 'C', 'D']

/** Random orders over up to so many warehouses, all in the region or elsewhere. */
const requests = (maxWarehouses: number, maxUnits: number, maxLines = SKUS.length) =>
  fc
    .record({
      lines: fc.uniqueArray(
        fc.record({
          sku: fc.constantFrom(...SKUS),
          quantity: fc.integer({ min: 1, max: maxUnits }),
          divisible: fc.boolean(),
        }),
        { selector: ({ sku }) => sku, minLength: 1, maxLength: maxLines, size: 'max' },
      ),
      sites: fc.array(
        fc.record({
          priority: fc.nat({ max: 2 }),
          regions: fc.constantFrom(['East'], ['East', 'North'], ['East'], ['South']),
          units: fc.array(fc.nat({ max: maxUnits }), {
            minLength: SKUS.length,
            maxLength: SKUS.length,
          }),
        }),
        { maxLength: maxWarehouses, size: 'max' },
      ),
      names: fc.shuffledSubarray([...'abcdefghijklmnopqrstuvwxyz'], { minLength: 26 }),
    })
    .map(({ lines, sites, names }): SplitRequest => {
      const warehouses = sites.map((site, index) => ({
        ...site,
        warehouseId: names[index % 26] + String(Math.floor(index / 26)),
      }))
      const stock = new Map(warehouses.map(({ warehouseId, units }) => [warehouseId, units]))
      return {
        lines,
        region: 'East',
        warehouses,
        available: (warehouseId, sku) => stock.get(warehouseId)?.[SKUS.indexOf(sku)] ?? 0,
      }
    })

test('small cases are split as trying everything would', async (t) => {
  const asBruteForce = (cases: fc.Arbitrary<SplitRequest>, numRuns: number) => {
    const check = fc.property(cases, (request) => {
      assert.deepStrictEqual(planSplit(request), bruteForceSplit(request))
    })
    fc.assert(check, { numRuns })
  }
  asBruteForce(requests(5, 1), 1000)
  asBruteForce(requests(4, 2, 3), 200)
  asBruteForce(requests(3, 3, 3), 200)
  t.pass('over random orders')
})

/** The laws that hold however many warehouses there are. */
function checkLaws(request: SplitRequest, plan: SplitPlan): void {
  const must = (truth: boolean, message: string) => {
    if (!truth) throw new Error(message)
  }
  for (const { sku, quantity, divisible } of request.lines) {
    const near = request.warehouses.filter(({ regions }) => regions.includes('East'))
    const stocks = near.map(({ warehouseId }) => request.available(warehouseId, sku))
    const pieces = plan.parts.flatMap(({ lines }) => lines.filter((one) => one.sku === sku))
    const total = pieces.reduce((units, one) => units + one.quantity, 0)
    const most = Math.max(0, ...stocks)
    const reachable = divisible ? stocks.reduce((sum, units) => sum + units, 0) : most
    const missing = plan.shortages.find((short) => short.sku === sku)?.missing ?? 0
    must(total === Math.min(quantity, reachable), `${sku}: not as much as possible`)
    must(total + missing === quantity, `${sku}: parts and shortage do not add up`)
    must(pieces.length <= 1 || (divisible && most < quantity), `${sku}: divided`)
  }
  for (const { warehouseId, lines } of plan.parts) {
    must(lines.length > 0, `${warehouseId}: an empty part`)
    for (const { sku, quantity } of lines) {
      must(quantity <= request.available(warehouseId, sku), `${warehouseId}: more than it has`)
    }
  }
}

test('over many warehouses as much is served, and nothing more is divided', async (t) => {
  fc.assert(
    fc.property(requests(40, 30), (request) => checkLaws(request, planSplit(request))),
    { numRuns: 300 },
  )
  t.pass('over random orders')
})

test('over many warehouses the one that has everything is found', async (t) => {
  const many = Array.from({ length: EXACT_WAREHOUSES * 4 }, (_, index) =>
    inEast(`W${index}`, index),
  )
  const some = Object.fromEntries(many.map(({ warehouseId }) => [warehouseId, { A: 1, B: 0 }]))
  const plan = split([line('A', 1), line('B', 1)], many, { ...some, W40: { A: 1, B: 1 } })
  t.same(served(plan), { W40: { A: 1, B: 1 } })
})

test('a line spread over more warehouses than are weighed exactly is still served whole', async (t) => {
  const many = Array.from({ length: 30 }, (_, index) => inEast(`W${index}`, index))
  const ones = Object.fromEntries(many.map(({ warehouseId }) => [warehouseId, { A: 1 }]))
  const plan = split([line('A', 20)], many, ones)
  t.equal(plan.parts.length, 20)
  t.same(plan.shortages, [])
})

test('50 lines over 12 warehouses are split before anybody notices', async (t) => {
  // The worst: any two warehouses have all of every line but the last, which needs all of them, so that
  // every choice is weighed to its last line.
  const names = Array.from({ length: EXACT_WAREHOUSES }, (_, index) => `W${index}`)
  const lines = Array.from({ length: 50 }, (_, index) => line(`S${index}`, EXACT_WAREHOUSES))
  const has = (index: number) => (index === lines.length - 1 ? 1 : EXACT_WAREHOUSES - 1)
  const shelves = Object.fromEntries(lines.map(({ sku }, index) => [sku, has(index)]))
  const stock = Object.fromEntries(names.map((id) => [id, shelves]))
  const warehouses = names.map((id, index) => inEast(id, index % 3))
  const plan = split(lines, warehouses, stock)
  t.equal(plan.parts.length, EXACT_WAREHOUSES)
  t.same(plan.shortages, [])
  const tookMs = Array.from({ length: 5 }, () => {
    const startedAt = performance.now()
    split(lines, warehouses, stock)
    return performance.now() - startedAt
  })
  t.ok(Math.min(...tookMs) < 20, `it took ${tookMs.map((ms) => ms.toFixed(1)).join(', ')} ms`)
})
