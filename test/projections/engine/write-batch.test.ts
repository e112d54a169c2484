import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import type { Pool } from 'pg'
import { test } from 'tap'
import { createPool } from '../../../infra/postgres/pool.ts'
import { collectChanges } from '../../../projections/engine/changes.ts'
import { createTables } from '../../../projections/engine/sql.ts'
import { writeChanges } from '../../../projections/engine/write-batch.ts'
import type { Change, ReadModel } from '../../../projections/read-model.ts'
import { readModel } from '../../../projections/read-model.ts'
import { type Teardown, testDatabase } from '../../support/postgres.ts'
import { anyChange, bank, interpret, keyText, plainRow, type Rows } from './naive.ts'

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }

async function bankIn(t: Teardown, model: ReadModel = bank): Promise<Pool> {
  const pool = createPool(await testDatabase(t), {
    max: 1,
    statementTimeoutMs: 10_000,
    applicationName: 'test',
    log,
  })
  t.teardown(() => pool.end())
  await pool.query(`CREATE SCHEMA bank; ${createTables('bank', model)}`)
  return pool
}

async function write(pool: Pool, changes: readonly Change[], model: ReadModel = bank) {
  const collected = collectChanges(model)
  for (const change of changes) collected.apply(change)
  const client = await pool.connect()
  try {
    await writeChanges(client, 'bank', collected)
  } finally {
    client.release()
  }
}

test('rows are what the changes say one by one, however they are cut into batches', async (t) => {
  const pool = await bankIn(t)
  const batches = fc.array(fc.array(anyChange, { maxLength: 8 }), { maxLength: 4 })
  const law = fc.assert(
    fc.asyncProperty(batches, async (cut) => {
      await pool.query('TRUNCATE bank.accounts')
      const expected: Rows = new Map()
      for (const batch of cut) {
        for (const change of batch) interpret(expected, change)
        await write(pool, batch)
      }
      const { rows } = await pool.query('SELECT * FROM bank.accounts')
      const found = new Map(rows.map((row) => [keyText(row), plainRow(row)]))
      deepStrictEqual(found, expected)
    }),
    { numRuns: 150 },
  )
  await t.resolves(law)
})

const all = readModel({
  name: 'all',
  version: 1,
  tables: {
    types: {
      columns: {
        id: { type: 'integer' },
        t: { type: 'text' },
        g: { type: 'bigint' },
        n: { type: 'numeric' },
        b: { type: 'boolean' },
        d: { type: 'date' },
        z: { type: 'timestamptz' },
        j: { type: 'jsonb' },
        a: { type: 'text[]' },
        order: { type: 'text', default: "it's" },
      },
      key: ['id'],
    },
  },
})

test('every type of column keeps its value exactly', async (t) => {
  const pool = await bankIn(t, all)
  const row = {
    id: 1,
    t: 'a "quoted" \\ back{slash}, NULL',
    g: 9007199254740993n,
    n: '12345678901234567890.000100',
    b: true,
    d: '2026-02-28',
    z: '2026-02-28T10:00:00.123Z',
    j: { big: 12345678901234567890n, text: 'x"y', list: [null, 1] },
    a: ['', 'NULL', 'a,b', '{"'],
  }
  await write(pool, [{ op: 'put', table: 'types', row }], all)
  const { rows } = await pool.query('SELECT * FROM bank.types')
  t.strictSame(rows, [
    {
      ...row,
      z: new Date(row.z),
      j: { ...row.j, big: '12345678901234567890' },
      order: "it's",
    },
  ])
})

test('text that Postgres can not keep is kept with a replacement character', async (t) => {
  const pool = await bankIn(t)
  const key = { owner: 'a\0', number: 1 }
  await write(pool, [
    {
      op: 'put',
      table: 'accounts',
      row: { ...key, note: 'x\0y', extra: { a: '\0', b: '\ud800' } },
    },
    { op: 'patch', table: 'accounts', key, set: { tags: ['\udfff'] } },
  ])
  const { rows } = await pool.query('SELECT owner, note, tags, extra FROM bank.accounts')
  t.strictSame(rows, [
    {
      owner: 'a\u{FFFD}',
      note: 'x\u{FFFD}y',
      tags: ['\u{FFFD}'],
      extra: { a: '\u{FFFD}', b: '\u{FFFD}' },
    },
  ])
})

test('an addition to a row that is there needs no other columns, not even required ones', async (t) => {
  const required = readModel({
    name: 'required',
    version: 1,
    tables: {
      lines: {
        columns: { id: { type: 'text' }, sku: { type: 'text' }, shipped: { type: 'integer' } },
        key: ['id'],
      },
    },
  })
  const pool = await bankIn(t, required)
  await write(pool, [{ op: 'put', table: 'lines', row: { id: 'L1', sku: 'A' } }], required)
  const add = { op: 'add', table: 'lines', key: { id: 'L1' }, add: { shipped: 2 } } as const
  await write(pool, [add], required)
  const { rows } = await pool.query('SELECT * FROM bank.lines')
  t.strictSame(rows, [{ id: 'L1', sku: 'A', shipped: 2 }])
  await t.rejects(write(pool, [{ ...add, key: { id: 'L2' } }], required), { code: '23502' })
})

test('many rows go in few statements', async (t) => {
  const pool = await bankIn(t)
  const client = await pool.connect()
  const collected = collectChanges(bank)
  for (let number = 0; number < 25_000; number += 1) {
    collected.apply({
      op: 'add',
      table: 'accounts',
      key: { owner: 'a', number },
      add: { balance: '0.10' },
    })
  }
  let statements = 0
  const counting = {
    query: (...parameters: Parameters<typeof client.query>) => {
      statements += 1
      return client.query(...parameters)
    },
  }
  await writeChanges(counting as typeof client, 'bank', collected)
  client.release()
  t.equal(statements, 3)
  const { rows } = await pool.query('SELECT sum(balance), count(*) FROM bank.accounts')
  t.strictSame(rows, [{ sum: '2500.00', count: 25_000n }])
})
