import { test } from 'tap'
import { refusal } from '../../../domain/kernel/decision.ts'
import { listInstances, resumeInstance } from '../../../sagas/runner/operators.ts'
import type { SendAnswer } from '../../../sagas/runner/ports.ts'
import { verifySagas } from '../../../sagas/runner/verify.ts'
import { listen, saga } from '../../../sagas/saga.ts'
import type { World } from './support.ts'
import { ACCEPTED, eventually, storedStates, world } from './support.ts'
import { Closed, DayClosed, Looked, Opened, Stepped, walk } from './walk.ts'

const REFUSED: SendAnswer = {
  accepted: false,
  refusal: refusal('no-way', { message: 'there is no way' }),
}

/** Refuses every command about something. */
function refuseAbout({ sender }: World, what: string): void {
  sender.behaviour = ({ input }) => (input.what === what ? REFUSED : ACCEPTED)
}

async function resumed({ pool, clock }: World, id: string): Promise<void> {
  await resumeInstance(pool, id)
  await eventually(`${id} is not resuming any more`, async () => {
    clock.advance(1_000)
    return (await listInstances(pool, { status: 'resuming' })).instances.length === 0
  })
}

test('a command that keeps being refused parks its instance alone, with the reason', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'bad')
  const leader = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }), Opened({ id: 'b' }))
  const [failed] = w.log.append(Stepped({ id: 'a', step: 'bad' }))
  w.log.append(Looked({ id: 'a' }), Stepped({ id: 'b', step: 'on' }))
  await leader.caughtUp()
  const { instances } = await listInstances(w.pool, { status: 'parked' })
  t.match(instances, [
    {
      id: 'walk.a',
      status: 'parked',
      state: { seen: ['opened a'] },
      waiting: 2,
      parked: {
        error: 'refused: no-way: there is no way',
        command: { name: 'Follow' },
        eventId: failed?.id,
        eventType: 'Stepped',
      },
    },
  ])
  t.same((await storedStates(w.pool))['walk.b'], { seen: ['opened b', 'on'] })
  t.equal(w.sender.sent.filter(({ input }) => input.what === 'bad').length, 3, 'tried three times')
  t.equal(w.lines.filter(({ level }) => level === 'error').length, 1)
})

test('resumed, it sends the failed command with the same id, and then takes its inbox in order', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'bad')
  const leader = await w.lead([walk()])
  const events = ['bad', 'two', 'three'].map((step) => Stepped({ id: 'a', step }))
  w.log.append(Opened({ id: 'a' }), ...events)
  await leader.caughtUp()
  w.log.append(Stepped({ id: 'a', step: 'four' }))
  await leader.caughtUp()
  const before = w.sender.sent.length
  w.sender.behaviour = () => ACCEPTED
  await resumed(w, 'walk.a')
  const after = w.sender.sent.slice(before)
  t.same(
    after.map(({ input }) => input.what),
    ['bad', 'two', 'three', 'four'],
  )
  t.equal(after[0]?.commandId, w.sender.sent[before - 1]?.commandId)
  w.log.append(Stepped({ id: 'a', step: 'five' }))
  await leader.caughtUp()
  t.same(await storedStates(w.pool), {
    'walk.a': { seen: ['opened a', 'bad', 'two', 'three', 'four', 'five'] },
  })
  t.equal((await listInstances(w.pool, { status: 'live' })).instances[0]?.waiting, 0)
})

test('an instance that fails again is parked again, further on', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'one')
  const leader = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }))
  w.log.append(...['one', 'two', 'three'].map((step) => Stepped({ id: 'a', step })))
  await leader.caughtUp()
  refuseAbout(w, 'two')
  await resumed(w, 'walk.a')
  w.log.append(Stepped({ id: 'a', step: 'four' }))
  await leader.caughtUp()
  const { instances } = await listInstances(w.pool, { status: 'parked' })
  t.match(instances, [{ state: { seen: ['opened a', 'one'] }, waiting: 3 }])
  t.match(await verifySagas({ sagas: [walk()], ...w }), [{ instances: 1, differences: 0 }])
  w.sender.behaviour = () => ACCEPTED
  await resumed(w, 'walk.a')
  t.same(await storedStates(w.pool), {
    'walk.a': { seen: ['opened a', 'one', 'two', 'three', 'four'] },
  })
})

test('an instance whose first event fails exists, parked, and can end in its inbox', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'opened a')
  const leader = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }), DayClosed({ day: 'monday' }), Closed({ id: 'a' }))
  w.log.append(DayClosed({ day: 'tuesday' }), Looked({ id: 'a' }))
  await leader.caughtUp()
  t.same(await storedStates(w.pool), { 'walk.a': null })
  t.match(await verifySagas({ sagas: [walk()], ...w }), [{ differences: 0 }])
  w.sender.behaviour = () => ACCEPTED
  await resumed(w, 'walk.a')
  t.same(await storedStates(w.pool), {})
  t.same(
    w.sender.sent.slice(-1).map(({ name, input }) => [name, input.what]),
    [['NoteDay', 'monday']],
    'tuesday came after the end',
  )
})

