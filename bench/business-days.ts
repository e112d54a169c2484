/**
 * How long a year of business days takes to close, one after another, by the real way: command, saga,
 * facilities, read models. 1,000 dealers with facilities of their own, a tenth of them with a receivable
 * that is overdue from the first day on.
 *
 * `--days <n>`, `--dealers <n>`, `--overdue <n>` make it shorter; `--prof` writes CPU profiles.
 */

import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { addDays } from '../domain/kernel/dates.ts'
import { round } from './figures.ts'
import { inBatches } from './load.ts'
import { type BenchSystem, benchSystem, type Caller, caller } from './system.ts'

const FIRST_DAY = '2025-01-01'
const AT_ONCE = 32

export type DaysClosed = Readonly<{
  days: number
  dealers: number
  overdue: number
  seconds: number
  'ms a day': number
  'seconds a year': number
  'load at the start': number
  debit: string
  credit: string
}>

export async function bench(options: readonly string[]): Promise<DaysClosed> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      days: { type: 'string', default: '365' },
      dealers: { type: 'string', default: '1000' },
      overdue: { type: 'string', default: '100' },
      prof: { type: 'boolean', default: false },
    },
  })
  const sizes = {
    days: Number(values.days),
    dealers: Number(values.dealers),
    overdue: Number(values.overdue),
  }
  const result = await daysClosed(sizes, values.prof ? ['--cpu-prof'] : [])
  console.table(result)
  console.log(JSON.stringify({ bench: 'business-days', result }))
  return result
}

type Sizes = Readonly<{ days: number; dealers: number; overdue: number }>

/** Sets the business up in a system of its own, and closes the days. */
export async function daysClosed(
  sizes: Sizes,
  nodeOptions: readonly string[] = [],
): Promise<DaysClosed> {
  await using system = await benchSystem()
  await system.start('all', nodeOptions, ['--business-date', FIRST_DAY])
  const load = loadavg()[0] ?? 0
  await register(system, sizes)
  return await closeDays(system, sizes, load)
}

/** The first dealers owe what falls due on the first day; the others only have their limits. */
async function register(system: BenchSystem, { dealers, overdue }: Sizes): Promise<void> {
  const calls = caller(system.writeUrl, AT_ONCE)
  const admin = await system.tokenFor('brand-admin')
  const post = (path: string, body: unknown, headers = {}) =>
    posted(calls, path, admin, body, headers)
  const warehouse = { warehouseId: 'W', name: 'W', regions: ['East'], priority: 1 }
  await post('/v1/warehouses', warehouse)
  const skus = [{ sku: 'S', name: 'S', basePrice: '10.00' }]
  await post('/v1/products', {
    ...{ productId: 'P', name: 'P', category: 'bench', taxRate: '0.13', skus },
  })
  const goods = { warehouseId: 'W', sku: 'S', quantity: 100_000_000, unitCost: '5.00' }
  await post('/v1/stock/receipts', goods)
  const terms = { terms: { type: 'net', days: 0 }, lateFeeDailyRate: '0.0005' }
  const ids = Array.from({ length: dealers }, (_, index) => `D${index}`)
  await inBatches(ids, async (dealerId) => {
    await post('/v1/dealers', { dealerId, name: dealerId, region: 'East' })
    const limit = { limit: '900000000.00', reason: 'benchmark', ...terms }
    await post(`/v1/facilities/${dealerId}/limit`, limit)
  })
  await inBatches(ids.slice(0, overdue), async (dealerId) => {
    const order = { dealerId, shipTo: { region: 'East' }, payment: 'term' }
    const lines = [{ sku: 'S', quantity: 1_000 }]
    const placed = await post('/v1/orders', { ...order, lines }, { prefer: 'wait=30' })
    if (placed.status !== 'confirmed') throw new Error(`not confirmed: ${JSON.stringify(placed)}`)
    const carriage = { carrier: 'SF', trackingNumber: 'SF-1' }
    await post(`/v1/fulfilments/${placed.orderId}.1/ship`, carriage)
  })
  await calls.close()
}

async function closeDays(
  system: BenchSystem,
  { days, dealers, overdue }: Sizes,
  load: number,
): Promise<DaysClosed> {
  const calls = caller(system.writeUrl, 1)
  const finance = await system.tokenFor('brand-finance')
  const close = async (date: string) => {
    const closed = await posted(calls, `/v1/business-days/${date}/close`, finance, {}, {})
    if (closed.status !== 'closed') throw new Error(`${date}: ${JSON.stringify(closed)}`)
  }
  await close(FIRST_DAY) // due on it, overdue from the next on
  const started = performance.now()
  for (let day = 1; day <= days; day++) await close(addDays(FIRST_DAY, day))
  const seconds = (performance.now() - started) / 1000
  await calls.close()
  const read = caller(system.readUrl, 1)
  const { body } = await read.get('/v1/ledger/trial-balance', finance)
  await read.close()
  return {
    ...{ days, dealers, overdue, seconds: round(seconds) },
    'ms a day': round((seconds * 1000) / days),
    'seconds a year': round((seconds * 365) / days),
    'load at the start': round(load),
    debit: String(body.totalDebit),
    credit: String(body.totalCredit),
  }
}

async function posted(
  calls: Caller,
  path: string,
  token: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await calls.post(path, token, body, headers)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer)}`)
  return answer.body
}
