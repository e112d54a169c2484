import { test } from 'tap'
import { lead } from '../../../infra/postgres/leadership.ts'
import { migrateProjections } from '../../../projections/engine/migrate.ts'
import { rebuild } from '../../../projections/engine/rebuild.ts'
import { type ReadModel, readModel } from '../../../projections/read-model.ts'
import { until } from '../../support/until.ts'
import {
  countsModel,
  Dropped,
  Nothing,
  Renamed,
  salesLog,
  salesModel,
  schemas,
  sold,
  workshop,
} from './support.ts'

test('read models hold what the log says, and follow it', async (t) => {
  const { log, start, rows, seen } = await workshop(t)
  await log.add(sold('A', 2, '10.10'), Renamed({ sku: 'A', name: 'Apple' }), sold('B', 1, '3.00'))
  start([salesModel(), countsModel()])
  const position = await log.add(sold('A', 1, '5.05'), Dropped({ sku: 'B' }))
  await seen(position, 'sales', 'counts')
  t.strictSame(await rows('sales'), [{ sku: 'A', name: 'Apple', sold: 3, revenue: '15.15' }])
  t.equal((await rows('sale')).length, 3)
  t.strictSame(await rows('counts'), [
    { type: 'Dropped', n: 1 },
    { type: 'Renamed', n: 1 },
    { type: 'Sold', n: 3 },
  ])
  t.strictSame(await seen(await log.add(sold('C', 1, '1.00')), 'sales'), undefined)
  t.equal((await rows('sales')).length, 2)
})

test('every position is seen, by read models that no event of it concerns too', async (t) => {
  const { log, start, seen, status } = await workshop(t)
  const models = [salesModel()]
  start(models)
  await seen(-1n, 'sales')
  await seen(await log.add(Nothing({})), 'sales')
  await until('lag is gone', async () => (await status(models))[0]?.status === 'active')
  t.match(await status(models), [{ name: 'sales', lag: 0n, rebuild: undefined }])
})

test('a new term resumes where the last one ended', async (t) => {
  const { log, start, rows, seen } = await workshop(t)
  const models = () => [salesModel(), countsModel()]
  const first = start(models())
  await seen(await log.add(sold('A', 1, '1.00')), 'sales', 'counts')
  await first.stop()
  const position = await log.add(sold('A', 1, '1.00'))
  start(models())
  await seen(position, 'sales', 'counts')
  t.match(await rows('sales'), [{ sku: 'A', sold: 2, revenue: '2.00' }])
})

test('an event that a handler throws on stops that read model alone, loudly', async (t) => {
  const { log, start, rows, seen, status, said, pool } = await workshop(t)
  const models = [salesModel(), countsModel(new Set(['Trouble']))]
  const work = start(models)
  await seen(await log.add(sold('A', 1, '1.00')), 'sales', 'counts')
  const bad = await log.add(Renamed({ sku: 'A', name: 'Trouble' }))
  const last = await log.add(sold('A', 1, '1.00'))
  await seen(last, 'sales')
  await t.rejects(seen(last, 'counts'), { name: 'ReadModelStopped', message: /trouble/ })
  t.match(await rows('counts'), [{ type: 'Sold', n: 1 }])
  t.match(await rows('sales'), [{ sold: 2 }])
  const [, counts] = await status(models)
  t.match(counts, { status: 'stopped', error: { position: bad, message: /Renamed in shop-1/ } })
  const line = said.find(({ message }) => message.includes('stopped by an event'))
  t.match(line?.fields, { readModel: 'counts', position: String(bad) })

  await t.test('and it goes on after a new version', async (t) => {
    await work.stop()
    start([salesModel(), countsModel(new Set(), 2)])
    await until('version 2 serves', async () => {
      const [, counts] = await status(models)
      return counts?.version === 2 && counts.status === 'active'
    })
    t.strictSame(await rows('counts'), [
      { type: 'Renamed', n: 1 },
      { type: 'Sold', n: 2 },
    ])
    await until('the old schema is dropped', async () => (await schemas(pool)).length === 2)
  })
})

test('a value that Postgres refuses stops its read model just before that event', async (t) => {
  const { log, start, rows, seen, status } = await workshop(t)
  const models = [salesModel(), countsModel()]
  const good = Array.from({ length: 40 }, () => sold('A', 1, '1.00'))
  await log.add(...good, sold('B', 3_000_000_000, '1.00'), ...good)
  start(models)
  await seen(await log.head(), 'counts')
  await t.rejects(seen(await log.head(), 'sales'), { message: /out of range/ })
  t.match((await status(models))[0], { error: { position: 40n * 16n, message: /Sold/ } })
  t.match(await rows('sales'), [{ sku: 'A', sold: 40, revenue: '40.00' }])
  t.equal((await rows('counts'))[0]?.n, 81)
})

