import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { test } from 'tap'
import { AppendTooLarge } from '../../../commands/event-store.ts'
import { Overloaded } from '../../../commands/handler/errors.ts'
import type { Outcome, Request } from '../../../commands/handler/request.ts'
import type { Aggregate } from '../../../domain/kernel/aggregate.ts'
import { START } from '../../../domain/kernel/position.ts'
import { emptyReference } from '../../../domain/reference/evolve.ts'
import type { DealerReference } from '../../../domain/reference/reference.ts'
import {
  type Bench,
  bench,
  Count,
  CountHour,
  CountInTree,
  count,
  over,
  StartTally,
  tally,
} from './tally.ts'

const code = (outcome: Outcome) => (outcome.accepted ? 'accepted' : outcome.refusal.code)

const saga = (commandId: string) => ({ commandId, actor: { user: 'saga', role: 'saga' } })

async function total({ store }: Pick<Bench, 'store'>, stream = 'tally-T1'): Promise<number> {
  let sum = 0
  for await (const { data } of store.readStream(stream)) sum += (data as { by: number }).by
  return sum
}

test('commands of one stream that wait together go out in few appends, in order', async (t) => {
  let appends = 0
  const b = bench({
    beforeAppend: () => {
      appends += 1
      return undefined
    },
  })
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, by) => b.handler.handle(count(by + 14))),
  )
  const accepted = outcomes.filter((outcome) => outcome.accepted)
  t.equal(
    await total(b),
    accepted.reduce((sum, _, at) => sum + at + 14, 0),
  )
  t.ok(appends <= 3, `${appends} appends`)
  t.equal(outcomes.filter((outcome) => code(outcome) === 'over-cap').length, 200 - accepted.length)
})

test('a repeated key answers as the first time and writes nothing', async (t) => {
  const b = bench()
  const first = await b.handler.handle(count(5, { idempotencyKey: 'k' }))
  await b.handler.handle(count(7))
  const again = await b.handler.handle(count(5, { idempotencyKey: 'k' }))
  t.match(first, { accepted: true, replayed: false, revision: 0n })
  t.match(again, { accepted: true, replayed: true, revision: 0n })
  t.same(again.accepted && again.events, first.accepted && first.events)
  t.equal(await total(b), 12)
})

test('a repeated key is known to a process that starts later, with and without the index', async (t) => {
  const b = bench()
  await b.handler.handle(count(5, { idempotencyKey: 'k' }))
  const later = over(b.store)
  t.match(await later.handler.handle(count(5, { idempotencyKey: 'k' })), { replayed: true })
  const indexed = over(b.store)
  indexed.index.checkpoint = await b.store.head()
  t.match(await indexed.handler.handle(count(5, { idempotencyKey: 'k' })), { replayed: true })
  t.equal(await total(b), 5)
})

test('the same key with another payload is refused, here and in another stream', async (t) => {
  const b = bench()
  await b.handler.handle(count(5, { idempotencyKey: 'k' }))
  t.equal(code(await b.handler.handle(count(6, { idempotencyKey: 'k' }))), 'idempotency-key-reused')
  const elsewhere = count(5, { idempotencyKey: 'k' }, 'T2')
  t.equal(code(await b.handler.handle(elsewhere)), 'idempotency-key-reused')
  const later = over(b.store)
  later.index.checkpoint = await b.store.head()
  t.equal(code(await later.handler.handle(elsewhere)), 'idempotency-key-reused')
  t.equal(await total(b), 5)
})

