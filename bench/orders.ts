/**
 * Orders a second: accepted (the write role alone), beside the raw limit of single-event appends
 * through the same client; and coordinated (placed → confirmed), with everything running.
 *
 * `--one-tree` puts all dealers under one root; `--seconds <n>` is the time of each measurement.
 */

import { parseArgs } from 'node:util'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { type Figures, round, sustained } from './figures.ts'
import { type Business, registerBusiness } from './load.ts'
import { type BenchSystem, benchSystem, caller } from './system.ts'

const CONCURRENCY = [1, 64, 1_000]
const DEALERS = 1_000
const FIRST_AT_ONCE = 50

export async function bench(options: readonly string[]): Promise<Record<string, unknown>> {
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
  const business = await registerBusiness(system, DEALERS, values['one-tree'])
  await system.stop()
  await system.start('all', profiled)
  await firstOrders(system, business)
  const coordinated = await coordinatedOrders(system, business, seconds)
  await system.stop()
  await system.start('write', profiled)
  const accepted = await acceptedOrders(system, business, seconds)
  const result = table(coordinated, accepted)
  console.table(result)
  console.log(JSON.stringify({ bench: 'orders', oneTree: values['one-tree'], result }))
  return result
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

async function coordinatedOrders(
  system: BenchSystem,
  business: Business,
  seconds: number,
): Promise<ReadonlyMap<number, Figures>> {
  const figures = new Map<number, Figures>()
  for (const concurrency of CONCURRENCY) {
    const place = placing(system, business, concurrency, { prefer: 'wait=30' })
    const work = async (dealer: number) => (await place.order(dealer)) === 'confirmed'
    figures.set(concurrency, await sustained(concurrency, seconds, work))
    await place.close()
  }
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
): Record<string, unknown> {
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
