/**
 * Asks outside systems what the log says they are to be asked, and records what they answer. Nothing
 * else speaks to them: a command or a saga only says that something is to be asked.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { type CommandSender, isUnavailable } from '../../sagas/runner/ports.ts'
import { commandIdOf } from '../../sagas/runner/react.ts'
import type { Log } from '../postgres/log.ts'
import { type Due, dueRequests, type Lane } from './due.ts'
import type { Executors } from './executors.ts'
import { type Patience, patience } from './patience.ts'

export type DeskParts = Readonly<{
  pool: pg.Pool
  sender: CommandSender
  executors: Executors
  now: () => Date
  logger: Log
  limits?: Partial<DeskLimits>
}>

export type DeskLimits = Readonly<{
  /** How often it looks for what is due. */
  pollMs: number
  /** How long one asking may take, whatever the other side does. */
  timeoutMs: number
  /** What one counterparty is asked at once. */
  mostAtOnce: number
}>

const DEFAULT_LIMITS: DeskLimits = { pollMs: 250, timeoutMs: 15_000, mostAtOnce: 8 }

/** The name that the commands of its answers are sent under. */
const DESK = 'outbound-desk'

type Desk = Omit<DeskParts, 'limits'> & Readonly<{ limits: DeskLimits; patience: Patience }>

/**
 * Works until the signal aborts, and rejects if the read model can't be read. Two desks at work do no
 * harm: asking twice does none, and an answer's command has the id that its cause gives it.
 */
export async function runDesk(parts: DeskParts, signal: AbortSignal): Promise<void> {
  const limits = { ...DEFAULT_LIMITS, ...parts.limits }
  const ending = new AbortController()
  const until = AbortSignal.any([signal, ending.signal])
  const lanes = lanesOf(parts.executors).map((lane) =>
    work({ ...parts, limits, patience: patience() }, lane, until),
  )
  try {
    await Promise.all(lanes)
  } finally {
    ending.abort()
    await Promise.allSettled(lanes)
  }
  if (lanes.length === 0) await pause(2 ** 30, signal)
}

/** Each counterparty has a lane of its own: one that hangs holds up nobody else. */
function lanesOf(executors: Executors): readonly Lane[] {
  return [...executors].flatMap(([kind, { counterparties }]) =>
    counterparties.map((counterparty) => ({ kind, counterparty })),
  )
}

async function work(desk: Desk, lane: Lane, signal: AbortSignal): Promise<void> {
  const { pool, now, limits, patience } = desk
  const inHand = new Map<string, Promise<void>>()
  while (!signal.aborted) {
    const free = limits.mostAtOnce - inHand.size
    const without = [...inHand.keys(), ...patience.waiting(now())]
    const due =
      free === 0 ? [] : await dueRequests(pool, { ...lane, now: now(), without, most: free })
    for (const request of due) {
      const { key } = request
      const asked = ask(desk, request, signal).finally(() => void inHand.delete(key))
      inHand.set(key, asked)
    }
    // With nothing free, the next to be done with makes room.
    await (free === 0 ? Promise.race(inHand.values()) : pause(limits.pollMs, signal))
  }
  await Promise.allSettled(inHand.values())
}

/** Never rejects. */
async function ask(desk: Desk, request: Due, signal: AbortSignal): Promise<void> {
  const { executors, sender, limits, patience, now, logger } = desk
  const { key, requestId, kind, attempt, causedBy, correlationId, position } = request
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(limits.timeoutMs)])
    const learnt = await executors.get(kind)?.perform(request, within)
    if (signal.aborted) return // a term that is over has heard nothing
    if (learnt === undefined) return patience.failed(key, now())
    const answer = await sender.send({
      name: learnt.command,
      input: learnt.input,
      commandId: commandIdOf(DESK, requestId, causedBy, 0),
      causationId: causedBy,
      correlationId,
      after: position,
    })
    if (answer.accepted) return patience.recorded(key, now())
    logger.warn({ requestId, attempt, reason: answer.refusal.code }, 'an answer was refused')
  } catch (error) {
    if (signal.aborted) return
    const isOurs = !isUnavailable(error)
    if (isOurs) logger.error({ requestId, attempt, error }, 'an outside system could not be asked')
  }
  patience.failed(key, now())
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
