/** Which errors mean that something is away or too much waits: both services answer them with 503. */

import { isUnavailable } from '../../sagas/runner/ports.ts'

export function unavailable(
  error: unknown,
): Readonly<{ detail: string; retryAfterSeconds: number }> | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'Overloaded') return { detail: `${error.message}.`, retryAfterSeconds: 1 }
  if (error.name === 'TooManyWaiters') {
    return { detail: 'Too many reads wait for a read model.', retryAfterSeconds: 1 }
  }
  if (error.name === 'ReadModelStopped')
    return { detail: `The ${error.message}.`, retryAfterSeconds: 60 }
  if (error.name === 'EventStoreUnavailable') {
    return { detail: 'The event store is away.', retryAfterSeconds: 2 }
  }
  if (isNotBuiltYet(error)) {
    return { detail: 'A read model is not built yet.', retryAfterSeconds: 1 }
  }
  if (isUnavailable(error)) return { detail: 'The database is away.', retryAfterSeconds: 2 }
  return undefined
}

/** Postgres's code for a table that is not there: of a new system the read models come a moment later. */
const UNDEFINED_TABLE = '42P01'

function isNotBuiltYet(error: Error): boolean {
  return 'code' in error && error.code === UNDEFINED_TABLE
}
