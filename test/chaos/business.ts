/** The business that the tests disturb: small enough that credit and stock run short now and then. */

import { randomUUID } from 'node:crypto'
import type { Role } from '../../domain/kernel/roles.ts'
import { type PatientClient, patientClient } from './client.ts'
import type { Random } from './random.ts'
import type { ChaosSystem } from './system.ts'

/** The first has little credit; D3 shares its superior's. */
export const DEALERS = ['D1', 'D2', 'D3', 'D4'] as const
const LIMITS: Readonly<Record<string, string>> = {
  D1: '2000.00',
  D2: '900000.00',
  D3: '900000.00',
  D4: '900000.00',
}

const SKUS = ['MILK', 'TEA', 'SALT', 'RICE', 'OIL', 'RARE'] as const
const ON_HAND: Readonly<Record<string, number>> = { RARE: 30 }
const PLENTY = 20_000

/** Registers all of it. */
export async function registerBusiness(system: ChaosSystem): Promise<void> {
  const token = await system.tokenFor('brand-admin')
  const client = patientClient(system.writeUrl)
  const post = (path: string, body: unknown) => required(client, path, token, body)
  await post('/v1/warehouses', { ...warehouse('SH', 1), name: 'Shanghai' })
  await post('/v1/warehouses', { ...warehouse('BJ', 2), name: 'Beijing' })
  await post('/v1/products', {
    productId: 'P',
    name: 'Goods',
    category: 'goods',
    taxRate: '0.13',
    skus: SKUS.map((sku) => ({ sku, name: sku, basePrice: '11.30' })),
  })
  for (const [index, sku] of SKUS.entries()) {
    const quantity = ON_HAND[sku] ?? PLENTY
    const warehouseId = index % 2 === 0 ? 'SH' : 'BJ'
    await post('/v1/stock/receipts', { warehouseId, sku, quantity, unitCost: '5.00' })
  }
  for (const dealerId of DEALERS) await registerDealer(system, dealerId)
}

function warehouse(warehouseId: string, priority: number) {
  return { warehouseId, regions: ['East'], priority }
}

/** A dealer with credit. */
export async function registerDealer(system: ChaosSystem, dealerId: string): Promise<void> {
  const token = await system.tokenFor('brand-admin')
  const client = patientClient(system.writeUrl)
  const parent = dealerId === 'D3' ? { parentDealerId: 'D2' } : {}
  const limit = LIMITS[dealerId] ?? '900000.00'
  await required(client, '/v1/dealers', token, {
    dealerId,
    name: dealerId,
    region: 'East',
    ...parent,
  })
  await required(client, `/v1/facilities/${dealerId}/limit`, token, { limit, reason: 'chaos' })
}

async function required(client: PatientClient, path: string, token: string, body: unknown) {
  const { status, body: answer } = await client.surely({ path, token, key: randomUUID(), body })
  if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(answer)}`)
}

/** An order of some of the goods. */
export function randomOrder(dealerId: string, random: Random) {
  const skus = random.shuffled(SKUS).slice(0, random.between(1, 3))
  return {
    dealerId,
    shipTo: { region: 'East' },
    lines: skus.map((sku) => ({ sku, quantity: random.between(1, 9) })),
    payment: 'term',
  }
}

/** Tokens of everyone the load speaks for. */
export async function tokensOf(system: ChaosSystem) {
  const tokens = new Map<string, string>()
  for (const dealerId of DEALERS) {
    tokens.set(dealerId, await system.tokenFor('dealer-buyer', dealerId))
  }
  const staff: readonly Role[] = ['brand-warehouse', 'brand-finance', 'brand-admin']
  for (const role of staff) tokens.set(role, await system.tokenFor(role))
  return (whose: string) => tokens.get(whose) ?? ''
}
