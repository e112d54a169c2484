/** Gives events to instances: reacts at once, sends in order, and parks an instance that cannot go on. */

import type { Listening } from '../saga.ts'
import type { Effect, Entry, Given, Instance, Instances, Parked } from './instances.ts'
import { idOf } from './instances.ts'
import { Stopped } from './outage.ts'
import type { Pipeline } from './pipeline.ts'
import type { Clock, Logger } from './ports.ts'
import type { Snapshot } from './react.ts'
import { step } from './react.ts'
import type { Failure, Send } from './send.ts'
import { commandsToSend, textOf } from './send.ts'

export type Apply = Readonly<{
  /** Gives an instance the next event of the log. */
  give: (entry: Entry, instance: Instance, listening: Listening<unknown>, given: Given) => void
  /** Gives a resuming instance an event of its inbox; nothing if the saga does not listen any more. */
  giveAgain: (
    entry: Entry,
    instance: Instance,
    listening: Listening<unknown> | undefined,
    given: Given,
    status: 'live' | 'resuming',
  ) => void
  /** Resolves when no send is under way. */
  quiet: () => Promise<void>
}>

type Options = Readonly<{
  pipeline: Pipeline
  instances: Instances
  send: Send
  clock: Clock
  logger: Logger
  fail: (error: unknown) => void
  maxInbox: number
}>

type Reacted = Readonly<Pick<Effect, 'result' | 'commands' | 'broken'>>

export function createApply(options: Options): Apply {
  const { pipeline, instances, send, clock, logger, fail, maxInbox } = options
  const sending = new Set<Promise<void>>()

  function give(
    entry: Entry,
    instance: Instance,
    listening: Listening<unknown>,
    given: Given,
  ): void {
    const { current } = instance
    if (instance.status !== 'live') {
      wait(add(effectOf(entry, instance, given, unchanged(current), false, 'live')))
      return
    }
    const reacted = react(listening, instance, given)
    // With earlier work open, even an event without effect must be kept: the work may fail.
    if (reacted === undefined && instance.queue.length === 0) return
    enqueue(effectOf(entry, instance, given, reacted ?? unchanged(current), false, 'live'))
  }

  function giveAgain(
    entry: Entry,
    instance: Instance,
    listening: Listening<unknown> | undefined,
    given: Given,
    status: 'live' | 'resuming',
  ): void {
    const { current } = instance
    const reacted = listening === undefined ? undefined : react(listening, instance, given)
    enqueue(effectOf(entry, instance, given, reacted ?? unchanged(current), true, status))
  }

  function add(effect: Effect): Effect {
    instances.hold(effect.instance)
    pipeline.add(effect)
    return effect
  }

  function enqueue(effect: Effect): void {
    const { instance } = add(effect)
    instance.current = effect.result
    instance.queue.push(effect)
    if (instance.queue.length === 1) advance(instance)
  }

  /** Works off an instance's effects up to the first that has to be sent. */
  function advance(instance: Instance): void {
    for (let next = instance.queue[0]; next !== undefined; next = instance.queue[0]) {
      if (next.broken !== undefined) {
        park(instance, next, next.broken)
      } else if (next.commands.length > 0) {
        sendOf(next)
        return
      } else {
        applied(next)
      }
    }
  }

  function sendOf(effect: Effect): void {
    const sent = sendAndAdvance(effect)
      .catch((error) => {
        if (!(error instanceof Stopped)) fail(error)
      })
      .finally(() => sending.delete(sent))
    sending.add(sent)
  }

  async function sendAndAdvance(effect: Effect): Promise<void> {
    const { instance, commands, event } = effect
    const failure = await send(commandsToSend(instance.saga, instance.key, commands, event))
    if (failure === undefined) {
      applied(effect)
      advance(instance)
    } else {
      park(instance, effect, failure)
    }
  }

  function applied(effect: Effect): void {
    effect.instance.queue.shift()
    if (effect.fromInbox) effect.instance.waiting -= 1
    effect.outcome = 'applied'
    pipeline.done(effect.entry)
  }

  /** The instance is what it was before the event; that one and all later ones wait. */
  function park(instance: Instance, effect: Effect, failure: Failure): void {
    const id = idOf(instance)
    instance.status = 'parked'
    instance.current = effect.before
    effect.parked = parkedBy(effect, failure, clock.now())
    logger.error({ saga: id, ...effect.parked }, 'a saga instance is parked')
    for (const waiting of instance.queue.splice(0)) wait(waiting)
  }

  function wait(effect: Effect): void {
    const { instance } = effect
    effect.outcome = 'waits'
    if (!effect.fromInbox) {
      if (instance.overflowAfter === undefined && instance.waiting >= maxInbox) overflow(effect)
      if (instance.overflowAfter === undefined) instance.waiting += 1
      else effect.outcome = 'overflows'
    }
    pipeline.done(effect.entry)
  }

  function overflow({ instance, after }: Effect): void {
    instance.overflowAfter = after
    const inbox = { saga: idOf(instance), waiting: instance.waiting }
    logger.error(inbox, 'the inbox of a parked saga instance is full; it will read the log instead')
  }

  async function quiet(): Promise<void> {
    while (sending.size > 0) await Promise.all(sending)
  }

  return { give, giveAgain, quiet }
}

function unchanged(current: Snapshot): Reacted {
  return { result: current, commands: [], broken: undefined }
}

/** A reaction that throws is a bug in the saga: it parks the instance like a command that fails. */
function react(
  listening: Listening<unknown>,
  { current, key }: Instance,
  { event }: Given,
): Reacted | undefined {
  try {
    const stepped = step(listening, current, event, key)
    if (stepped === undefined) return undefined
    return { result: stepped.after, commands: stepped.commands, broken: undefined }
  } catch (error) {
    return { result: current, commands: [], broken: { error: textOf(error) } }
  }
}

function effectOf(
  entry: Entry,
  instance: Instance,
  { event, after }: Given,
  reacted: Reacted,
  fromInbox: boolean,
  status: 'live' | 'resuming',
): Effect {
  const { result, commands, broken } = reacted
  const before = instance.current
  const progress = { outcome: 'open' as const, parked: undefined }
  return {
    instance,
    entry,
    event,
    after,
    before,
    result,
    commands,
    broken,
    fromInbox,
    status,
    ...progress,
  }
}

function parkedBy({ event }: Effect, failure: Failure, now: Date): Parked {
  return {
    ...failure,
    eventId: event.id,
    eventType: event.type,
    position: String(event.position),
    at: now.toISOString(),
  }
}