test('an inbox that is full goes on in the log', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'bad')
  const leader = await w.lead([walk()], { maxInbox: 3 })
  w.log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'bad' }), Opened({ id: 'b' }))
  const steps = Array.from({ length: 10 }, (_, index) => `step ${index}`)
  for (const step of steps) {
    w.log.append(Looked({ id: 'b' }), Stepped({ id: 'a', step }))
    await leader.caughtUp()
  }
  const { instances } = await listInstances(w.pool, { status: 'parked' })
  t.equal(instances[0]?.waiting, 3)
  t.equal(w.lines.filter(({ level }) => level === 'error').length, 2, 'parked, and full')
  await leader.stop()
  const next = await w.lead([walk()], { maxInbox: 3 })
  w.sender.behaviour = () => ACCEPTED
  await resumed(w, 'walk.a')
  w.log.append(Looked({ id: 'a' }))
  await next.caughtUp()
  t.same((await storedStates(w.pool))['walk.a'], {
    seen: ['opened a', 'bad', ...steps, 'looked'],
  })
})

test('an inbox larger than what is given at once is drained in order', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'bad')
  const leader = await w.lead([walk()])
  const steps = Array.from({ length: 450 }, (_, index) => `step ${index}`)
  w.log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'bad' }))
  w.log.append(...steps.map((step) => Stepped({ id: 'a', step })))
  await leader.caughtUp()
  w.sender.behaviour = () => ACCEPTED
  await resumed(w, 'walk.a')
  t.same((await storedStates(w.pool))['walk.a'], { seen: ['opened a', 'bad', ...steps] })
})

test('a parked instance stays parked under a new leader, which can let it go on', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'bad')
  const first = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'bad' }))
  await first.caughtUp()
  await resumeInstance(w.pool, 'walk.a')
  await first.stop()
  w.sender.behaviour = () => ACCEPTED
  const second = await w.lead([walk()])
  w.log.append(Stepped({ id: 'a', step: 'next' }))
  await second.caughtUp()
  await resumed(w, 'walk.a')
  t.same(await storedStates(w.pool), { 'walk.a': { seen: ['opened a', 'bad', 'next'] } })
})

test('a reaction that throws parks without trying again; a mended one takes the event', async (t) => {
  const w = await world(t)
  const fragile = (broken: boolean) =>
    saga<{ n: number }>({
      name: 'fragile',
      version: 1,
      listens: [
        listen(
          Opened,
          ({ data }) => data.id,
          () => ({ state: { n: 1 } }),
        ),
        listen(
          Looked,
          ({ data }) => data.id,
          (state) => {
            if (broken) throw new TypeError('nobody thought of this')
            return { state: { n: (state?.n ?? 0) + 1 } }
          },
        ),
      ],
    })
  const first = await w.lead([fragile(true)])
  w.log.append(Opened({ id: 'a' }), Looked({ id: 'a' }), Opened({ id: 'b' }))
  await first.caughtUp()
  const { instances } = await listInstances(w.pool, { status: 'parked' })
  t.match(instances, [{ id: 'fragile.a', parked: { error: 'TypeError: nobody thought of this' } }])
  await first.stop()
  await w.lead([fragile(false)])
  await resumed(w, 'fragile.a')
  t.same(await storedStates(w.pool), { 'fragile.a': { n: 2 }, 'fragile.b': { n: 1 } })
})

test('an event that meant nothing after the failed one is judged again by the mended saga', async (t) => {
  const w = await world(t)
  const hasty = (endsTooSoon: boolean) =>
    saga<{ looks: number }>({
      name: 'hasty',
      version: 1,
      listens: [
        listen(
          Opened,
          ({ data }) => data.id,
          () => ({ state: { looks: 0 } }),
        ),
        listen(
          Stepped,
          ({ data }) => data.id,
          (state) => ({
            state: endsTooSoon ? null : (state ?? null),
            commands: [{ command: 'Follow', input: { what: 'bad' } }],
          }),
        ),
        listen(
          Looked,
          ({ data }) => data.id,
          (state) => state && { state: { looks: state.looks + 1 } },
        ),
      ],
    })
  refuseAbout(w, 'bad')
  const first = await w.lead([hasty(true)])
  w.log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'bad' }), Looked({ id: 'a' }))
  await first.caughtUp()
  await first.stop()
  w.sender.behaviour = () => ACCEPTED
  await w.lead([hasty(false)])
  await resumed(w, 'hasty.a')
  t.same(await storedStates(w.pool), { 'hasty.a': { looks: 1 } })
})

test('a bug thrown by a command parks; an id that is unknown or not parked is told', async (t) => {
  const w = await world(t)
  w.sender.behaviour = () => Promise.reject(new RangeError('a bug'))
  const leader = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }))
  await leader.caughtUp()
  t.match(await listInstances(w.pool), { instances: [{ parked: { error: 'RangeError: a bug' } }] })
  t.equal(await resumeInstance(w.pool, 'walk.nobody'), 'unknown')
  t.equal(await resumeInstance(w.pool, 'nonsense'), 'unknown')
  t.equal(await resumeInstance(w.pool, 'walk.a'), 'resuming')
  t.equal(await resumeInstance(w.pool, 'walk.a'), 'not-parked')
})

test('instances are listed page by page', async (t) => {
  const w = await world(t)
  refuseAbout(w, 'bad')
  const leader = await w.lead([walk(), walk({ name: 'other' })])
  for (const id of ['a', 'b', 'c']) {
    w.log.append(Opened({ id }), Stepped({ id, step: id === 'b' ? 'fine' : 'bad' }))
  }
  await leader.caughtUp()
  const seen: string[] = []
  let page = await listInstances(w.pool, { status: 'parked', limit: 3 })
  seen.push(...page.instances.map(({ id }) => id))
  while (page.next !== undefined) {
    page = await listInstances(w.pool, { status: 'parked', limit: 3, after: page.next })
    seen.push(...page.instances.map(({ id }) => id))
  }
  t.same(seen, ['other.a', 'other.c', 'walk.a', 'walk.c'])
})
