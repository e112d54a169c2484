/** The business that the benchmarks order in: dealers, two warehouses, hot SKUs by Zipf. */

import { type BenchSystem, type Caller, caller } from './system.ts'

const SKUS = 500
const SKU_IDS = Array.from({ length: SKUS }, (_, index) => `SKU-${index}`)
const LINES = 3
const LIMIT = '900000000000.00'

export type Business = Readonly<{
  /** A token for each dealer. */
  dealers: readonly Readonly<{ dealerId: string; token: string }>[]
  order: (dealer: number) => Readonly<Record<string, unknown>>
}>

/** Registers the goods, and dealers that each have a facility of their own. */
export async function registerBusiness(system: BenchSystem, dealers: number): Promise<Business> {
  await registerGoods(system)
  return registerDealers(system, { prefix: 'D', dealers })
}

/** Each SKU lies in one of the two warehouses, so that most orders are split over both. */
async function registerGoods(system: BenchSystem): Promise<void> {
  const { post, close } = await posting(system)
  await post('/v1/warehouses', {
    warehouseId: 'SH',
    name: 'Shanghai',
    regions: ['East'],
    priority: 1,
  })
  await post('/v1/warehouses', {
    warehouseId: 'BJ',
    name: 'Beijing',
    regions: ['East'],
    priority: 2,
  })
  await post('/v1/products', {
    productId: 'P',
    name: 'Bench product',
    category: 'bench',
    taxRate: '0.13',
    skus: SKU_IDS.map((sku) => ({ sku, name: sku, basePrice: '11.30' })),
  })
  await inBatches(SKU_IDS, (sku, index) =>
    post('/v1/stock/receipts', {
      warehouseId: index % 2 === 0 ? 'SH' : 'BJ',
      sku,
      quantity: 900_000_000,
      unitCost: '5.00',
    }),
  )
  await close()
}

/** Dealers `<prefix>0`, `<prefix>1` …: all under one root, if one is named, with its limit above them. */
export async function registerDealers(
  system: BenchSystem,
  { prefix, dealers, root }: Readonly<{ prefix: string; dealers: number; root?: string }>,
): Promise<Business> {
  const { post, close } = await posting(system)
  if (root !== undefined) await dealer(post, root, undefined)
  const ids = Array.from({ length: dealers }, (_, index) => `${prefix}${index}`)
  await inBatches(ids, (id) => dealer(post, id, root))
  await close()
  const registered = await Promise.all(
    ids.map(async (dealerId) => ({
      dealerId,
      token: await system.tokenFor('dealer-buyer', dealerId),
    })),
  )
  const pick = zipf(SKUS)
  return { dealers: registered, order: (index) => orderOf(`${prefix}${index}`, pick) }
}

async function posting(system: BenchSystem) {
  const admin = await system.tokenFor('brand-admin')
  const calls = caller(system.writeUrl, 32)
  const post = (path: string, body: unknown) => required(calls, path, admin, body)
  return { post, close: calls.close }
}

type Post = (path: string, body: unknown) => Promise<void>

async function dealer(post: Post, dealerId: string, parent: string | undefined): Promise<void> {
  await post('/v1/dealers', {
    dealerId,
    name: dealerId,
    region: 'East',
    ...(parent === undefined ? {} : { parentDealerId: parent }),
  })
  await post(`/v1/facilities/${dealerId}/limit`, { limit: LIMIT, reason: 'benchmark' })
}

async function required(calls: Caller, path: string, token: string, body: unknown) {
  const { status, body: answer } = await calls.post(path, token, body)
  if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(answer)}`)
}

export async function inBatches<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += 32) {
    await Promise.all(items.slice(at, at + 32).map((item, index) => work(item, at + index)))
  }
}

function orderOf(dealerId: string, pick: () => number) {
  const chosen = new Set<number>()
  while (chosen.size < LINES) chosen.add(pick())
  return {
    dealerId,
    shipTo: { region: 'East' },
    lines: [...chosen].map((sku) => ({ sku: `SKU-${sku}`, quantity: 1 + (sku % 5) })),
    payment: 'term',
  }
}

/** Ranks drawn by Zipf's law with exponent 1, from a seed of its own: the same every run. */
function zipf(size: number): () => number {
  const cumulative: number[] = []
  let total = 0
  for (let rank = 1; rank <= size; rank++) {
    total += 1 / rank
    cumulative.push(total)
  }
  const next = mulberry32(42)
  return () => {
    const wanted = next() * total
    let low = 0
    let high = size - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((cumulative[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
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