test('a command too large for an append fails alone, not those that wait with it', async (t) => {
  const b = bench()
  const { handler } = over({
    ...b.store,
    append: async (stream, events, expected) => {
      const isLarge = events.some(({ data }) => (data as { by: number }).by === 40)
      if (isLarge) throw new AppendTooLarge(stream, 2, 1)
      return await b.store.append(stream, events, expected)
    },
  })
  const sizes = [14, 15, 40, 16, 17]
  const answers = await Promise.allSettled(sizes.map((by) => handler.handle(count(by))))
  t.same(
    answers.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  t.equal(await total(b), 14 + 15 + 16 + 17)
})

test("keys are a caller's own: of equal names, each dealer's people have theirs", async (t) => {
  const b = bench()
  const of = (dealerId: string): Request => {
    const asked = count(5, { idempotencyKey: 'k' })
    return { ...asked, actor: { ...asked.actor, dealerId } }
  }
  t.match(await b.handler.handle(of('A')), { accepted: true, replayed: false })
  t.match(await b.handler.handle(of('B')), { accepted: true, replayed: false })
  t.match(await b.handler.handle(of('A')), { accepted: true, replayed: true })
})

test('a refusal writes nothing, so that the same key may pass later', async (t) => {
  const b = bench()
  const [first] = [await b.handler.handle(count(2000, { idempotencyKey: 'k' }))]
  t.equal(code(first), 'over-cap')
  t.equal(code(await b.handler.handle(count(20, { idempotencyKey: 'k' }))), 'accepted')
})

test('a generated stream is written without reading, and its key still repeats', async (t) => {
  const reads: string[] = []
  const b = bench({ beforeRead: (what) => void reads.push(what) })
  const start: Request = {
    command: StartTally,
    input: { by: 3 },
    actor: { user: 'ann', role: 'brand-ops' },
    idempotencyKey: 'k',
  }
  const first = await b.handler.handle(start)
  t.same(
    reads.filter((what) => what.includes('tally')),
    [],
  )
  const later = over(b.store)
  const again = await later.handler.handle(start)
  t.match(again, { accepted: true, replayed: true })
  t.equal(again.accepted && again.streamId, first.accepted && first.streamId)
  const other = await over(b.store).handler.handle({ ...start, input: { by: 4 } })
  t.equal(code(other), 'idempotency-key-reused')
})

test('what was accepted is answered again, though it would be refused now and no index has it', async (t) => {
  const b = bench()
  const start: Request = {
    command: StartTally,
    input: { by: 3 },
    actor: { user: 'ann', role: 'brand-ops' },
    idempotencyKey: 'k',
  }
  const first = await b.handler.handle(start)
  const later = over(b.store, {}, '2026-03-01T00:00:00.000Z')
  const again = await later.handler.handle(start)
  t.match(again, { accepted: true, replayed: true })
  t.equal(again.accepted && again.streamId, first.accepted && first.streamId)
  t.equal(code(await later.handler.handle({ ...start, idempotencyKey: 'other' })), 'closed')
})

test('after another writer came first it decides again on what is there now', async (t) => {
  const b = bench()
  await b.handler.handle(count(900))
  const other = over(b.store)
  await other.handler.handle(count(50))
  t.equal(code(await b.handler.handle(count(60))), 'over-cap')
  t.equal(code(await b.handler.handle(count(50))), 'accepted')
  t.equal(await total(b), 1000)
})

test('what is refused, or changes nothing, is decided on what is there now', async (t) => {
  const b = bench()
  await b.handler.handle(count(1000))
  const other = over(b.store)
  await other.handler.handle(count(-500))
  t.equal(code(await b.handler.handle(count(60))), 'accepted')
  await other.handler.handle(count(1))
  const unchanged = await b.handler.handle(count(0))
  t.equal(unchanged.accepted && unchanged.revision, 3n)
  t.equal(code(await other.handler.handle(count(1, { ifRevision: 3n }))), 'accepted')
  t.equal(code(await b.handler.handle(count(1, { ifRevision: 4n }))), 'accepted')
  t.equal(await total(b), 563)
})

test('a writer that always comes second gives up in time and says so', async (t) => {
  const b = bench({ beforeAppend: () => 'wrong-expected-revision' }, { tries: 3 })
  await t.rejects(b.handler.handle(count(1)), Overloaded)
})

test('a conditional command is refused once the revision has moved', async (t) => {
  const b = bench()
  await b.handler.handle(count(1))
  await b.handler.handle(count(1))
  const moved = await b.handler.handle(count(1, { ifRevision: 0n }))
  t.match(moved, { refusal: { code: 'revision-moved', kind: 'precondition' } })
  t.equal(code(await b.handler.handle(count(1, { ifRevision: 1n }))), 'accepted')
})

test('a bug in one decision fails that command alone', async (t) => {
  const b = bench()
  const results = await Promise.allSettled([1, 13, 2].map((by) => b.handler.handle(count(by))))
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.equal(await total(b), 3)
})

test('beyond the bound of waiting commands it answers overload', async (t) => {
  const b = bench({}, { waiting: 2 })
  const results = await Promise.allSettled([1, 2, 3].map((by) => b.handler.handle(count(by))))
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
  t.equal(b.handler.waiting(), 0)
})

test('roles and dealers are checked before anything is decided', async (t) => {
  const b = bench()
  const as = (role: string, dealerId?: string) => ({
    user: 'u',
    role,
    ...(dealerId === undefined ? {} : { dealerId }),
  })
  const sent = (actor: Request['actor'], dealerId?: string): Request => ({
    ...count(1),
    actor,
    input: { tallyId: 'T1', by: 1, dealerId },
  })
  t.equal(code(await b.handler.handle(sent(as('auditor')))), 'role-forbidden')
  t.equal(code(await b.handler.handle(sent(as('dealer-buyer', 'D1'), 'D2'))), 'not-your-dealer')
  t.equal(code(await b.handler.handle(sent(as('dealer-buyer', 'D1')))), 'not-your-dealer')
  t.equal(code(await b.handler.handle(sent(as('dealer-buyer', 'D1'), 'D1'))), 'accepted')
  t.equal(code(await b.handler.handle(sent(as('saga')))), 'accepted')
})

test('a dry run decides the same, sees what it decided, and writes nothing', async (t) => {
  const b = bench()
  await b.handler.handle(count(990))
  const run = b.handler.dryRun()
  t.match(await run.handle(count(20)), { accepted: false, refusal: { code: 'over-cap' } })
  t.match(await run.handle(count(6)), { accepted: true, events: [{ revision: 1n }] })
  t.match(await run.handle(count(6)), { accepted: false, refusal: { code: 'over-cap' } })
  t.match(await b.handler.dryRun().handle(count(6)), { accepted: true, revision: 1n })
  t.equal(await total(b), 990)
})

test('a dry run sees what another process wrote meanwhile', async (t) => {
  const b = bench()
  await b.handler.handle(count(990))
  await over(b.store, {}).handler.handle(count(8))
  const outcome = await b.handler.dryRun().handle(count(6))
  t.match(outcome, { accepted: false, refusal: { code: 'over-cap' } })
})

test('a dry run refuses roles, other dealers and moved revisions like the command itself', async (t) => {
  const b = bench()
  await b.handler.handle(count(1))
  const run = b.handler.dryRun()
  const as = (role: string) => ({ user: 'ann', role })
  t.match(await run.handle({ ...count(1), actor: as('auditor') }), {
    refusal: { code: 'role-forbidden' },
  })
  t.match(await run.handle({ ...count(1), actor: { ...as('dealer-buyer'), dealerId: 'D1' } }), {
    refusal: { code: 'not-your-dealer' },
  })
  t.match(await run.handle(count(1, { ifRevision: 7n })), { refusal: { code: 'revision-moved' } })
})

test('a snapshot bounds the fold after a restart, and the index knows the commands before it', async (t) => {
  const b = bench({}, { snapshotEvery: 10 })
  for (let at = 0; at < 25; at++) {
    await b.handler.handle(count(1, { idempotencyKey: `k${at}` }))
  }
  const later = over(b.store, { knownCommands: 1 })
  later.index.checkpoint = await b.store.head()
  for (const [stream, snapshot] of b.saved) later.saved.set(stream, snapshot)
  t.ok((b.saved.get('tally-T1')?.revision ?? 0n) >= 10n)
  t.match(
    await later.handler.handle(count(1, { commandId: '5f0c2a52-7c1e-4d7a-9f2e-0c8c0f4b6a11' })),
    { revision: 25n },
  )
  t.match(await later.handler.handle(count(1, { idempotencyKey: 'k0' })), { replayed: true })
  t.equal(await total(b), 26)
})

test('a stream that was loaded ahead is not read for its first command', async (t) => {
  const b = bench()
  await b.handler.handle(count(1))
  let reads = 0
  const store = {
    ...b.store,
    readStream: (...asked: Parameters<typeof b.store.readStream>) => {
      reads += 1
      return b.store.readStream(...asked)
    },
  }
  const later = over(store)
  await later.handler.load(tally as Aggregate, 'tally-T1')
  t.equal(reads, 1)
  t.match(await later.handler.handle(count(1)), { accepted: true, revision: 1n })
  t.equal(reads, 1)
})

test('what a stream remembers of commands is bounded, of sagas too; the index knows the older', async (t) => {
  const b = bench({}, { knownCommands: 4 })
  const id = (at: number) => `5f0c2a52-7c1e-4d7a-9f2e-0c8c0f4b6a${at + 10}`
  const sent = (at: number, after = START) => b.handler.handle(count(1, { ...saga(id(at)), after }))
  for (let at = 0; at < 4; at++) await sent(at)
  t.equal(b.index.asked, 0)
  b.index.checkpoint = await b.store.head()
  await sent(4)
  t.match(await sent(4, b.index.checkpoint), { replayed: true })
  t.equal(b.index.asked, 1, 'above its bound it asks how far the index is, and for nothing newer')
  t.match(await sent(0), { replayed: true })
  t.equal(b.index.asked, 2, 'the oldest is known to the index alone')
  t.equal(await total(b), 5)
})

test('a snapshot of another history is not trusted', async (t) => {
  const b = bench()
  await b.handler.handle(count(1))
  const later = over(b.store)
  later.index.checkpoint = await b.store.head()
  later.saved.set('tally-T1', { revision: 0n, position: 0n, eventId: 'other', state: 999 })
  t.equal(code(await later.handler.handle(count(500))), 'accepted')
})

test('any interleaving of writers, keys and repetitions counts each key once', async (t) => {
  const step = fc.record({
    writer: fc.nat(2),
    key: fc.nat(8),
    by: fc.integer({ min: 1, max: 12 }),
    fault: fc.constantFrom(undefined, undefined, 'wrong-expected-revision' as const),
  })
  const law = fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let at = 0
      const b = bench({ beforeAppend: () => steps[at++ % Math.max(steps.length, 1)]?.fault })
      const writers = [b, over(b.store), over(b.store)]
      const accepted = new Map<number, number>()
      const outcomes = await Promise.allSettled(
        steps.map(async ({ writer, key, by }) => {
          const request = { ...count(by, { idempotencyKey: String(key) }), command: Count }
          const outcome = await writers[writer]?.handler.handle(request)
          if (outcome?.accepted) accepted.set(key, by)
        }),
      )
      const overloaded = outcomes.every(
        (outcome) => outcome.status === 'fulfilled' || outcome.reason instanceof Overloaded,
      )
      const sum = [...accepted.values()].reduce((one, other) => one + other, 0)
      return overloaded && (await total(b)) === sum
    }),
    { numRuns: 60 },
  )
  await t.resolves(law)
})

