/** A shop by chance: dealer trees with limits and terms, products, warehouses, and what is in them. */

import { addDays } from '../../../domain/kernel/dates.ts'
import type { Data } from '../model/law.ts'
import { OUTSIDE } from '../scheduler.ts'
import { SECOND, type Stage } from './stage.ts'

export type ShopDealer = Readonly<{
  dealerId: string
  /** Nearest first. */
  superiors: readonly string[]
  region: string
}>

export type ShopSku = Readonly<{ sku: string; moq: number; multiple: number; price: number }>

export type Shop = Readonly<{
  dealers: readonly [ShopDealer, ...ShopDealer[]]
  skus: readonly [ShopSku, ...ShopSku[]]
  warehouses: readonly [string, ...string[]]
}>

const REGIONS = ['East', 'North', 'South'] as const

const WAREHOUSES = [
  { warehouseId: 'SH', name: 'Shanghai', regions: ['East'], priority: 1 },
  { warehouseId: 'BJ', name: 'Beijing', regions: ['North', 'East'], priority: 2 },
  { warehouseId: 'GZ', name: 'Guangzhou', regions: ['South', 'North', 'East'], priority: 3 },
]

/** About the limit of a root dealer, of those below it, and of those below them. */
export const LIMITS_BY_DEPTH = [130_000, 70_000, 35_000]

const PRICES = ['0.99', '7.35', '11.00', '33.33', '129.5', '0.0725', '249.99']

const TERMS: readonly [Data, ...Data[]] = [
  { type: 'net', days: 0 },
  { type: 'net', days: 3 },
  { type: 'net', days: 14 },
  { type: 'net', days: 10, earlyDiscount: { rate: '0.02', days: 4 } },
  { type: 'end-of-month', plusDays: 2 },
  {
    type: 'instalments',
    parts: [
      { share: '30', days: 2 },
      { share: '30', days: 7 },
      { share: '40', days: 15 },
    ],
  },
]

/** Asks until it is so: a process may not have heard of what another was told. */
async function must({ world, brand }: Stage, role: string, command: string, input: Data) {
  for (let tries = 0; tries < 100; tries++) {
    const told = await brand(role, command, input)
    // Of a request that came twice, the other one may have been accepted.
    if (told?.accepted || told?.code.endsWith('-exists')) return
    await world.scheduler.wait(SECOND, OUTSIDE)
  }
  throw new Error(`${command} is never accepted: ${JSON.stringify(input)}`)
}

/** Asks for everything that there is before the first order. */
export async function openShop(stage: Stage): Promise<Shop> {
  const skus = await openProducts(stage)
  for (const warehouse of WAREHOUSES) await must(stage, 'brand-ops', 'OpenWarehouse', warehouse)
  for (const { warehouseId } of WAREHOUSES) {
    for (const { sku } of skus) await receive(stage, warehouseId, sku, 350)
  }
  const dealers = await openDealers(stage)
  const [first, ...others] = dealers
  const [sku, ...more] = skus
  if (first === undefined || sku === undefined) throw new Error('an empty shop')
  return { dealers: [first, ...others], skus: [sku, ...more], warehouses: ['SH', 'BJ', 'GZ'] }
}

async function openProducts(stage: Stage): Promise<readonly ShopSku[]> {
  const { random } = stage
  const skus: ShopSku[] = []
  for (const [index, price] of PRICES.entries()) {
    const sku = `S${index + 1}`
    const moq = random.pick([1, 1, 1, 5])
    const multiple = random.pick([1, 1, 1, 5])
    const terms = { moq, orderMultiple: multiple, divisible: random.chance(0.7), safetyStock: 100 }
    await must(stage, 'brand-ops', 'RegisterProduct', {
      productId: `P${index + 1}`,
      name: `Product ${index + 1}`,
      category: random.pick(['food', 'drinks']),
      taxRate: random.pick(['0.13', '0.09', '0', '0.06']),
      skus: [{ sku, name: sku, basePrice: price, ...terms }],
    })
    skus.push({ sku, moq, multiple, price: Number(price) })
  }
  return skus
}

export async function receive(stage: Stage, warehouseId: string, sku: string, about: number) {
  const { random, brand, today } = stage
  const unitCost = `${random.between(1, 60)}.${random.between(0, 9999)}`
  const quantity = random.between(1, 2 * about)
  const goods = { warehouseId, sku, quantity, unitCost }
  const expiresOn = addDays(today(), random.between(3, 50))
  const batch = random.chance(0.4) ? { batch: `B${random.between(1, 9)}`, expiresOn } : {}
  await brand('brand-warehouse', 'ReceiveStock', { ...goods, ...batch })
}

async function openDealers(stage: Stage): Promise<readonly ShopDealer[]> {
  const { random } = stage
  const dealers: ShopDealer[] = []
  const roots = random.between(2, 3)
  for (let root = 1; root <= roots; root++) {
    await openDealer(stage, dealers, `R${root}`, [])
    for (let child = 1; child <= random.between(0, 3); child++) {
      const dealerId = `R${root}.${child}`
      await openDealer(stage, dealers, dealerId, [`R${root}`])
      for (let leaf = 1; leaf <= random.between(0, 2); leaf++) {
        await openDealer(stage, dealers, `${dealerId}.${leaf}`, [dealerId, `R${root}`])
      }
    }
  }
  return dealers
}

async function openDealer(
  stage: Stage,
  dealers: ShopDealer[],
  dealerId: string,
  superiors: readonly string[],
): Promise<void> {
  const { random } = stage
  const about = LIMITS_BY_DEPTH[superiors.length] ?? 0
  const region = random.pick(REGIONS)
  const [parentDealerId] = superiors
  const parent = parentDealerId === undefined ? {} : { parentDealerId }
  await must(stage, 'brand-ops', 'RegisterDealer', { dealerId, name: dealerId, region, ...parent })
  await must(stage, 'brand-finance', 'SetLimit', {
    dealerId,
    limit: `${random.between(about / 2, about * 2)}.${random.pick(['00', '50', '01'])}`,
    terms: random.pick(TERMS),
    graceDays: random.pick([0, 0, 2, 3]),
    lateFeeDailyRate: random.pick(['0.0005', '0.001', '0.00033']),
    reason: 'opening',
  })
  dealers.push({ dealerId, superiors, region })
}
