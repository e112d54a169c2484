/**
 * Orders a second: accepted (the write role alone), beside the raw limit of single-event appends
 * through the same client; and coordinated (placed → confirmed), with everything running.
 *
 * `--one-tree` measures, in the same run, dealers that are all under one root beside dealers of separate
 * facilities: every hold then checks one shared limit. `--seconds <n>` is the time of each measurement.
 */

import { parseArgs } from 'node:util'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { type Figures, round, sustained } from './figures.ts'
import { type Business, registerBusiness, registerDealers } from './load.ts'
import { type BenchSystem, benchSystem, caller } from './system.ts'

const CONCURRENCY = [1, 64, 1_000]
const DEALERS = 1_000
const FIRST_AT_ONCE = 50

export async function bench(options: readonly string[]): Promise<Result> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      'one-tree': { type: 'boolean', default: false },
      seconds: { type: 'string', default: '12' },
      prof: { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  const profiled = values.prof ? ['--cpu-prof'] : []
  await using system = await benchSystem()
  await system.start('all')
  const business = await registerBusiness(system, DEALERS)
  const tree = values['one-tree']
    ? await registerDealers(system, { prefix: 'T', dealers: DEALERS, root: 'ROOT' })
    : undefined
  await system.stop()
  await system.start('all', profiled)
  await firstOrders(system, business)
  if (tree) await firstOrders(system, tree)
  const result = tree
    ? await besideOneTree(system, { business, tree, seconds })
    : await besideRawAppends(system, business, { seconds, profiled })
  console.table(result)
  console.log(JSON.stringify({ bench: 'orders', oneTree: tree !== undefined, result }))
  return result
}

type Result = Readonly<Record<string, unknown>>

async function besideRawAppends(
  system: BenchSystem,
  business: Business,
  { seconds, profiled }: Readonly<{ seconds: number; profiled: readonly string[] }>,
): Promise<Result> {
  const coordinated = new Map<number, Figures>()
  for (const concurrency of CONCURRENCY) {
    coordinated.set(concurrency, await coordinatedOrders(system, business, concurrency, seconds))
  }
  await system.stop()
  await system.start('write', profiled)
  return table(coordinated, await acceptedOrders(system, business, seconds))
}

const ROUNDS = 2

/** Both kinds by turns, so that what slows the machine down slows both. */
async function besideOneTree(
  system: BenchSystem,
  { business, tree, seconds }: Readonly<{ business: Business; tree: Business; seconds: number }>,
): Promise<Result> {
  const rows: Record<string, unknown> = {}
  for (const concurrency of CONCURRENCY) {
    const separate: Figures[] = []
    const shared: Figures[] = []
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      separate.push(await coordinatedOrders(system, business, concurrency, seconds / ROUNDS))
      shared.push(await coordinatedOrders(system, tree, concurrency, seconds / ROUNDS))
    }
    rows[`${concurrency} dealers`] = {
      'separate/s': rate(separate),
      'separate p99 ms': Math.max(...separate.map(({ p99Ms }) => p99Ms)),
      'one tree/s': rate(shared),
      'one tree p99 ms': Math.max(...shared.map(({ p99Ms }) => p99Ms)),
      'one tree ÷ separate': round(rate(shared) / rate(separate)),
      failed: [...separate, ...shared].reduce((sum, { failed }) => sum + failed, 0),
    }
  }
  return rows
}

function rate(figures: readonly Figures[]): number {
  return round(figures.reduce((sum, { perSecond }) => sum + perSecond, 0) / figures.length)
}

/** One order of each dealer, so that no measurement begins with streams that were never loaded. */
async function firstOrders(system: BenchSystem, business: Business): Promise<void> {
  const place = placing(system, business, FIRST_AT_ONCE, { prefer: 'wait=30' })
  for (let at = 0; at < DEALERS; at += FIRST_AT_ONCE) {
    await Promise.all(Array.from({ length: FIRST_AT_ONCE }, (_, index) => place.order(at + index)))
  }
  await place.close()
}

type Accepted = Readonly<{ orders: Figures; raw: Figures }>

/** Orders that are placed and confirmed, one of each dealer under way at a time. */
async function coordinatedOrders(
  system: BenchSystem,
  business: Business,
  concurrency: number,
  seconds: number,
): Promise<Figures> {
  const place = placing(system, business, concurrency, { prefer: 'wait=30' })
  const work = async (dealer: number) => (await place.order(dealer)) === 'confirmed'
  const figures = await sustained(concurrency, seconds, work)
  await place.close()
  return figures
}

async function acceptedOrders(
  system: BenchSystem,
  business: Business,
  seconds: number,
): Promise<ReadonlyMap<number, Accepted>> {
  const figures = new Map<number, Accepted>()
  for (const concurrency of CONCURRENCY) {
    const place = placing(system, business, concurrency, {})
    const work = async (dealer: number) => (await place.order(dealer)) === 'placed'
    const orders = await sustained(concurrency, seconds, work)
    await place.close()
    figures.set(concurrency, { orders, raw: await rawAppends(system, concurrency, seconds) })
  }
  return figures
}

/** Gives an order's status, or undefined if it was not taken. */
function placing(
  system: BenchSystem,
  { dealers, order }: Business,
  concurrency: number,
  headers: Readonly<Record<string, string>>,
) {
  const calls = caller(system.writeUrl, concurrency)
  let sent = 0
  return {
    async order(dealer: number): Promise<unknown> {
      sent += 1
      const key = { 'idempotency-key': `${process.pid}-${performance.now()}-${sent}` }
      const token = dealers[dealer]?.token ?? ''
      const answer = await calls.post('/v1/orders', token, order(dealer), { ...headers, ...key })
      return answer.status === 201 ? answer.body.status : undefined
    },
    close: calls.close,
  }
}

async function rawAppends(
  system: BenchSystem,
  concurrency: number,
  seconds: number,
): Promise<Figures> {
  const client = EventStoreDBClient.connectionString(system.eventStoreUrl)
  let sent = 0
  const figures = await sustained(concurrency, seconds, async () => {
    sent += 1
    const event = jsonEvent({ type: 'Measured', data: { sent, filler: 'x'.repeat(200) } })
    await client.appendToStream(`bench-${process.pid}-${concurrency}-${sent}`, event)
    return true
  })
  await client.dispose()
  return figures
}

function table(
  coordinated: ReadonlyMap<number, Figures>,
  accepted: ReadonlyMap<number, Accepted>,
): Result {
  const rows = CONCURRENCY.map((concurrency) => {
    const whole = coordinated.get(concurrency)
    const { orders, raw } = accepted.get(concurrency) ?? {}
    return [
      `${concurrency} dealers`,
      {
        'coordinated/s': whole?.perSecond,
        'coordinated p50 ms': whole?.p50Ms,
        'coordinated p99 ms': whole?.p99Ms,
        'accepted/s': orders?.perSecond,
        'accepted p50 ms': orders?.p50Ms,
        'accepted p99 ms': orders?.p99Ms,
        'raw appends/s': raw?.perSecond,
        'accepted ÷ raw': round((orders?.perSecond ?? 0) / (raw?.perSecond ?? 1)),
        failed: (whole?.failed ?? 0) + (orders?.failed ?? 0),
      },
    ]
  })
  return Object.fromEntries(rows)
}