test('what the view learns while a command is on its way does not send it to the wrong stream', async (t) => {
  const b = bench()
  const dealer = { dealerId: 'D1', facilityId: 'ROOT', parentDealerId: 'ROOT' } as DealerReference
  const after = { ...emptyReference, dealers: emptyReference.dealers.set('D1', dealer) }
  const views = [emptyReference, after]
  const { handler } = over(b.store, {}, undefined, () => views.shift() ?? after)
  const request: Request = {
    command: CountInTree,
    input: { dealerId: 'D1' },
    actor: { user: 'ann', role: 'brand-ops' },
    idempotencyKey: 'k',
  }
  await t.rejects(handler.handle(request), Overloaded)
  t.match(await handler.handle(request), { accepted: true, streamId: 'ROOT' })
  t.equal(await total(b, 'tally-D1'), 0)
  t.equal(await total(b, 'tally-ROOT'), 1)
})

test('of two processes that decide one command differently, both go on with what was written', async (t) => {
  const b = bench()
  await b.handler.handle(count(1))
  const processes = ['03', '05'].map((hour) => over(b.store, {}, `2026-01-05T${hour}:00:00.000Z`))
  const asked = { command: CountHour, input: { tallyId: 'T1' }, ...saga(randomUUID()) }
  const outcomes = await Promise.all(processes.map(({ handler }) => handler.handle(asked)))
  const [first, second] = outcomes.map((outcome) => outcome.accepted && outcome.events)
  t.same(second, first)
  for (const { handler } of processes) {
    t.match(await handler.handle(count(2000)), {
      refusal: { decision: { inputs: { count: await total(b) } } },
    })
  }
})

test('what needs a second factor is refused to people who signed in without, not to our sagas', async (t) => {
  const { handler } = bench()
  const guarded = { ...Count, secondFactor: true }
  const of = (more: Partial<Request>): Request => ({ ...count(1), command: guarded, ...more })
  t.equal(code(await handler.handle(of({}))), 'second-factor-required')
  t.equal(code(await handler.handle(of({ secondFactor: false }))), 'second-factor-required')
  t.equal(code(await handler.dryRun().handle(of({}))), 'second-factor-required')
  t.equal(code(await handler.handle(of({ secondFactor: true }))), 'accepted')
  t.equal(code(await handler.handle(of(saga('C1')))), 'accepted')
})
