import { test } from 'tap'
import { BusinessDayClosing } from '../../domain/businessDay/businessDay.ts'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import {
  BatchesExpired,
  StockReceived,
  StockTransferExpected,
  StockTransferReceived,
  StockTransferSent,
} from '../../domain/stock/events.ts'
import { batchExpiry } from '../../sagas/batch-expiry.ts'
import { ABSENT, type Snapshot, step } from '../../sagas/runner/react.ts'
import { BROADCAST, type Saga } from '../../sagas/saga.ts'
import { stockTransfer } from '../../sagas/stock-transfer.ts'
import { recorded } from '../support/recorded.ts'

/** Shows the events to one instance; gives what it ends as, and what it asked for. */
function follow(saga: unknown, ...events: readonly DecidedEvent[]) {
  const { listens } = saga as Saga
  let current: Snapshot = ABSENT
  const asked: unknown[] = []
  for (const event of events) {
    const listening = listens.get(event.type)
    const stepped =
      listening && step(listening, current, recorded('stock-SH', event), 'the instance')
    current = stepped?.after ?? current
    asked.push(...(stepped?.commands ?? []).map(({ command, input }) => ({ command, ...input })))
  }
  return { state: current.state, asked }
}

const received = (expiresOn?: string) =>
  StockReceived({
    ...{ warehouseId: 'SH', sku: 'A', quantity: 1, unitCost: '1', amount: '1.00', journal: [] },
    ...(expiresOn !== undefined && { expiresOn }),
  })
const closing = (date: string, next: string) => BusinessDayClosing({ date, next })
const expire = (date: string) => ({ command: 'ExpireBatches', warehouseId: 'SH', date })

test('a warehouse whose goods never expire is not followed', async (t) => {
  t.equal(follow(batchExpiry, received()).state, undefined)
})

test('a warehouse is asked to set batches apart on the day they expire on, and then no more', async (t) => {
  const goods = [received('2026-01-07'), received('2026-01-09'), received('2026-01-07')]
  t.same(follow(batchExpiry, ...goods), {
    state: { warehouseId: 'SH', dates: ['2026-01-07', '2026-01-09'] },
    asked: [],
  })
  const days = [closing('2026-01-05', '2026-01-06'), closing('2026-01-06', '2026-01-07')]
  t.same(follow(batchExpiry, ...goods, ...days), {
    state: { warehouseId: 'SH', dates: ['2026-01-09'] },
    asked: [expire('2026-01-07')],
  })
  const later = [closing('2026-01-07', '2026-01-08'), closing('2026-01-08', '2026-01-09')]
  t.same(follow(batchExpiry, ...goods, ...days, ...later), {
    state: undefined,
    asked: [expire('2026-01-07'), expire('2026-01-09')],
  })
  t.equal(
    batchExpiry.listens
      .get('BusinessDayClosing')
      ?.correlate(recorded('businessDay-main', closing('2026-01-05', '2026-01-06')) as never),
    BROADCAST,
  )
})

test('goods that were transferred bring their dates with them', async (t) => {
  const line = { sku: 'A', sent: 2, quantity: 2, cost: '1.00', lost: '0.00' }
  const batches = [{ expiresOn: '2026-01-07', quantity: 1 }, { quantity: 1 }]
  const place = { transferId: 'T1', warehouseId: 'SH', fromWarehouseId: 'BJ', journal: [] }
  const arrived = StockTransferReceived({ ...place, lines: [{ ...line, batches }] })
  t.match(follow(batchExpiry, arrived).state, { dates: ['2026-01-07'] })
})

test('what one event can not hold is asked for again', async (t) => {
  const batches = [{ expiresOn: '2026-01-07', quantity: 1 }]
  const expired = (more: boolean) =>
    BatchesExpired({
      ...{ warehouseId: 'SH', date: '2026-01-07', more },
      lines: [{ sku: 'A', quantity: 1, batches }],
    })
  t.same(follow(batchExpiry, expired(true), expired(false)), {
    state: undefined,
    asked: [expire('2026-01-07')],
  })
  const { state } = follow(batchExpiry, received('2026-01-09'), expired(true))
  t.same(state, { warehouseId: 'SH', dates: ['2026-01-09'] })
})

test('the other warehouse is told of a transfer, once', async (t) => {
  const lines = [{ sku: 'A', quantity: 1, cost: '1.00', batches: [{ quantity: 1 }] }]
  const transfer = { transferId: 'T1', lines }
  const sent = StockTransferSent({ ...transfer, warehouseId: 'SH', toWarehouseId: 'BJ' })
  const expected = StockTransferExpected({ ...transfer, warehouseId: 'BJ', fromWarehouseId: 'SH' })
  t.same(follow(stockTransfer, sent, expected), {
    state: undefined,
    asked: [{ command: 'ExpectTransfer', ...transfer, warehouseId: 'BJ', fromWarehouseId: 'SH' }],
  })
})
