import { test } from 'tap'
import { refusal } from '../../../domain/kernel/decision.ts'
import type { EventLog } from '../../../domain/kernel/event-log.ts'
import { verifySagas } from '../../../sagas/runner/verify.ts'
import { ACCEPTED, eventually, storedStates, world } from './support.ts'
import { Closed, Looked, Met, Opened, Stepped, walk } from './walk.ts'

test('an event is reacted to, its commands are sent, and then its state is committed', async (t) => {
  const { log, pool, sender, lead } = await world(t)
  const leader = await lead([walk()])
  const [opened] = log.append(Opened({ id: 'a' }))
  await leader.caughtUp()
  t.same(await storedStates(pool), { 'walk.a': { seen: ['opened a'] } })
  t.match(sender.sent, [
    { name: 'Greet', input: { what: 'opened a' }, causationId: opened?.id, after: 0n },
    { name: 'Record', correlationId: 'correlation-0' },
  ])
})

test('an instance that ends is forgotten, and may begin again', async (t) => {
  const { log, pool, lead } = await world(t)
  const leader = await lead([walk()])
  log.append(Opened({ id: 'a' }), Opened({ id: 'b' }), Closed({ id: 'a' }))
  await leader.caughtUp()
  t.same(Object.keys(await storedStates(pool)), ['walk.b'])
  log.append(Looked({ id: 'a' }), Opened({ id: 'a' }))
  await leader.caughtUp()
  t.same((await storedStates(pool))['walk.a'], { seen: ['opened a'] })
})

test('commands of one event go out together, the next event of the instance after them', async (t) => {
  const { log, sender, lead } = await world(t)
  const first = Promise.withResolvers<void>()
  sender.behaviour = async ({ name }) => {
    if (name === 'Greet') await first.promise
    return ACCEPTED
  }
  const leader = await lead([walk()])
  log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'one' }), Opened({ id: 'b' }))
  await eventually('four commands are out', () => sender.sent.length === 4)
  t.same(names(sender.sent), ['Greet', 'Record', 'Greet', 'Record'], 'no step of a yet')
  first.resolve()
  await leader.caughtUp()
  t.same(names(sender.sent).slice(4), ['Follow'])
})

test('an event that is for several instances reaches each of them once, with commands of its own', async (t) => {
  const { log, pool, sender, lead } = await world(t)
  const leader = await lead([walk()])
  log.append(Opened({ id: 'a' }), Opened({ id: 'b' }), Met({ ids: ['a', 'b', 'a', 'nobody'] }))
  log.append(Met({ ids: [] }), Stepped({ id: 'b', step: 'on' }))
  await leader.caughtUp()
  t.same(await storedStates(pool), {
    'walk.a': { seen: ['opened a', 'met a,b,a,nobody'] },
    'walk.b': { seen: ['opened b', 'met a,b,a,nobody', 'on'] },
  })
  const talks = sender.sent.filter(({ name }) => name === 'Talk')
  t.equal(new Set(talks.map(({ commandId }) => commandId)).size, 2)
  t.match(await verifySagas({ sagas: [walk()], log, pool }), [{ instances: 2, differences: 0 }])
})

test('one slow instance holds back the checkpoint, not the others', async (t) => {
  const { log, sender, pool, lead } = await world(t)
  const slow = Promise.withResolvers<void>()
  sender.behaviour = async ({ input }) => {
    if (input.what === 'opened slow') await slow.promise
    return ACCEPTED
  }
  const leader = await lead([walk()])
  log.append(Opened({ id: 'slow' }), Opened({ id: 'b' }))
  await eventually('b is served', () => sender.accepted.size === 2)
  log.append(Stepped({ id: 'b', step: 'on' }))
  await eventually('b goes on', () => sender.accepted.size === 3)
  t.same(await storedStates(pool), {}, 'nothing is committed past the slow one')
  slow.resolve()
  await leader.caughtUp()
  t.same(Object.keys(await storedStates(pool)), ['walk.b', 'walk.slow'])
})

test('no more commands are in flight than allowed', async (t) => {
  const { log, sender, lead } = await world(t)
  let inFlight = 0
  let most = 0
  sender.behaviour = async () => {
    inFlight += 1
    most = Math.max(most, inFlight)
    await new Promise(setImmediate)
    inFlight -= 1
    return ACCEPTED
  }
  const leader = await lead([walk()], { maxCommandsInFlight: 5, maxUncommitted: 10 })
  log.append(...Array.from({ length: 50 }, (_, index) => Opened({ id: `i${index}` })))
  await leader.caughtUp()
  t.equal(sender.accepted.size, 100)
  t.equal(most, 5)
})

test('a leader that dies after sending and before the commit is followed by the same commands', async (t) => {
  const { log, sender, pool, never, lead } = await world(t)
  const first = await lead([walk()])
  first.beforeCommit(() => never)
  log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'one' }))
  await eventually('all are sent', () => sender.accepted.size === 3)
  const second = await lead([walk()])
  await second.caughtUp()
  t.equal(sender.sent.length, 6)
  t.equal(sender.accepted.size, 3, 'each with the id it had')
  t.same(await storedStates(pool), { 'walk.a': { seen: ['opened a', 'one'] } })
})

