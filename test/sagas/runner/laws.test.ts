import fc from 'fast-check'
import { test } from 'tap'
import { refusal } from '../../../domain/kernel/decision.ts'
import type { DecidedEvent, RecordedEvent } from '../../../domain/kernel/event.ts'
import type { FireTimerInput } from '../../../domain/timer/timer.ts'
import { fireTimer, timer, timerStreamId } from '../../../domain/timer/timer.ts'
import { listInstances, resumeInstance } from '../../../sagas/runner/operators.ts'
import type { SendAnswer } from '../../../sagas/runner/ports.ts'
import { commandIdOf } from '../../../sagas/runner/react.ts'
import { verifySagas } from '../../../sagas/runner/verify.ts'
import { BROADCAST } from '../../../sagas/saga.ts'
import type { Leader, World } from './support.ts'
import { ACCEPTED, eventually, storedStates, world } from './support.ts'
import type { Walk } from './walk.ts'
import { Alarmed, Closed, DayClosed, Looked, Met, Opened, Stepped, walk } from './walk.ts'

/** More runs, or others, on request. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 15)
const SEED = Number(process.env.PROPERTY_SEED ?? 20260101)

type Term = Readonly<{
  events: readonly DecidedEvent[]
  /** The process dies after so many steps; undefined: it is only put out of office. */
  dieAfter: number | undefined
  maxBatch: number
  /** Every n-th command is refused for good, and every m-th finds nobody there. */
  refuseEvery: number
  awayEvery: number
}>

const id = fc.constantFrom('a', 'b', 'c', 'd')
const PAST = '2025-12-31T00:00:00.000Z'
const FUTURE = '2030-01-01T00:00:00.000Z'

const anEvent: fc.Arbitrary<DecidedEvent> = fc.oneof(
  id.map((id) => Opened({ id })),
  fc.tuple(id, fc.nat()).map(([id, step]) => Stepped({ id, step: `${step}` })),
  id.map((id) => Looked({ id })),
  fc.array(id, { maxLength: 3 }).map((ids) => Met({ ids })),
  fc.tuple(id, fc.constantFrom(PAST, FUTURE, null)).map(([id, at]) => Alarmed({ id, at })),
  id.map((id) => Closed({ id })),
  fc.nat(9).map((day) => DayClosed({ day: `day ${day}` })),
)

const aTerm: fc.Arbitrary<Term> = fc.record({
  events: fc.array(anEvent, { maxLength: 15 }),
  dieAfter: fc.option(fc.nat(30), { nil: undefined }),
  maxBatch: fc.integer({ min: 1, max: 6 }),
  refuseEvery: fc.integer({ min: 5, max: 50 }),
  awayEvery: fc.integer({ min: 5, max: 50 }),
})

/** What the log says, without the runner: states, and the commands each instance asked for. */
function pureFold(events: readonly RecordedEvent[]) {
  const { listens } = walk()
  const states = new Map<string, Walk>()
  const timers = new Map<string, string>()
  const commands = new Map<string, string[]>()
  for (const event of events) {
    const listening = listens.get(event.type)
    const to = listening?.correlate(event as RecordedEvent<string, never>)
    for (const key of to === BROADCAST ? [...states.keys()] : new Set([to ?? []].flat())) {
      if (event.type === 'TimerFired') {
        if (timers.get(key) !== (event.data as FireTimerInput).dueAt) continue
        timers.delete(key)
      }
      const reaction = listening?.react(states.get(key), event as RecordedEvent<string, never>, key)
      if (reaction === undefined) continue
      const ids = reaction.commands?.map((_, at) => commandIdOf('walk', key, event.id, at)) ?? []
      commands.set(key, [...(commands.get(key) ?? []), ...ids])
      if (reaction.state === null) states.delete(key)
      else states.set(key, reaction.state)
      for (const { at } of reaction.timers ?? []) at ? timers.set(key, at) : timers.delete(key)
      if (reaction.state === null) timers.delete(key)
    }
  }
  return { states, commands }
}

/** Answers as the handler would, with the failures of a term. */
function behave({ sender, log }: World, term: Term | undefined): void {
  const timers = new Map<string, typeof timer.initial>()
  for (const event of log.events) noteFiring(timers, event)
  const refused = new Set<string>()
  let count = 0
  sender.behaviour = async ({ name, input, commandId }): Promise<SendAnswer> => {
    count += 1
    if (count % 3 === 0) await new Promise(setImmediate)
    if (term !== undefined && count % term.awayEvery === 0) throw unavailable()
    if (name === 'FireTimer') return decideFiring(timers, log, input as FireTimerInput)
    if (term !== undefined && count % term.refuseEvery === 0) refused.add(commandId)
    if (refused.has(commandId)) return { accepted: false, refusal: refusal('no', { message: '' }) }
    return ACCEPTED
  }
}

