/** Holds the stored states against the log: replays it and compares instance by instance. */

import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { Saga } from '../saga.ts'
import type { Snapshot, Timers } from './react.ts'
import { replay } from './replay.ts'
import type { Part, StoredInstance } from './rows.ts'
import { loadPart, partsOf } from './rows.ts'
import { prepareTables } from './tables.ts'

export type Difference = Readonly<{
  saga: string
  key: string
  kind: 'missing' | 'unexpected' | 'different'
  /** By the log. */
  expected: Stored | undefined
  /** In the tables. */
  actual: Stored | undefined
}>

type Stored = Readonly<{ state: unknown; timers: Timers }>

export type Verified = Readonly<{
  saga: string
  /** Undefined if the saga has not run yet, or its states are of another version and not built anew yet. */
  position: bigint | undefined
  instances: number
  differences: number
  /** The first of them. */
  examples: readonly Difference[]
}>

type Options = Readonly<{
  sagas: readonly Saga[]
  log: EventLog
  pool: Pool
  /** At most about so many instances are compared at a time; each further part reads the log again. */
  maxInMemory?: number
}>

const MAX_IN_MEMORY = 50_000
const MAX_EXAMPLES = 100

/** Compares every saga; it may run while a leader works. */
export async function verifySagas(options: Options): Promise<readonly Verified[]> {
  await prepareTables(options.pool)
  const results: Verified[] = []
  for (const saga of options.sagas) results.push(await verifySaga(saga, options))
  return results
}

async function verifySaga(saga: Saga, options: Options): Promise<Verified> {
  const { log, pool, maxInMemory = MAX_IN_MEMORY } = options
  const parts = await partsOf(pool, saga, maxInMemory)
  let total: Verified = {
    saga: saga.name,
    position: undefined,
    instances: 0,
    differences: 0,
    examples: [],
  }
  for (let index = 0; index < parts; index++) {
    const part = await loadPart(pool, saga, index, parts)
    if (part?.checkpoint.version !== saga.version) return total
    total = adding(total, part, await differencesOf(saga, log, part))
  }
  return total
}

function adding(total: Verified, part: Part, found: readonly Difference[]): Verified {
  return {
    saga: total.saga,
    position: part.checkpoint.position,
    instances: total.instances + part.rows.size,
    differences: total.differences + found.length,
    examples: [...total.examples, ...found].slice(0, MAX_EXAMPLES),
  }
}

async function differencesOf(saga: Saga, log: EventLog, part: Part) {
  const { checkpoint, rows, upTo, counts } = part
  const replayed = await replay({ log, saga, after: checkpoint.since, upTo, counts })
  const keys = new Set([...rows.keys(), ...replayed.keys()])
  return [...keys].flatMap(
    (key) => difference(saga.name, key, rows.get(key), replayed.get(key)) ?? [],
  )
}

function difference(
  saga: string,
  key: string,
  row: StoredInstance | undefined,
  snapshot: Snapshot | undefined,
): Difference | undefined {
  const expected = snapshot && { state: JSON.parse(snapshot.json ?? ''), timers: snapshot.timers }
  // A row without state is that of an instance that could not even begin.
  const actual = row?.state === undefined ? undefined : { state: row.state, timers: row.timers }
  if (isDeepStrictEqual(expected, actual)) return undefined
  const kind =
    actual === undefined ? 'missing' : expected === undefined ? 'unexpected' : 'different'
  return { saga, key, kind, expected, actual }
}
