/** The life of a build: registered, prepared, indexed, put in the place of the one before, dropped. */

import type { Pool, PoolClient } from 'pg'
import type { ReadModel } from '../read-model.ts'
import type { Context, Target } from './commit.ts'
import {
  activate,
  type Build,
  currentBuilds,
  insertBuild,
  isBuildOf,
  markIndexed,
  retire,
  saveFault,
} from './registry.ts'
import {
  analyzeTables,
  createIndexes,
  createTables,
  createView,
  dropView,
  literal,
  quoted,
} from './sql.ts'
import { codeOf, inTransaction } from './transaction.ts'

/** How long readers may be kept waiting behind a view that is being replaced. */
const LOCK_WAIT_MS = 2_000
const BEGIN_SWAP = `BEGIN; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; SET LOCAL statement_timeout = 0`
const BEGIN_LONG = 'BEGIN; SET LOCAL statement_timeout = 0'

/**
 * Brings the registry in line with the declarations: registers a build of each read model that has
 * none of its version and tables, and retires builds that nothing declares.
 */
export async function reconcile(
  { pool, fence }: Context,
  readModels: readonly ReadModel[],
): Promise<readonly Build[]> {
  const builds = await currentBuilds(pool)
  if (isInLine(builds, readModels)) return builds
  return inTransaction(pool, BEGIN_SWAP, async (client) => {
    await fence(client)
    for (const build of await currentBuilds(client)) {
      const readModel = readModels.find(({ name }) => name === build.model)
      const isStale = readModel === undefined || !isBuildOf(build, readModel)
      if (readModel === undefined || (isStale && !build.serving)) await retire(client, build.id)
    }
    for (const readModel of readModels) await ensureBuild(client, readModel)
    return currentBuilds(client)
  })
}

function isInLine(builds: readonly Build[], readModels: readonly ReadModel[]): boolean {
  return (
    readModels.every((readModel) => builds.some((build) => isBuildOf(build, readModel))) &&
    builds.every((build) => {
      const readModel = readModels.find(({ name }) => name === build.model)
      return readModel !== undefined && (build.serving || isBuildOf(build, readModel))
    })
  )
}

async function ensureBuild(client: PoolClient, readModel: ReadModel): Promise<void> {
  const builds = (await currentBuilds(client)).filter(({ model }) => model === readModel.name)
  if (builds.some((build) => isBuildOf(build, readModel))) return
  const isFirst = !builds.some(({ serving }) => serving)
  const build = await insertBuild(client, readModel, isFirst)
  if (build === undefined) throw new Error(`${readModel.name} is being registered elsewhere`)
  if (!isFirst) return
  await client.query(schemaOf(build, readModel))
  await pointViews(client, build, readModel)
}

/** Makes the tables of a build, unless they are there. */
export async function prepare({ pool, fence }: Context, { build, readModel }: Target) {
  await inTransaction(pool, BEGIN_LONG, async (client) => {
    await fence(client)
    await client.query(schemaOf(build, readModel))
  })
}

function schemaOf({ schema }: Build, readModel: ReadModel): string {
  return `CREATE SCHEMA IF NOT EXISTS ${quoted(schema)};
    ${createTables(schema, readModel)}`
}

/** Makes the indexes that reading wants, now that the rows are in. */
export async function index({ pool, fence }: Context, target: Target): Promise<Target> {
  const { build, readModel } = target
  await inTransaction(pool, BEGIN_LONG, async (client) => {
    await fence(client)
    await client.query(createIndexes(build.schema, readModel, await trigramSchema(client)))
    await client.query(analyzeTables(build.schema, build.tables))
    await markIndexed(client, build.id)
  })
  return { ...target, build: { ...build, indexed: true } }
}

