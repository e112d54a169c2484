/** Reads a second of the read service, over a system that holds some thousand orders. */

import { parseArgs } from 'node:util'
import { type Figures, sustained } from './figures.ts'
import { type Business, registerBusiness } from './load.ts'
import { type BenchSystem, benchSystem, caller } from './system.ts'

const DEALERS = 100
const CONCURRENCY = 32

export async function bench(options: readonly string[]): Promise<Record<string, Figures>> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      seconds: { type: 'string', default: '4' },
      orders: { type: 'string', default: '3000' },
    },
  })
  await using system = await benchSystem()
  await system.start('all')
  const business = await registerBusiness(system, DEALERS)
  const { orderIds, position } = await placeOrders(system, business, Number(values.orders))
  const result = await measure(system, orderIds, position, Number(values.seconds))
  console.table(result)
  console.log(JSON.stringify({ bench: 'reads', orders: orderIds.length, result }))
  return result
}

async function placeOrders(system: BenchSystem, { dealers, order }: Business, count: number) {
  const calls = caller(system.writeUrl, CONCURRENCY)
  const orderIds: string[] = []
  let position = '0'
  for (let at = 0; at < count; at += CONCURRENCY) {
    const batch = Array.from({ length: CONCURRENCY }, async (_, index) => {
      const dealer = (at + index) % dealers.length
      const { body } = await calls.post('/v1/orders', dealers[dealer]?.token ?? '', order(dealer), {
        prefer: 'wait=30',
      })
      orderIds.push(String(body.orderId))
      position = String(body.position)
    })
    await Promise.all(batch)
  }
  await calls.close()
  return { orderIds, position }
}

async function measure(
  system: BenchSystem,
  orderIds: readonly string[],
  position: string,
  seconds: number,
): Promise<Record<string, Figures>> {
  const token = await system.tokenFor('brand-admin')
  const calls = caller(system.readUrl, CONCURRENCY)
  let asked = 0
  const next = () => {
    asked += 1
    return asked
  }
  const paths: Readonly<Record<string, () => string>> = {
    'an order': () => `/v1/orders/${orderIds[next() % orderIds.length]}`,
    'orders of a dealer': () => `/v1/orders?dealerId=D${next() % DEALERS}`,
    'credit of a dealer': () => `/v1/dealers/D${next() % DEALERS}/credit`,
    'stock of a SKU': () => `/v1/stock?sku=SKU-${next() % 500}`,
    timeline: () => `/v1/orders/${orderIds[next() % orderIds.length]}/timeline`,
    'trial balance, after a position': () => `/v1/ledger/trial-balance?after=${position}`,
  }
  const result: Record<string, Figures> = {}
  for (const [name, path] of Object.entries(paths)) {
    result[name] = await sustained(CONCURRENCY, seconds, async () => {
      return (await calls.get(path(), token)).status === 200
    })
  }
  await calls.close()
  return result
}
