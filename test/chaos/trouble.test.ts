/** What one part of the system can't take, alone: a saga's command, too many requests, an event. */

import { type Test, test } from 'tap'
import { until } from '../support/until.ts'
import { registerBusiness, registerDealer } from './business.ts'
import { type Body, patientClient, read } from './client.ts'
import { foldAll } from './fold.ts'
import { importedOrder, unreadable, writeForeign } from './foreign.ts'
import { lookInside, settled } from './integrity.ts'
import { type Load, startLoad } from './load.ts'
import { orphansIn } from './orphans.ts'
import { flood, residentBytes } from './overload.ts'
import { freeze, skip } from './processes.ts'
import { seedOfRun } from './random.ts'
import { type ChaosSystem, chaosSystem } from './system.ts'

const WITHIN_MS = 30_000

test('what one part cannot take stops that part alone, and says so', { skip }, async (t) => {
  t.setTimeout(300_000)
  const seed = seedOfRun()
  t.comment(`CHAOS_SEED=${seed}`)
  const system = await chaosSystem(t)
  await system.start()
  await registerBusiness(system)
  const load = await startLoad(t, system, { seed, workers: 2, pauseMs: 20 })
  await t.test('a saga whose command keeps failing', (t) => parked(t, system, load))
  await load.stop()
  await t.test('nothing is orphaned', (t) => proveNoOrphans(t, system))
  await t.test('more requests than the bound', (t) => overloaded(t, system))
  await t.test('an event that a read model cannot take', (t) => stopped(t, system))
})

const IMPORTED = 'order-fulfilment.IMPORTED'

/** The dealer of an imported order is not registered: its hold is refused until it is. */
async function parked(t: Test, system: ChaosSystem, load: Load): Promise<void> {
  const token = await system.tokenFor('brand-admin')
  const sagas = () => items(system, '/sagas?status=parked', token)
  await writeForeign(system.eventStoreUrl, 'order-IMPORTED', importedOrder('IMPORTED', 'LATE'))
  const [instance] = await until(
    'the instance is parked',
    async () => {
      const found = await sagas()
      return found.length > 0 && found
    },
    WITHIN_MS,
  )
  t.match(instance, { id: IMPORTED, status: 'parked' })
  t.match(instance, { parked: { error: /dealer-unknown/, command: { name: 'PlaceHold' } } })
  t.match(
    system.log().filter(({ level }) => level >= 50),
    [{ saga: IMPORTED, msg: 'a saga instance is parked' }],
    'the log names it, and nothing else went wrong',
  )
  await load.progress(10)
  await registerDealer(system, 'LATE')
  const client = patientClient(system.writeUrl)
  const path = `/v1/sagas/${IMPORTED}/resume`
  const { status } = await client.surely({ path, token, key: 'resume', body: {} })
  t.equal(status, 200)
  await until(
    'the order is confirmed',
    async () => (await read(system.readUrl, '/v1/orders/IMPORTED', token)).status === 'confirmed',
    WITHIN_MS,
  )
  t.strictSame(await sagas(), [])
}

async function items(system: ChaosSystem, path: string, token: string): Promise<readonly Body[]> {
  const body = await read(system.readUrl, `/v1${path}`, token)
  return body.items as readonly Body[]
}

async function proveNoOrphans(t: Test, system: ChaosSystem): Promise<void> {
  const inside = await lookInside(system)
  try {
    await settled(inside)
    t.strictSame(orphansIn(await foldAll(inside.store)), [])
  } finally {
    await inside.close()
  }
}

const MOST_IN_FLIGHT = 5_000
const BEYOND = 500
const ROUNDS = 8
const MOST_GROWTH_BYTES = 64 * 1024 * 1024

/** With the event store frozen every write waits, up to the bound; the rest is turned away. */
async function overloaded(t: Test, system: ChaosSystem): Promise<void> {
  const waiting = await flood(system, MOST_IN_FLIGHT)
  const turnedAway = await flood(system, BEYOND)
  const thaw = await freeze(system, 'event-store')
  const outcome = waiting.send(MOST_IN_FLIGHT)
  outcome.catch(() => undefined)
  try {
    await until('the bound is reached', () => isFull(turnedAway), WITHIN_MS)
    const before = residentBytes(system.pid())
    const counts = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [status, count] of await turnedAway.send(BEYOND)) {
        counts.set(status, (counts.get(status) ?? 0) + count)
      }
    }
    const grown = residentBytes(system.pid()) - before
    t.strictSame([...counts], [['503 with Retry-After', ROUNDS * BEYOND]])
    t.ok(grown < MOST_GROWTH_BYTES, `memory grew by ${Math.round(grown / 1_048_576)} MiB`)
  } finally {
    await thaw()
  }
  const answers = await outcome
  t.comment(`those that waited: ${JSON.stringify([...answers])}`)
  t.strictSame(
    [...answers.keys()].filter((status) => !['200', '503 with Retry-After'].includes(status)),
    [],
    'whoever waited is answered',
  )
  await Promise.all([waiting.close(), turnedAway.close()])
}

async function isFull({ send }: Awaited<ReturnType<typeof flood>>): Promise<boolean> {
  const answer = send(1).then((counts) => counts.has('503 with Retry-After'))
  const pending = new Promise<false>((resolve) => setTimeout(resolve, 100, false))
  return await Promise.race([answer, pending])
}

async function stopped(t: Test, system: ChaosSystem): Promise<void> {
  const token = await system.tokenFor('brand-admin')
  const position = await writeForeign(system.eventStoreUrl, 'foreign-1', [unreadable])
  const models = () => items(system, '/projections', token)
  const ledger = await until(
    'the ledger has stopped',
    async () => (await models()).find(({ status }) => status === 'stopped'),
    WITHIN_MS,
  )
  t.match(ledger, { name: 'ledger', error: { position: String(position), message: /Migrated/ } })
  t.match(
    system.log().filter(({ level, readModel }) => level >= 50 && readModel !== undefined),
    [{ readModel: 'ledger' }],
  )
  await registerDealer(system, 'AFTER')
  const others = (await models()).filter(({ name }) => name !== 'ledger')
  t.strictSame(
    others.filter(({ status }) => status !== 'active'),
    [],
    'the others go on',
  )
  await read(system.readUrl, `/v1/products?after=${position + 1n}`, token)
  const asked = read(system.readUrl, `/v1/ledger/trial-balance?after=${position}`, token)
  await t.rejects(asked, /503 .*ledger.*stopped/, 'who waits for the ledger is told why')
}