test('a new version is built beside the old one, which serves until it is ready', async (t) => {
  const { log, start, rows, seen, pool } = await workshop(t)
  const first = start([salesModel()])
  await seen(await log.add(sold('A', 1, '1.00')), 'sales')
  await first.stop()
  await pool.query('CREATE TABLE hold (n integer)')
  const reader = await pool.connect()
  await reader.query('BEGIN; SELECT * FROM read.sales') // keeps the views from being switched
  start([salesModel(2, 'turnover')])
  await until('the new version waits for the reader', async () => {
    const { rows } = await pool.query(`SELECT FROM projections.build WHERE version = 2 AND indexed`)
    return rows.length === 1
  })
  t.match((await reader.query('SELECT * FROM read.sales')).rows, [{ revenue: '1.00' }])
  await reader.query('COMMIT')
  reader.release()
  await seen(await log.add(sold('A', 1, '1.50')), 'sales')
  t.strictSame(await rows('sales'), [{ sku: 'A', name: null, sold: 2, turnover: '2.50' }])
})

test('a rebuild of the same version replaces rows that are wrong, while events come', async (t) => {
  const { log, start, rows, seen, pool, status } = await workshop(t)
  const model = salesModel()
  start([model], { bounds: { buildBatch: 3 } })
  await log.add(...Array.from({ length: 20 }, () => sold('A', 1, '1.00')))
  await seen(await log.head(), 'sales')
  await until('it is active', async () => (await status([model]))[0]?.status === 'active')
  const [before] = await schemas(pool)
  await pool.query(`UPDATE ${before}.sales SET sold = 7`)
  await rebuild(pool, model)
  await rebuild(pool, model)
  const position = await log.add(sold('A', 1, '1.00'))
  await until('another schema serves', async () => {
    const names = await schemas(pool)
    return names.length === 1 && names[0] !== before
  })
  await seen(position, 'sales')
  t.match(await rows('sales'), [{ sold: 21 }])
  t.match(await status([model]), [{ version: 1, status: 'active' }])
})

test('a build that was cut short goes on where it was', async (t) => {
  const { log, start, rows, seen } = await workshop(t)
  await log.add(...Array.from({ length: 50 }, () => sold('A', 1, '1.00')))
  let commits = 0
  const fence = async () => {
    commits += 1
    if (commits === 6) throw new Error('the term is over')
  }
  const cut = start([salesModel()], { fence, bounds: { buildBatch: 10 } })
  await t.rejects(cut.ended, { message: 'the term is over' })
  const seenEvents: number[] = []
  start([salesModel()], { observer: { onBatch: ({ events }) => seenEvents.push(events) } })
  await seen(await log.head(), 'sales')
  t.match(await rows('sales'), [{ sold: 50 }])
  const again = seenEvents.reduce((sum, events) => sum + events, 0)
  t.ok(again > 0 && again < 50, `${again} events were left`)
})

test('a build on its way tells how far it is and when it will be done', async (t) => {
  const { log, start, status, seen } = await workshop(t)
  const models = [salesModel()]
  await log.add(...Array.from({ length: 50 }, () => sold('A', 1, '1.00')))
  const halfWay = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  let batches = 0
  const observer = {
    onBatch: () => {
      batches += 1
      if (batches === 3) halfWay.resolve()
    },
  }
  const fence = async () => {
    if (batches === 3) await goOn.promise
  }
  start(models, { fence, observer, bounds: { buildBatch: 10 } })
  await halfWay.promise
  const [sales] = await status(models)
  t.match(sales, { status: 'building', lag: 20n * 16n })
  t.match(sales?.rebuild, { position: 29n * 16n, target: 49n * 16n, events: 30n })
  t.ok(Number(sales?.rebuild?.eventsPerSecond) > 0)
  t.ok(Number(sales?.rebuild?.secondsLeft) > 0)
  goOn.resolve()
  await seen(await log.head(), 'sales')
})

