import { test } from 'tap'
import { MAX_BATCHES } from '../../../domain/stock/batches.ts'
import { SKUS_AT_ONCE } from '../../../domain/stock/expiry.ts'
import { availableOf, levelOf, type StockState } from '../../../domain/stock/state.ts'
import { stock } from '../../../domain/stock/stock.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import {
  expire,
  inShanghai,
  issue,
  quarantine,
  receive,
  reference,
  reserve,
  TODAY,
} from './shanghai.ts'

const early = { batch: 'B1', expiresOn: '2026-02-01' }
const late = { batch: 'B2', expiresOn: '2026-03-01' }

const milk = ({ levels }: StockState) => levels.get('MILK')

test('batches leave first-expired-first-out, those without a date last', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5))
    .accepted()
    .when(receive('MILK', 5, '1.00', late))
    .accepted()
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(reserve('O1', { MILK: 12 }))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 12 }))
    .accepted()
  t.same(milk(state)?.batches, [{ quantity: 3, quarantined: 0 }])
})

test('an issue says which batches left', async (t) => {
  const { decision } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', late))
    .accepted()
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(reserve('O1', { MILK: 7 }))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 7 }))
  t.match(decision, {
    events: [
      {
        data: {
          lines: [
            {
              batches: [
                { ...early, quantity: 5 },
                { ...late, quantity: 2 },
              ],
            },
          ],
        },
      },
    ],
  })
})

test('of batches with one date the one received first leaves first', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', { ...early, batch: 'Z' }))
    .accepted()
    .when(receive('MILK', 5, '1.00', { ...early, batch: 'A' }))
    .accepted()
    .when(reserve('O1', { MILK: 5 }))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 5 }))
    .accepted()
  t.match(milk(state)?.batches, [{ batch: 'A', quantity: 5 }])
})

test('a batch is promised until the day before its date', async (t) => {
  const stocked = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
  t.equal(availableOf(levelOf(stocked.state, 'MILK'), '2026-01-31'), 5)
  const { decision } = stocked.in({ today: '2026-02-01' }).when(reserve('O1', { MILK: 1 }))
  t.match(decision, {
    events: [{ type: 'ReservationRefused', data: { shortages: [{ sku: 'MILK', available: 0 }] } }],
  })
})

test('what has expired is not issued while there are other goods', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(receive('MILK', 5, '1.00', late))
    .accepted()
    .when(reserve('O1', { MILK: 3 }))
    .accepted()
    .in({ today: '2026-02-01' })
    .when(issue('O1', 'O1.1', { MILK: 3 }))
    .accepted()
  t.match(milk(state)?.batches, [
    { batch: 'B1', quantity: 5 },
    { batch: 'B2', quantity: 2 },
  ])
})

test('what was shipped before its date left, though the day has turned since', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(receive('MILK', 5, '1.00', late))
    .accepted()
    .when(reserve('O1', { MILK: 3 }))
    .accepted()
    .in({ today: '2026-02-01' })
    .when(issue('O1', 'O1.1', { MILK: 3 }, '2026-01-31'))
    .accepted()
  t.match(milk(state)?.batches, [
    { batch: 'B1', quantity: 2 },
    { batch: 'B2', quantity: 5 },
  ])
})

test('a batch has one date in a warehouse', async (t) => {
  const stocked = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
  stocked
    .when(receive('MILK', 5, '1.00', { ...early, expiresOn: '2026-02-02' }))
    .refused('batch-date-differs', { batch: 'B1', known: '2026-02-01' })
  const more = stocked.when(receive('MILK', 4, '1.00', { batch: 'B1' })).accepted()
  t.match(milk(more.state)?.batches, [{ ...early, quantity: 9 }])
})

test('a batch that is used up is forgotten', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(reserve('O1', { MILK: 5 }))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 5 }))
    .accepted()
  t.same(milk(state)?.batches, [])
  t.equal(milk(state)?.value, '0.00')
})

test('goods that have expired on arrival are there, and in quarantine', async (t) => {
  const { decision, accepted } = inShanghai(t).when(
    receive('MILK', 5, '1.00', { expiresOn: TODAY }),
  )
  t.match(decision, {
    events: [
      { type: 'StockReceived' },
      { type: 'BatchesExpired', data: { date: TODAY, lines: [{ sku: 'MILK', quantity: 5 }] } },
    ],
  })
  t.match(milk(accepted().state), { onHand: 5, quarantined: 5 })
})

test('a SKU has at most so many batches in a warehouse', async (t) => {
  const batches = Array.from({ length: MAX_BATCHES }, (_, index) => ({ batch: `B${index}` }))
  const full = batches.reduce(
    (given, batch) => given.when(receive('MILK', 1, '1.00', batch)).accepted(),
    inShanghai(t),
  )
  full.when(receive('MILK', 1)).refused('too-many-batches', { batches: MAX_BATCHES })
  full.when(receive('MILK', 1, '1.00', { batch: 'B7' })).accepted()
})

test('the day that a batch expires on sets it apart, and lets the newest promises go', async (t) => {
  const promised = inShanghai(t)
    .when(receive('TEA', 6, '1.00', early))
    .accepted()
    .when(receive('TEA', 6, '1.00', late))
    .accepted()
    .when(receive('MILK', 9))
    .accepted()
    .when(reserve('O1', { TEA: 4 }))
    .accepted()
    .when(reserve('O2', { TEA: 3, MILK: 2 }))
    .accepted()
    .in({ today: '2026-02-01' })
  const { decision, accepted } = promised.when(expire('2026-02-01'))
  t.match(decision, {
    events: [
      {
        type: 'BatchesExpired',
        data: { lines: [{ sku: 'TEA', quantity: 6, batches: [early] }], more: false },
      },
      {
        type: 'ReservationReleased',
        data: { orderId: 'O2', reason: 'counted-short', lines: [{ sku: 'TEA' }, { sku: 'MILK' }] },
      },
      { type: 'SafetyLevelReached', data: { sku: 'TEA', available: 2 } },
    ],
  })
  accepted().when(expire('2026-02-01')).changesNothing()
})

test('what is in quarantine already, or not due, is not set apart', async (t) => {
  inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(quarantine('MILK', 5))
    .accepted()
    .when(expire('2026-02-01'))
    .changesNothing()
    .when(receive('MILK', 5, '1.00', late))
    .accepted()
    .when(expire('2026-02-28'))
    .changesNothing()
})

test('many SKUs that expire on one day are set apart in several events', async (t) => {
  const received = Array.from({ length: SKUS_AT_ONCE + 1 }, (_, index) => ({
    type: 'StockReceived',
    data: { sku: `S${index}`, quantity: 1, amount: '0.00', expiresOn: '2026-02-01' },
  }))
  const context = testContext({ reference })
  const start = applyEvents(stock, stock.initial, received)
  const first = expire('2026-02-01')(start, context)
  t.match(first, { events: [{ data: { more: true } }] })
  const then = applyEvents(stock, start, first.accepted ? first.events : [])
  const second = expire('2026-02-01')(then, context)
  t.match(second, { events: [{ data: { more: false, lines: [{ quantity: 1 }] } }] })
})
