import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { StockReceived, StockReserved } from '../../../domain/stock/events.ts'
import { levelOf, type StockState } from '../../../domain/stock/state.ts'
import { stock } from '../../../domain/stock/stock.ts'
import { decodeState, stateEncoder } from '../../../infra/postgres/state-codec.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import {
  count,
  expire,
  inShanghai,
  issue,
  quarantine,
  receive,
  reference,
  reserve,
  warehouseId,
} from './shanghai.ts'

const MANY_SKUS = 100_000
const MORE = 2_000
const context = testContext({ reference })

const received = (sku: string, batch?: string): DecidedEvent =>
  StockReceived({
    ...{ warehouseId, sku, quantity: 10, unitCost: '1', amount: '10.00', journal: [] },
    ...(batch !== undefined && { batch, expiresOn: '2026-02-01' }),
  })

const filled = applyEvents(
  stock,
  stock.initial,
  Array.from({ length: MANY_SKUS }, (_, index) => received(`S${index}`, `B${index % 7}`)),
)

function took(run: () => unknown): number {
  const startedAt = performance.now()
  run()
  return performance.now() - startedAt
}

test('an event costs no more in a warehouse of 100,000 SKUs', async (t) => {
  const more = Array.from({ length: MORE }, (_, index) =>
    StockReserved({
      ...{ warehouseId, orderId: `O${index}`, attempt: 0, expiresAt: '2026-01-05T02:15:00.000Z' },
      lines: [{ sku: `S${index * 31}`, quantity: 1 }],
    }),
  )
  const ms = took(() => applyEvents(stock, filled, more))
  t.ok(ms < MORE, `${MORE} events took ${Math.round(ms)} ms`)
})

test('a warehouse of 100,000 SKUs finds what has expired at once', async (t) => {
  // The best of some: a busy machine makes one of them slow.
  const tries = [1, 2, 3].map(() => took(() => expire('2026-01-31')(filled, context)))
  const ms = Math.min(...tries)
  t.ok(ms < 500, `it took ${Math.round(ms)} ms`)
})

test('a receipt of 10,000 lines is decided at once', async (t) => {
  const lines = Array.from({ length: 10_000 }, (_, index) =>
    receive(index % 2 === 0 ? 'MILK' : 'TEA', 1, '1.00', { batch: `B${index % 500}` }),
  )
  const ms = took(() =>
    lines.reduce((state, ask) => {
      const decision = ask(state, context)
      return decision.accepted ? applyEvents(stock, state, decision.events) : state
    }, filled),
  )
  t.ok(ms < 5_000, `it took ${Math.round(ms)} ms`)
})

test('a state with batches that comes back from a snapshot decides the same', async (t) => {
  const early = { batch: 'B1', expiresOn: '2026-02-01' }
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(receive('MILK', 5, '1.50'))
    .accepted()
    .when(quarantine('MILK', 1))
    .accepted()
    .when(reserve('O1', { MILK: 4 }))
    .accepted()
    .when(reserve('O2', { MILK: 3 }))
    .accepted()
  const revived = decodeState(stateEncoder()(state)) as StockState
  t.same(levelOf(revived, 'MILK').batches, levelOf(state, 'MILK').batches)
  for (const ask of [issue('O1', 'O1.1', { MILK: 4 }), count('MILK', 5), expire('2026-02-01')]) {
    t.strictSame(ask(revived, context), ask(state, context))
  }
})