async function trigramSchema(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
     WHERE extname = 'pg_trgm'`,
  )
  return rows[0]?.name ?? 'public'
}

/** What became of an attempt to put a build in its place. */
export type TakeOver = 'done' | 'readers in the way' | 'stopped'

/** Puts a build behind the views, and the one before out of service, in one transaction. */
export async function takeOver(context: Context, target: Target): Promise<TakeOver> {
  try {
    await inTransaction(context.pool, BEGIN_SWAP, (client) => swap(context, client, target))
    return 'done'
  } catch (error) {
    const code = codeOf(error)
    if (code === LOCK_NOT_AVAILABLE || code === DEADLOCK) return 'readers in the way'
    if (code !== DEPENDENTS) throw error
    await stopOnDependents(context, target)
    return 'stopped'
  }
}

const LOCK_NOT_AVAILABLE = '55P03'
const DEADLOCK = '40P01'
const DEPENDENTS = '2BP01'
const OTHER_COLUMNS = '42P16'

async function swap(context: Context, client: PoolClient, { build, readModel }: Target) {
  await context.fence(client)
  const others = (await currentBuilds(client)).filter(
    ({ id, serving }) => serving && id !== build.id,
  )
  const former = others.find(({ model }) => model === build.model)
  if (former !== undefined) {
    await retire(client, former.id)
    const kept = new Set([...build.tables, ...others.flatMap((other) => tablesBut(other, former))])
    for (const name of former.tables) if (!kept.has(name)) await client.query(dropView(name))
    await pointViews(client, build, readModel)
  }
  await activate(client, build.id)
}

function tablesBut(other: Build, former: Build): readonly string[] {
  return other.id === former.id ? [] : other.tables
}

async function pointViews(client: PoolClient, { schema }: Build, { tables }: ReadModel) {
  for (const [name, table] of Object.entries(tables)) {
    const create = createView(schema, name, table)
    await client.query('SAVEPOINT view')
    try {
      await client.query(create)
    } catch (error) {
      if (codeOf(error) !== OTHER_COLUMNS) throw error
      await client.query('ROLLBACK TO SAVEPOINT view')
      await client.query(dropView(name))
      await client.query(create)
    }
    await client.query('RELEASE SAVEPOINT view')
  }
}

async function stopOnDependents({ pool, fence, log }: Context, { build, position }: Target) {
  const message = 'its views have other columns now, but other objects depend on them: drop those'
  await inTransaction(pool, 'BEGIN', async (client) => {
    await fence(client)
    await saveFault(client, build.id, { position, eventId: '', message })
  })
  log.error({ readModel: build.model, version: build.version }, message)
}

/** How many builds out of service the registry remembers, for each read model. */
const REMEMBERED = 5

/** Drops the schemas of retired builds; one that is still being read waits for the next time. */
export async function dropRetired({ pool, fence }: Context): Promise<void> {
  for (const { id, schema } of await retiredSchemas(pool)) {
    try {
      await inTransaction(pool, BEGIN_SWAP, async (client) => {
        await fence(client)
        await client.query(`DROP SCHEMA IF EXISTS ${quoted(schema)} CASCADE`)
        await client.query('UPDATE projections.build SET schema = NULL WHERE id = $1', [id])
        await client.query(FORGET, [REMEMBERED])
      })
    } catch (error) {
      const code = codeOf(error)
      if (code !== LOCK_NOT_AVAILABLE && code !== DEADLOCK) throw error
    }
  }
}

const FORGET = `
  DELETE FROM projections.build WHERE schema IS NULL AND id IN (
    SELECT id FROM (
      SELECT id, row_number() OVER (PARTITION BY model ORDER BY id DESC) AS age
      FROM projections.build WHERE status = ${literal('retired', 'text')}
    ) AS retired WHERE age > $1)`

async function retiredSchemas(pool: Pool) {
  const { rows } = await pool.query<{ id: string; schema: string }>(
    `SELECT id::text, schema FROM projections.build
     WHERE status = 'retired' AND schema IS NOT NULL ORDER BY id LIMIT 100`,
  )
  return rows
}
