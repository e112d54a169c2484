/** Proves a read model against the log: folds everything again and compares row by row. */

import type { Pool, PoolClient } from 'pg'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import { type Position, START } from '../../domain/kernel/position.ts'
import type { ReadModel, Table } from '../read-model.ts'
import { chunksOf } from './chunks.ts'
import { fold } from './fold.ts'
import { type Build, currentBuilds, isBuildOf } from './registry.ts'
import { createTables, quoted } from './sql.ts'
import { isRefusal } from './transaction.ts'
import { writeChanges } from './write-batch.ts'

/** A row as it is served and as the log says it should be, as JSON; undefined: no such row. */
export type Difference = Readonly<{
  table: string
  served: string | undefined
  expected: string | undefined
}>

export type Verdict = Readonly<{
  readModel: string
  version: number
  /** Compared as of here. */
  position: Position
  rows: number
  /** All that differ, of which `first` are some. */
  differing: number
  first: readonly Difference[]
  /** Why the log could not be folded again, if so. */
  failure: string | undefined
}>

const SHOWN = 10
const CHUNK = 5_000
const MAX_ROWS = 50_000
/** The schema of a session's own tables: they end with it, even if this process is killed. */
const SCRATCH = 'pg_temp'

/**
 * Compares the serving build with a fold of the log up to exactly its position, while it runs on.
 * Throws if what serves is not of the declared version. Personal data forgotten since it was folded
 * shows as a difference.
 */
export async function verify(
  pool: Pool,
  eventLog: EventLog,
  readModel: ReadModel,
): Promise<Verdict> {
  const client = await pool.connect()
  let broken = true
  try {
    await client.query('SET statement_timeout = 0')
    const build = await copyServed(client, readModel)
    const failure = await foldAgain(client, eventLog, readModel, build.position)
    const verdict = await compare(client, readModel, build, failure)
    await client.query(dropScratch(readModel))
    await client.query('RESET statement_timeout')
    broken = false
    return verdict
  } finally {
    client.release(broken) // a session that is ended takes its tables with it
  }
}

/** Rows and position of one instant. */
async function copyServed(client: PoolClient, readModel: ReadModel): Promise<Build> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  const build = (await currentBuilds(client)).find(
    (found) => found.serving && found.model === readModel.name,
  )
  if (build === undefined) throw new Error(`${readModel.name} was never built`)
  if (!isBuildOf(build, readModel)) {
    throw new Error(`${readModel.name} is served by version ${build.version}, not the declared one`)
  }
  for (const [name, table] of Object.entries(readModel.tables)) {
    const columns = Object.keys(table.columns).map(quoted).join(', ')
    await client.query(
      `CREATE TEMPORARY TABLE ${quoted(served(name))} AS
       SELECT ${columns} FROM ${quoted(build.schema)}.${quoted(name)}`,
    )
  }
  await client.query('COMMIT')
  await client.query(createTables(SCRATCH, readModel, true))
  return build
}

/** Table names of read models begin with a letter, so this is none of them. */
function served(table: string): string {
  return `_${table}`
}

async function foldAgain(
  client: PoolClient,
  eventLog: EventLog,
  readModel: ReadModel,
  upTo: Position,
): Promise<string | undefined> {
  for await (const events of chunksOf(eventLog.readAll({ after: START, upTo }), CHUNK)) {
    let rest = events
    while (rest.length > 0) {
      const { changes, fault, taken } = fold(readModel, rest, MAX_ROWS)
      const failure = await written(client, () => writeChanges(client, SCRATCH, changes))
      if (failure ?? fault?.message) return failure ?? fault?.message
      rest = rest.slice(taken)
    }
  }
  return undefined
}

async function written(
  client: PoolClient,
  write: () => Promise<void>,
): Promise<string | undefined> {
  await client.query('BEGIN')
  try {
    await write()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    if (!isRefusal(error) || !(error instanceof Error)) throw error
    return error.message
  }
  return undefined
}

async function compare(
  client: PoolClient,
  readModel: ReadModel,
  { version, position }: Build,
  failure: string | undefined,
): Promise<Verdict> {
  const first: Difference[] = []
  let [rows, differing] = [0, 0]
  for (const [name, table] of Object.entries(readModel.tables)) {
    const found = await client.query<{ rows: number }>(
      `SELECT count(*)::integer AS rows FROM ${SCRATCH}.${quoted(served(name))}`,
    )
    rows += found.rows[0]?.rows ?? 0
    const different = await differencesIn(client, name, table)
    differing += different.count
    first.push(...different.first)
  }
  const { name } = readModel
  return { readModel: name, version, position, rows, differing, first, failure }
}

async function differencesIn(client: PoolClient, name: string, table: Table) {
  const same = table.key.map((column) => `_s.${quoted(column)} = _e.${quoted(column)}`)
  const order = table.key.map((column) => `coalesce(_s.${quoted(column)}, _e.${quoted(column)})`)
  const { rows } = await client.query<{ count: number; served?: string; expected?: string }>(
    `SELECT (count(*) OVER ())::integer AS count,
       to_jsonb(_s)::text AS served, to_jsonb(_e)::text AS expected
     FROM ${SCRATCH}.${quoted(served(name))} AS _s
       FULL JOIN ${SCRATCH}.${quoted(name)} AS _e ON ${same.join(' AND ')}
     WHERE _s IS DISTINCT FROM _e ORDER BY ${order.join(', ')} LIMIT ${SHOWN}`,
  )
  const first = rows.map((row) => ({
    table: name,
    served: row.served ?? undefined,
    expected: row.expected ?? undefined,
  }))
  return { count: rows[0]?.count ?? 0, first }
}

function dropScratch({ tables }: ReadModel): string {
  return Object.keys(tables)
    .flatMap((name) => [name, served(name)])
    .map((name) => `DROP TABLE ${SCRATCH}.${quoted(name)};`)
    .join(' ')
}
