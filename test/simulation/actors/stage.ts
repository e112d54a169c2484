/** Where the people outside act: when they do something, as whom, and with whose luck. */

import type { Outcome } from '../../../commands/handler/request.ts'
import type { RecordedEvent } from '../../../domain/kernel/event.ts'
import type { Random } from '../../chaos/random.ts'
import { randomFrom } from '../../chaos/random.ts'
import type { Data } from '../model/law.ts'
import { OUTSIDE } from '../scheduler.ts'
import type { World } from '../world.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export type Told = Readonly<{
  accepted: boolean
  /** Why it was refused. */
  code: string
  streamId: string
  events: readonly Data[]
}>

export type Stage = Readonly<{
  world: World
  random: Random
  /** Does something after a while, between two times. */
  later: (least: number, most: number, work: () => Promise<void> | void) => void
  /** What a user with a role of the brand asks for; undefined: it is not known what came of it. */
  brand: (role: string, command: string, input: Data, how?: How) => Promise<Told | undefined>
  /** What a dealer's user asks for. */
  dealer: (
    dealerId: string,
    role: string,
    command: string,
    input: Data,
    how?: How,
  ) => Promise<Told | undefined>
  /** Called with every event of a type, as soon as it is recorded. */
  on: (type: string, work: (data: Data, streamId: string) => void) => void
  /** Does something again and again, until it says that there is no more to do; not for ever. */
  until: (least: number, most: number, work: () => Promise<boolean>) => void
  /** How many things are still to be done. */
  busy: () => number
  today: () => string
}>

/** After what nobody tries any more; what is left then breaks a law. */
const PATIENCE_MS = 60 * DAY

/** A client without a key does not ask again: it can't know what a repetition would do. */
const WITHOUT_KEY = 0.05

export function createStage(world: World, seed: number): Stage {
  const random = randomFrom(seed)
  const watchers = new Map<string, ((data: Data, streamId: string) => void)[]>()
  let open = 0
  let keys = 0

  world.watch(({ type, data, stream }) => {
    const streamId = stream.slice(stream.indexOf('-') + 1)
    for (const watcher of watchers.get(type) ?? []) watcher(data, streamId)
  })

  async function ask(
    actor: Actor,
    command: string,
    input: Data,
    { ifRevision }: How = {},
  ): Promise<Told | undefined> {
    keys += 1
    const key = random.chance(WITHOUT_KEY) ? {} : { key: `k${keys}` }
    const moved = ifRevision === undefined ? {} : { ifRevision }
    return toldOf(await world.ask({ command, input, actor, ...key, ...moved }))
  }

  function later(least: number, most: number, work: () => Promise<void> | void): void {
    open += 1
    const { now, at } = world.scheduler
    at(now() + random.between(least, most), OUTSIDE, async () => {
      try {
        await work()
      } catch (error) {
        world.note(error)
      }
      open -= 1
    })
  }

  function until(least: number, most: number, work: () => Promise<boolean>): void {
    const givesUp = world.scheduler.now() + PATIENCE_MS
    const some = () =>
      later(least, most, async () => {
        const isOver = (await work()) || world.scheduler.now() > givesUp
        if (!isOver) some()
      })
    some()
  }

  return {
    world,
    random,
    later,
    until,
    brand: (role, command, input, how) =>
      ask({ user: how?.user ?? role, role }, command, input, how),
    dealer: (dealerId, role, command, input, how) =>
      ask({ user: how?.user ?? `${dealerId}-${role}`, role, dealerId }, command, input, how),
    on: (type, work) => void watchers.set(type, [...(watchers.get(type) ?? []), work]),
    busy: () => open,
    today: world.model.openDay,
  }
}

/** As whom, and on which revision. */
export type How = Readonly<{ user?: string; ifRevision?: bigint }>

type Actor = Readonly<{ user: string; role: string; dealerId?: string }>

function toldOf(outcome: Outcome | undefined): Told | undefined {
  if (outcome === undefined) return undefined
  if (!outcome.accepted) {
    return { accepted: false, code: outcome.refusal.code, streamId: '', events: [] }
  }
  const { streamId, events } = outcome
  return {
    accepted: true,
    code: '',
    streamId,
    events: events.map(({ data }: RecordedEvent) => data),
  }
}