type Timers = Map<string, typeof timer.initial>

function decideFiring(timers: Timers, log: World['log'], firing: FireTimerInput): SendAnswer {
  const decision = fireTimer(timers.get(timerStreamId(firing)) ?? timer.initial, firing)
  const events = decision.accepted ? decision.events : []
  for (const event of events.length > 0 ? log.append(...events) : []) noteFiring(timers, event)
  return ACCEPTED
}

function noteFiring(timers: Timers, event: RecordedEvent): void {
  if (event.type !== 'TimerFired') return
  const stream = timerStreamId(event.data as FireTimerInput)
  timers.set(stream, timer.evolve(timers.get(stream) ?? timer.initial, event, { ...event }))
}

function unavailable(): Error {
  return Object.assign(new Error('away'), { name: 'EventStoreUnavailable' })
}

async function liveThrough(w: World, term: Term): Promise<void> {
  behave(w, term)
  const leader = await w.lead([walk()], { maxBatch: term.maxBatch, broadcastPage: 2, maxInbox: 3 })
  if (term.dieAfter !== undefined) leader.dieAfter(term.dieAfter)
  for (const event of term.events) {
    w.log.append(event)
    if (event.type === 'Looked') await new Promise(setImmediate)
  }
  await eventually('it has caught up, or died', () => {
    w.clock.advance(5_000)
    return leader.isDead() || isCaughtUp(w, leader)
  })
}

function isCaughtUp({ log }: World, leader: Leader): boolean {
  const { position, uncommitted } = leader.status()
  return position >= (log.events.at(-1)?.position ?? -1n) && uncommitted === 0
}

/** Nothing fails any more, and an operator resumes whatever is parked. */
async function settle(w: World): Promise<void> {
  behave(w, undefined)
  const leader = await w.lead([walk()], { maxInbox: 3 })
  await eventually('all is settled', async () => {
    w.clock.advance(5_000)
    const { instances } = await listInstances(w.pool)
    for (const { id, status } of instances) {
      if (status === 'parked') await resumeInstance(w.pool, id)
    }
    const due = await w.pool.query('SELECT FROM sagas.timers WHERE due_at < $1', [w.clock.now()])
    const isLive = instances.every(({ status }) => status === 'live')
    return isLive && due.rowCount === 0 && isCaughtUp(w, leader)
  })
}

async function holds(w: World, terms: readonly Term[]): Promise<void> {
  for (const term of terms) await liveThrough(w, term)
  await settle(w)
  const { states, commands } = pureFold(w.log.events)
  const expected = [...states].map(([key, state]) => [`walk.${key}`, state])
  const stored = await storedStates(w.pool)
  same(stored, Object.fromEntries(expected.sort()), 'states')
  const sent = [...w.sender.accepted.values()].filter(({ name }) => name !== 'FireTimer')
  const order = sent.map(({ commandId }) => commandId)
  for (const [key, ids] of commands) {
    const wanted = new Set(ids)
    const accepted = order.filter((id) => wanted.has(id))
    same([...accepted].sort(), [...ids].sort(), `commands of ${key}`)
    const causes = sent.filter(({ commandId }) => wanted.has(commandId)).map(({ after }) => after)
    same(
      causes.map(String),
      causes.toSorted((a, b) => Number(a - b)).map(String),
      `order of ${key}`,
    )
  }
  same(order.length, [...commands.values()].flat().length, 'nothing else was asked for')
  const verified = await verifySagas({ sagas: [walk()], ...w })
  same(
    verified.map(({ differences }) => differences),
    [0],
    'verification',
  )
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`)
}

test('whatever crashes, fails, parks or is doubled, states and commands are those of the log', async (t) => {
  // A run takes a third of a second on a free machine, and seconds on a busy one.
  t.setTimeout(120_000 + RUNS * 10_000)
  const property = fc.asyncProperty(fc.array(aTerm, { maxLength: 5 }), async (terms) => {
    const ends: (() => Promise<void>)[] = []
    const w = await world({ teardown: (end) => void ends.unshift(end) })
    try {
      await holds(w, terms)
    } finally {
      for (const end of ends) await end()
    }
  })
  await t.resolves(fc.assert(property, { numRuns: RUNS, seed: SEED }))
})