test('a leader whose connections are cut loses no event and counts none twice', async (t) => {
  const { log, work, pool, rows, seen, url } = await workshop(t)
  const leadership = lead({
    url,
    name: 'projections',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    timing: { firstRetryMs: 10, lastRetryMs: 50 },
    onLead: work([salesModel(), countsModel()], { bounds: { liveBatch: 3, buildBatch: 5 } }),
  })
  t.teardown(() => leadership.stop())
  for (let round = 1; round <= 10; round += 1) {
    await log.add(...Array.from({ length: 20 }, () => sold('A', 1, '1.00')))
    await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
  }
  await seen(await log.head(), 'sales', 'counts')
  t.match(await rows('sales'), [{ sold: 200, revenue: '200.00' }])
  t.strictSame(await rows('counts'), [{ type: 'Sold', n: 200 }])
})

test('processes that start at once make the registry once', async (t) => {
  const { pool } = await workshop(t)
  await pool.query('DROP SCHEMA projections CASCADE; DROP SCHEMA read CASCADE')
  await t.resolves(Promise.all(Array.from({ length: 5 }, () => migrateProjections(pool))))
})

test('nothing is written when the fence refuses', async (t) => {
  const { log, start, seen, rows } = await workshop(t)
  let isOver = false
  const fence = async () => {
    if (isOver) throw new Error('a successor leads')
  }
  const work = start([salesModel()], { fence })
  await seen(await log.add(sold('A', 1, '1.00')), 'sales')
  isOver = true
  await log.add(sold('A', 1, '1.00'))
  await t.rejects(work.ended, { message: 'a successor leads' })
  t.match(await rows('sales'), [{ sold: 1 }])
})

test('large batches are cut by their rows', async (t) => {
  const { log, start, rows, seen } = await workshop(t)
  const skus = Array.from({ length: 100 }, (_, index) => sold(`S${index}`, 1, '1.00'))
  await log.add(...skus)
  const batches: number[] = []
  start([salesModel(), countsModel()], {
    bounds: { maxRows: 20 },
    observer: {
      onBatch: ({ model, events }) => {
        if (model === 'counts' && events > 0) batches.push(events)
      },
    },
  })
  await seen(await log.head(), 'sales', 'counts')
  t.equal((await rows('sales')).length, 100)
  t.strictSame(await rows('counts'), [{ type: 'Sold', n: 100 }])
  t.same(batches, Array(10).fill(10))
})

test('a read model that is not declared any more goes, with its views', async (t) => {
  const { log, start, seen, pool } = await workshop(t)
  const first = start([salesModel(), countsModel()])
  await seen(await log.add(sold('A', 1, '1.00')), 'sales', 'counts')
  await first.stop()
  start([salesModel()])
  await until('its schema is dropped', async () => (await schemas(pool)).length === 1)
  await t.rejects(pool.query('SELECT FROM read.counts'), { code: '42P01' })
})

test('changed tables are built anew even if the version was forgotten', async (t) => {
  const { log, start, seen, rows, status } = await workshop(t)
  const first = start([salesModel()])
  await seen(await log.add(sold('A', 1, '1.00')), 'sales')
  await first.stop()
  const changed = salesModel(1, 'turnover')
  start([changed])
  await until('it is built', async () => 'turnover' in ((await rows('sales'))[0] ?? {}))
  t.match(await status([changed]), [{ version: 1 }])
})

test('a view that others depend on is not torn away from them', async (t) => {
  const { log, start, seen, pool, status, rows } = await workshop(t)
  const first = start([salesModel()])
  await seen(await log.add(sold('A', 1, '1.00')), 'sales')
  await first.stop()
  await pool.query('CREATE VIEW report AS SELECT sum(revenue) FROM read.sales')
  const next = salesModel(2, 'turnover')
  start([next])
  await until('the new version is stopped', async () => {
    const [sales] = await status([next])
    return sales?.rebuild?.status === 'stopped'
  })
  t.match((await status([next]))[0]?.rebuild?.error, { message: /depend on them/ })
  t.match(await rows('sales'), [{ revenue: '1.00' }])
})

const impossible: readonly (readonly [string, readonly ReadModel[]])[] = [
  ['two read models of one name', [salesModel(), salesModel()]],
  [
    'two tables of one name',
    [salesModel(), readModel({ name: 'other', version: 1, tables: salesModel().tables })],
  ],
  ['a name unfit for Postgres', [readModel({ name: 'Bad-name', version: 1, tables: {} })]],
  [
    'an index on no column',
    [
      readModel({
        name: 'odd',
        version: 1,
        tables: { odd: { columns: { id: { type: 'text' } }, key: ['id'], indexes: [['di']] } },
      }),
    ],
  ],
]

for (const [what, models] of impossible) {
  test(`${what} can't be declared`, async (t) => {
    const { start } = await workshop(t, salesLog())
    t.throws(() => start(models))
  })
}
