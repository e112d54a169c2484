/** Builds the states of a saga anew by replaying the log, when its version has changed. */

import type { Pool, PoolClient } from 'pg'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { Saga } from '../saga.ts'
import type { RowChange } from './changes.ts'
import { timersSet } from './changes.ts'
import type { Fence } from './ports.ts'
import { ABSENT } from './react.ts'
import { replay } from './replay.ts'
import type { Part } from './rows.ts'
import { loadPart, partsOf } from './rows.ts'
import { fenced, writeRows, writeTimers } from './tables.ts'

type Options = Readonly<{ saga: Saga; log: EventLog; pool: Pool; fence: Fence }>

const MAX_IN_MEMORY = 50_000
const ROWS_AT_ONCE = 1_000
/** No saga has it: a rebuild that broke off begins again, whichever version comes next. */
const BEING_REBUILT = -1

/** No command is sent. Parked instances stay parked, with the state they would have. */
export async function rebuild({ saga, log, pool, fence }: Options): Promise<void> {
  const parts = await partsOf(pool, saga, MAX_IN_MEMORY)
  await fenced(pool, fence, (client) => setVersion(client, saga.name, BEING_REBUILT))
  for (let index = 0; index < parts; index++) {
    const part = await loadPart(pool, saga, index, parts)
    if (part === undefined) return
    const rows = await rebuiltRows(saga, log, part)
    await fenced(pool, fence, (client) => replaceRows(client, saga.name, part, rows))
  }
  await fenced(pool, fence, (client) => setVersion(client, saga.name, saga.version))
}

async function setVersion(client: PoolClient, saga: string, version: number): Promise<void> {
  await client.query('UPDATE sagas.checkpoints SET version = $2 WHERE saga = $1', [saga, version])
}

async function rebuiltRows(saga: Saga, log: EventLog, part: Part): Promise<readonly RowChange[]> {
  const { checkpoint, upTo, counts } = part
  const replayed = await replay({ log, saga, after: checkpoint.since, upTo, counts })
  const notLive = [...part.rows].filter(([, { status }]) => status !== 'live')
  const keys = new Set([...replayed.keys(), ...notLive.map(([key]) => key)])
  return [...keys].map((key) => {
    const row = part.rows.get(key)
    const to = replayed.get(key) ?? ABSENT
    const { status = 'live', parked } = row ?? {}
    return { saga: saga.name, key, from: ABSENT, to, status, parked }
  })
}

async function replaceRows(
  client: PoolClient,
  saga: string,
  part: Part,
  rows: readonly RowChange[],
): Promise<void> {
  const before = [...part.rows.keys()]
  await client.query('DELETE FROM sagas.timers WHERE saga = $1 AND key = ANY($2::text[])', [
    saga,
    before,
  ])
  await client.query(
    `DELETE FROM sagas.instances WHERE saga = $1 AND key = ANY($2::text[]) AND status = 'live'`,
    [saga, before],
  )
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const slice = rows.slice(start, start + ROWS_AT_ONCE)
    await writeRows(client, slice)
    await writeTimers(client, [], timersSet(slice))
  }
}
