import { test } from 'tap'
import { addMs } from '../../../domain/kernel/dates.ts'
import type { FireTimerInput } from '../../../domain/timer/timer.ts'
import { fireTimer, timer } from '../../../domain/timer/timer.ts'
import { verifySagas } from '../../../sagas/runner/verify.ts'
import type { World } from './support.ts'
import { ACCEPTED, eventually, storedStates, world } from './support.ts'
import { Alarmed, Closed, Opened, Stepped, walk } from './walk.ts'

const NOW = '2026-01-01T00:00:00.000Z'
const inMs = (ms: number) => addMs(NOW, ms)

/** Decides firings as the real handler does, and writes their events to the log. */
function decideFirings({ sender, log }: World): FireTimerInput[] {
  const fired: FireTimerInput[] = []
  const states = new Map<string, typeof timer.initial>()
  sender.behaviour = ({ name, input }) => {
    if (name !== 'FireTimer') return ACCEPTED
    const firing = input as FireTimerInput
    const stream = `${firing.saga}.${firing.key}`
    const state = states.get(stream) ?? timer.initial
    const decision = fireTimer(state, firing)
    for (const event of decision.accepted ? decision.events : []) {
      const [recorded] = log.append(event)
      fired.push(firing)
      if (recorded) states.set(stream, timer.evolve(state, recorded, { ...recorded }))
    }
    return ACCEPTED
  }
  return fired
}

async function waitingTimers({ pool }: World): Promise<number> {
  return (await pool.query('SELECT FROM sagas.timers')).rowCount ?? 0
}

/** Past the next look at the table, in small steps. */
async function elapse(w: World, ms: number, until: () => boolean): Promise<void> {
  w.clock.advance(ms)
  await eventually(`${ms} ms passed`, () => {
    w.clock.advance(0)
    return until()
  })
}

test('a timer fires at its time, and its firing reaches the instance through the log', async (t) => {
  const w = await world(t)
  const fired = decideFirings(w)
  const leader = await w.lead([walk()])
  const [, alarmed] = w.log.append(Opened({ id: 'a' }), Alarmed({ id: 'a', at: inMs(10_000) }))
  await leader.caughtUp()
  for (let ms = 0; ms < 9_000; ms += 1_000) w.clock.advance(1_000)
  t.same(fired, [])
  await elapse(w, 1_000, () => fired.length === 1)
  await eventually('it has reacted', () => w.sender.sent.some(({ name }) => name === 'Wake'))
  await leader.caughtUp()
  t.same(fired, [{ saga: 'walk', key: 'a', name: 'alarm', dueAt: inMs(10_000) }])
  const firing = w.sender.sent.find(({ name }) => name === 'FireTimer')
  t.match(firing, { causationId: alarmed?.id, correlationId: 'correlation-1' })
  t.same(await storedStates(w.pool), { 'walk.a': { seen: ['opened a', 'alarmed', 'alarm'] } })
  await eventually('the timer is gone', async () => (await waitingTimers(w)) === 0)
  t.match(await verifySagas({ sagas: [walk()], ...w }), [{ differences: 0 }])
})

test('a timer sooner than the next look cuts the sleep short', async (t) => {
  const w = await world(t)
  const fired = decideFirings(w)
  const leader = await w.lead([walk()], { pollMs: 3_600_000 })
  w.log.append(Opened({ id: 'a' }), Alarmed({ id: 'a', at: inMs(5) }))
  await leader.caughtUp()
  await elapse(w, 5, () => fired.length === 1)
  w.log.append(Alarmed({ id: 'a', at: inMs(0) }))
  await eventually('one in the past fires at once', () => fired.length === 2)
})

test('a timer set again replaces the one before; one set to nothing never fires', async (t) => {
  const w = await world(t)
  const fired = decideFirings(w)
  const leader = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }), Opened({ id: 'b' }), Opened({ id: 'c' }))
  w.log.append(Alarmed({ id: 'a', at: inMs(10) }), Alarmed({ id: 'b', at: inMs(10) }))
  await leader.caughtUp()
  w.log.append(Alarmed({ id: 'a', at: inMs(20) }), Alarmed({ id: 'b', at: null }))
  w.log.append(Alarmed({ id: 'c', at: inMs(30) }))
  await leader.caughtUp()
  await elapse(w, 2_000, () => fired.length === 2)
  t.same(
    fired.map(({ key, dueAt }) => [key, dueAt]),
    [
      ['a', inMs(20)],
      ['c', inMs(30)],
    ],
  )
})

test('timers end with their instance', async (t) => {
  const w = await world(t)
  const leader = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }), Alarmed({ id: 'a', at: inMs(10) }))
  await leader.caughtUp()
  t.equal(await waitingTimers(w), 1)
  w.log.append(Closed({ id: 'a' }))
  await leader.caughtUp()
  t.equal(await waitingTimers(w), 0)
})

test('a firing that meets a timer set anew meanwhile is dropped', async (t) => {
  const w = await world(t)
  const leader = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }), Alarmed({ id: 'a', at: inMs(10) }))
  w.log.append(Alarmed({ id: 'a', at: inMs(20) }))
  const late = fireTimer({}, { saga: 'walk', key: 'a', name: 'alarm', dueAt: inMs(10) })
  w.log.append(...(late.accepted ? late.events : []), Stepped({ id: 'a', step: 'on' }))
  await leader.caughtUp()
  t.same(await storedStates(w.pool), {
    'walk.a': { seen: ['opened a', 'alarmed', 'alarmed', 'on'] },
  })
})

test('a leader that dies between the firing and its note fires again, which changes nothing', async (t) => {
  const w = await world(t)
  const fired = decideFirings(w)
  const first = await w.lead([walk()])
  w.log.append(Opened({ id: 'a' }), Alarmed({ id: 'a', at: inMs(10) }))
  await first.caughtUp()
  first.beforeCommit(() => w.never)
  await elapse(w, 1_000, () => fired.length === 1)
  const second = await w.lead([walk()])
  await second.caughtUp()
  await eventually('the timer is gone', async () => (await waitingTimers(w)) === 0)
  t.equal(fired.length, 1)
  t.same((await storedStates(w.pool))['walk.a'], { seen: ['opened a', 'alarmed', 'alarm'] })
})

test('firing the same timer twice for the same instant changes nothing', async (t) => {
  const firing = { saga: 'walk', key: 'a', name: 'alarm', dueAt: NOW }
  const first = fireTimer(timer.initial, firing)
  t.match(first, { accepted: true, events: [{ type: 'TimerFired', data: firing }] })
  t.same(fireTimer({ alarm: NOW }, firing), { accepted: true, events: [] })
  t.match(fireTimer({ alarm: inMs(1) }, firing), { events: [{}] })
})
