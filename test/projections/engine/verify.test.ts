import { test } from 'tap'
import { verify } from '../../../projections/engine/verify.ts'
import { countsModel, Renamed, salesModel, schemas, sold, workshop } from './support.ts'

test('a read model that follows from the log verifies, while it runs', async (t) => {
  const { log, start, seen, pool } = await workshop(t)
  const model = salesModel()
  start([model])
  await seen(await log.add(sold('A', 1, '1.00'), sold('B', 2, '0.50')), 'sales')
  const verdict = await verify(pool, log, model)
  t.match(verdict, { readModel: 'sales', position: 16n, rows: 4, differing: 0, failure: undefined })
  t.match(await verify(pool, log, model), { differing: 0 }, 'and again')
  await seen(await log.add(sold('A', 1, '1.00')), 'sales')
})

test('rows that differ, are missing or too many are shown', async (t) => {
  const { log, start, seen, pool } = await workshop(t)
  const model = salesModel()
  await start([model])
  const skus = ['A', 'B', 'C'].map((sku) => sold(sku, 1, '1.00'))
  await seen(await log.add(...skus), 'sales')
  const [schema] = await schemas(pool)
  await pool.query(`UPDATE ${schema}.sales SET sold = 9 WHERE sku = 'A'`)
  await pool.query(`DELETE FROM ${schema}.sales WHERE sku = 'B'`)
  await pool.query(`INSERT INTO ${schema}.sale VALUES (99, 'X')`)
  const { differing, first } = await verify(pool, log, model)
  t.equal(differing, 3)
  t.match(first, [
    { table: 'sales', served: /"sold": 9/, expected: /"sold": 1/ },
    { table: 'sales', served: undefined, expected: /"sku": "B"/ },
    { table: 'sale', served: /"position": 99/, expected: undefined },
  ])
})

test('a stopped read model verifies up to where it stands', async (t) => {
  const { log, start, seen, pool } = await workshop(t)
  const model = countsModel(new Set(['Trouble']))
  start([model])
  await log.add(sold('A', 1, '1.00'), Renamed({ sku: 'A', name: 'Trouble' }))
  await t.rejects(seen(await log.head(), 'counts'), { name: 'ReadModelStopped' })
  t.match(await verify(pool, log, model), { position: 0n, rows: 1, differing: 0 })
})

test('a version that is not the declared one is not verified', async (t) => {
  const { log, start, seen, pool } = await workshop(t)
  start([salesModel()])
  await seen(await log.add(sold('A', 1, '1.00')), 'sales')
  await t.rejects(verify(pool, log, salesModel(2)), { message: /served by version 1/ })
  const { rows } = await pool.query(
    `SELECT FROM pg_class WHERE relname LIKE '\\_sal%' AND relpersistence = 't'`,
  )
  t.equal(rows.length, 0, 'nothing is left behind')
})