test('a paused leader that wakes up cannot commit, and sends nothing more', async (t) => {
  const { log, sender, pool, lead } = await world(t)
  const pause = Promise.withResolvers<void>()
  let paused = false
  sender.behaviour = async () => {
    if (paused) return ACCEPTED
    paused = true
    await pause.promise
    return ACCEPTED
  }
  const old = await lead([walk()])
  log.append(Opened({ id: 'a' }))
  await eventually('the old leader is in the middle', () => sender.sent.length === 2)
  const next = await lead([walk()])
  log.append(Closed({ id: 'a' }))
  await next.caughtUp()
  pause.resolve()
  await t.rejects(old.ended, { name: 'LeadershipLost' })
  t.same(await storedStates(pool), {})
  const before = sender.sent.length
  await next.stop()
  log.append(Opened({ id: 'b' }))
  await new Promise(setImmediate)
  t.equal(sender.sent.length, before)
})

test('a leader that was overtaken reacts on no state of its successor', async (t) => {
  const { log, sender, lead } = await world(t)
  const behind = Promise.withResolvers<void>()
  const old = await lead([walk()], {}, laggingBehind(log, behind.promise))
  log.append(Opened({ id: 'a' }))
  const next = await lead([walk()])
  await next.caughtUp()
  const before = sender.sent.length
  behind.resolve()
  await t.rejects(old.ended, { name: 'LeadershipLost' })
  t.equal(sender.sent.length, before, 'it sent nothing')
})

/** A log that gives nothing out before a promise resolves. */
function laggingBehind(log: EventLog, promise: Promise<void>): EventLog {
  return {
    readAll: (range) => log.readAll(range),
    head: () => log.head(),
    follow: (options) =>
      log.follow({
        ...options,
        onBatch: async (batch) => {
          await promise
          await options.onBatch(batch)
        },
      }),
  }
}

test('a state in memory is the one that a new leader loads', async (t) => {
  const { log, pool, lead } = await world(t)
  const first = await lead([walk()])
  log.append(Opened({ id: 'a' }))
  await first.caughtUp()
  await first.stop()
  const second = await lead([walk()], { maxIdleInstances: 1 })
  log.append(Opened({ id: 'b' }), Looked({ id: 'a' }))
  await second.caughtUp()
  log.append(Looked({ id: 'b' }), Looked({ id: 'a' }))
  await second.caughtUp()
  t.same(await storedStates(pool), {
    'walk.a': { seen: ['opened a', 'looked', 'looked'] },
    'walk.b': { seen: ['opened b', 'looked'] },
  })
})

test('while the event store is away nothing is parked, and it is said once', async (t) => {
  const { log, sender, clock, lines, lead } = await world(t)
  const away = Object.assign(new Error('no answer'), { name: 'EventStoreUnavailable' })
  sender.behaviour = () => Promise.reject(away)
  const leader = await lead([walk()])
  log.append(Opened({ id: 'a' }), Opened({ id: 'b' }))
  await eventually('it was tried', () => sender.sent.length >= 4)
  t.same(leader.status().waitsFor, ['no answer'])
  for (let tried = 4; tried < 40; tried = sender.sent.length) {
    clock.advance(5_000)
    await eventually('it is tried again', () => sender.sent.length > tried)
  }
  sender.behaviour = () => ACCEPTED
  const caughtUp = leader.caughtUp()
  clock.advance(5_000)
  await caughtUp
  t.equal(sender.accepted.size, 4)
  t.same(lines, [
    {
      level: 'warn',
      fields: { reason: 'no answer' },
      message: 'sagas wait: commands not available',
    },
    { level: 'info', fields: {}, message: 'sagas go on: commands available again' },
  ])
})

test('while Postgres is away the runner waits, and then commits what it had', async (t) => {
  const { log, pool, clock, lines, lead } = await world(t)
  const leader = await lead([walk()])
  let tries = 0
  leader.beforeCommit(async (client) => {
    tries += 1
    if (tries <= 3) await client.query('SELECT pg_terminate_backend(pg_backend_pid())')
  })
  log.append(Opened({ id: 'a' }))
  await eventually('three commits fail, the fourth does not', () => {
    clock.advance(5_000)
    return tries === 4
  })
  await leader.caughtUp()
  t.same(Object.keys(await storedStates(pool)), ['walk.a'])
  t.same(
    lines.map(({ message }) => message),
    ['sagas wait: Postgres not available', 'sagas go on: Postgres available again'],
  )
})

test('a command refused now and accepted a little later parks nothing', async (t) => {
  const { log, sender, lead, lines } = await world(t)
  let refusals = 2
  sender.behaviour = () =>
    refusals-- > 0
      ? { accepted: false, refusal: refusal('late', { message: 'not yet' }) }
      : ACCEPTED
  const leader = await lead([walk()])
  log.append(Opened({ id: 'a' }))
  await leader.caughtUp()
  t.equal(sender.accepted.size, 2)
  t.same(lines, [])
})

test('a stop commits what is done', async (t) => {
  const { log, sender, pool, never, lead } = await world(t)
  sender.behaviour = ({ input }) => (input.what === 'opened b' ? never : ACCEPTED)
  const leader = await lead([walk()])
  log.append(Opened({ id: 'a' }), Opened({ id: 'b' }))
  await eventually('all are sent', () => sender.sent.length === 4)
  await leader.stop()
  await leader.ended
  t.same(Object.keys(await storedStates(pool)), ['walk.a'])
})

function names(sent: readonly Readonly<{ name: string }>[]): string[] {
  return sent.map(({ name }) => name)
}
