/** What the saga runner needs of the outside, each a small interface handed in by `main.ts`. */

import type { PoolClient } from 'pg'
import type { Refusal } from '../../domain/kernel/decision.ts'
import type { Position } from '../../domain/kernel/position.ts'

export type CommandToSend = Readonly<{
  name: string
  input: Readonly<Record<string, unknown>>
  /** A UUID; the same for the same cause, however often it is sent. */
  commandId: string
  /** The id of the causing event. */
  causationId: string
  correlationId: string
  /** The causing event's position: the handler's reference view has to have seen it. */
  after: Position
}>

export type SendAnswer =
  | Readonly<{ accepted: true }>
  | Readonly<{ accepted: false; refusal: Refusal }>

/** Throws an error that `isUnavailable` knows if the outside world is away, any other for a bug. */
export interface CommandSender {
  send(command: CommandToSend): Promise<SendAnswer>
}

/**
 * Called first in every transaction: throws `LeadershipLost` if another leads, and else holds off the next
 * leader until the transaction ends.
 */
export type Fence = (client: PoolClient, transaction: 'writes' | 'reads') => Promise<void>

export interface Clock {
  now(): Date
  /** Resolves after the time has passed, or as soon as the signal is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Something the runner needs is away for now: it waits and tries again, and parks nothing. */
export class Unavailable extends Error {
  constructor(what: string, cause?: unknown) {
    super(what, { cause })
    this.name = 'Unavailable'
  }
}

const UNAVAILABLE_NAMES = new Set(['Unavailable', 'EventStoreUnavailable', 'Overloaded'])

/** System errors of a broken or refused connection, and Postgres's own of a server that is not ready or too slow. */
const UNAVAILABLE_CODES =
  /^(E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH)|08...|53...|57P0[1-5]|57014|40001|40P01|55P03|25006)$/

/** What `pg` says, without a code, of a connection that broke or was not to be had in time. */
const UNAVAILABLE_MESSAGES =
  /connection terminated|query read timeout|timeout exceeded when trying to connect|connection error and is not queryable|connection timeout/i

/** Whether an error says that the outside world is away, not that something is wrong with the work. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (UNAVAILABLE_NAMES.has(error.name)) return true
  if ('code' in error && UNAVAILABLE_CODES.test(String(error.code))) return true
  return UNAVAILABLE_MESSAGES.test(error.message)
}
