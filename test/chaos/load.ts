/**
 * The load: workers that place orders without a pause, ship, pay for or cancel some of them, and keep
 * the list of what was acknowledged.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Teardown } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { DEALERS, randomOrder, tokensOf } from './business.ts'
import { type Answer, type Body, type PatientClient, patientClient } from './client.ts'
import { type Random, randomFrom } from './random.ts'
import type { ChaosSystem } from './system.ts'

export type Acknowledged = Readonly<{ key: string; dealerId: string; orderId: string }>

export type Load = Readonly<{
  /** Orders acknowledged so far. */
  acknowledged: readonly Acknowledged[]
  /** Keys whose order was refused: nothing may have been written under them. */
  refused: readonly string[]
  /** Resolves when so many more orders were acknowledged. */
  progress: (orders: number, withinMs?: number) => Promise<void>
  counts: ReadonlyMap<number, number>
  /** What a client should never have seen, in words. */
  faults: () => readonly string[]
  /** Lets what is under way come to its end: then every key's outcome is known. */
  stop: () => Promise<void>
}>

type Options = Readonly<{
  seed: number
  workers: number
  /** Between two orders of a worker: bounds how much there is to verify. */
  pauseMs?: number
}>

const PROGRESS_WITHIN_MS = 90_000

/** Starts the workers; they end with the test at the latest. */
export async function startLoad(t: Teardown, system: ChaosSystem, options: Options): Promise<Load> {
  const ending = new AbortController()
  const client = patientClient(system.writeUrl, ending.signal)
  const tokenOf = await tokensOf(system)
  const acknowledged: Acknowledged[] = []
  const refused: string[] = []
  const faults: string[] = []
  let stopped = false

  async function work(worker: number): Promise<void> {
    const random = randomFrom(options.seed + worker)
    for (let n = 0; !stopped; n += 1) {
      const key = `${options.seed}-${worker}-${n}`
      await oneOrder(key, random)
      await delay(options.pauseMs ?? 0)
    }
  }

  async function oneOrder(key: string, random: Random): Promise<void> {
    const dealerId = random.pick(DEALERS)
    const body = randomOrder(dealerId, random)
    const sent = { path: '/v1/orders', token: tokenOf(dealerId), key, body }
    const chance = random.between(1, 10)
    const answer = await client.surely({ ...sent, headers: { prefer: 'wait=2' } })
    if (answer.status !== 201) {
      refused.push(key)
      return
    }
    const orderId = String(answer.body.orderId)
    acknowledged.push({ key, dealerId, orderId })
    if (chance === 1) await again(orderId, () => client.surely(sent))
    if (answer.body.status !== 'confirmed') return
    await followUp({ client, tokenOf, key, dealerId, chance }, answer.body)
  }

  /** The same key again is answered as the first time. */
  async function again(orderId: string, repeat: () => Promise<Answer>): Promise<void> {
    const { status, headers, body } = await repeat()
    const same = status === 201 && body.orderId === orderId
    if (same && headers.get('idempotency-replayed') === 'true') return
    faults.push(`a repeated key was answered ${status} ${JSON.stringify(body)}`)
  }

  const workers = Array.from({ length: options.workers }, (_, worker) => work(worker))
  const failure = Promise.all(workers).then(() => undefined)
  failure.catch(() => undefined) // whoever waits for progress, or stops, is told
  t.teardown(async () => {
    stopped = true
    ending.abort()
    await failure.catch(() => undefined)
  })
  return {
    acknowledged,
    refused,
    counts: client.counts,
    faults: () => [...client.faults, ...faults],
    progress: async (orders, withinMs = PROGRESS_WITHIN_MS) => {
      const target = acknowledged.length + orders
      const arrived = until(`${orders} more orders`, () => acknowledged.length >= target, withinMs)
      await Promise.race([arrived, failure.then(() => arrived)])
    },
    stop: async () => {
      stopped = true
      await failure
    },
  }
}

type Following = Readonly<{
  client: PatientClient
  tokenOf: (whose: string) => string
  key: string
  dealerId: string
  /** One of ten. */
  chance: number
}>

/** Of ten confirmed orders four are shipped in part or whole, two of them paid, and two cancelled. */
async function followUp(following: Following, order: Body): Promise<void> {
  const { client, tokenOf, key, dealerId, chance } = following
  const send = (step: string, role: string, path: string, body: unknown) =>
    client.surely({ path, token: tokenOf(role), key: `${key}-${step}`, body })
  if (chance >= 9) await send('cancel', 'brand-admin', `/v1/orders/${order.orderId}/cancel`, {})
  if (chance < 5 || chance >= 9) return
  const [first] = order.fulfilments as readonly Body[]
  const shipped = await send(
    'ship',
    'brand-warehouse',
    `/v1/fulfilments/${first?.fulfilmentId}/ship`,
    { carrier: 'SF', trackingNumber: key },
  )
  if (chance < 7 || shipped.status !== 200) return
  const { amount } = shipped.body
  const payment = { dealerId, amount, method: 'bank-transfer' }
  const started = await send('pay', 'brand-finance', '/v1/payments', payment)
  const path = `/v1/payments/${started.body.paymentId}/capture`
  await send('capture', 'brand-finance', path, {})
}
