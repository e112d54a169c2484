import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { StockTransferSent } from '../../../domain/stock/events.ts'
import { levelOf, type StockState } from '../../../domain/stock/state.ts'
import { expectTransfer, receiveTransfer, sendTransfer } from '../../../domain/stock/transfers.ts'
import type { Decide } from '../../support/given.ts'
import { inShanghai, quarantine, receive, reserve, send } from './shanghai.ts'

const early = { batch: 'B1', expiresOn: '2026-02-01' }
const transferId = 'command-transfer'
const sent = { sku: 'MILK', quantity: 3, cost: '1.00', batches: [{ ...early, quantity: 3 }] }

const expected: Decide<StockState> = (state) =>
  expectTransfer(state, { warehouseId: 'BJ', transferId, fromWarehouseId: 'SH', lines: [sent] })

const arrive =
  (...lines: readonly { sku: string; quantity: number }[]): Decide<StockState> =>
  (state, context) => {
    const counted = lines.length > 0 ? { lines } : {}
    return receiveTransfer(state, { warehouseId: 'BJ', transferId, ...counted }, context)
  }

test('what is sent leaves with its cost and its batches, and needs no entry', async (t) => {
  const { decision, accepted } = inShanghai(t)
    .when(receive('MILK', 5, '2.00'))
    .accepted()
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(send({ sku: 'MILK', quantity: 6 }))
  const wanted: readonly DecidedEvent[] = [
    StockTransferSent({
      transferId,
      warehouseId: 'SH',
      toWarehouseId: 'BJ',
      lines: [
        {
          sku: 'MILK',
          quantity: 6,
          cost: '9.00',
          batches: [{ ...early, quantity: 5 }, { quantity: 1 }],
        },
      ],
    }),
  ]
  t.strictSame(decision, { accepted: true, events: wanted })
  t.match(levelOf(accepted().state, 'MILK'), { onHand: 4, value: '6.00' })
})

test('only what is available is sent', async (t) => {
  const stocked = inShanghai(t)
    .when(receive('MILK', 5))
    .accepted()
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(reserve('O1', { MILK: 2 }))
    .accepted()
    .when(quarantine('MILK', 1, 'B1'))
    .accepted()
  const milk = (quantity: number, batch?: string) => ({
    sku: 'MILK',
    quantity,
    ...(batch !== undefined && { batch }),
  })
  stocked.when(send(milk(8))).refused('stock-insufficient', { wanted: 8, found: 7 })
  stocked.when(send(milk(5, 'B1'))).refused('stock-insufficient', { batch: 'B1', found: 4 })
  stocked.when(send(milk(4, 'B1'), milk(4))).refused('stock-insufficient', { found: 3 })
  const { state } = stocked.when(send(milk(4, 'B1'), milk(3))).accepted()
  t.match(levelOf(state, 'MILK'), { onHand: 3, reserved: 2, quarantined: 1 })
})

test('a transfer below the safety level warns', async (t) => {
  const { decision } = inShanghai(t)
    .when(receive('TEA', 8))
    .accepted()
    .when(send({ sku: 'TEA', quantity: 4 }))
  t.match(decision, { events: [{}, { type: 'SafetyLevelReached', data: { available: 4 } }] })
})

test('a transfer goes from one warehouse to another that is there', async (t) => {
  const stocked = inShanghai(t).when(receive('MILK', 5)).accepted()
  const to =
    (toWarehouseId: string): Decide<StockState> =>
    (state, context) => {
      const lines = [{ sku: 'MILK', quantity: 1 }]
      return sendTransfer(state, { fromWarehouseId: 'SH', toWarehouseId, lines }, context)
    }
  stocked.when(to('SH')).refused('same-warehouse')
  stocked.when(to('XX')).refused('warehouse-unknown', { warehouseId: 'XX' })
})

test('goods in transit are promised to nobody until they are received', async (t) => {
  const known = inShanghai(t).when(expected).accepted().when(expected).changesNothing()
  t.match(known.when(reserve('O1', { MILK: 1 })).decision, {
    events: [{ type: 'ReservationRefused' }],
  })
  const { state } = known.when(arrive()).accepted()
  t.match(levelOf(state, 'MILK'), {
    onHand: 3,
    value: '1.00',
    batches: [{ ...early, quantity: 3 }],
  })
})

test('a transfer is received once', async (t) => {
  inShanghai(t)
    .when(arrive())
    .refused('transfer-unknown', { transferId })
    .when(expected)
    .accepted()
    .when(arrive())
    .accepted()
    .when(arrive())
    .refused('transfer-received')
    .when(expected)
    .changesNothing()
})

test('what did not arrive is a stock loss, to the cent', async (t) => {
  const { decision, accepted } = inShanghai(t)
    .when(expected)
    .accepted()
    .when(arrive({ sku: 'MILK', quantity: 2 }))
  t.match(decision, {
    events: [
      {
        data: {
          lines: [{ sent: 3, quantity: 2, cost: '0.67', lost: '0.33', batches: [{ quantity: 2 }] }],
          journal: [
            { account: '6602', debit: '0.33' },
            { account: '1405', credit: '0.33' },
          ],
        },
      },
    ],
  })
  t.match(levelOf(accepted().state, 'MILK'), { onHand: 2, value: '0.67' })
})

test('a transfer of which nothing arrives is lost whole', async (t) => {
  const { state } = inShanghai(t)
    .when(expected)
    .accepted()
    .when(arrive({ sku: 'MILK', quantity: 0 }))
    .accepted()
  t.equal(levelOf(state, 'MILK').onHand, 0)
  t.equal(state.inbound.size, 0)
})

test('a count on arrival names every SKU that was sent, no other, and no more of it', async (t) => {
  const known = inShanghai(t).when(expected).accepted()
  known.when(arrive({ sku: 'MILK', quantity: 4 })).refused('transfer-count')
  known.when(arrive({ sku: 'TEA', quantity: 1 })).refused('transfer-count')
  known
    .when(arrive({ sku: 'MILK', quantity: 3 }, { sku: 'TEA', quantity: 0 }))
    .refused('transfer-count')
})

test('goods that expire on their way arrive in quarantine', async (t) => {
  const { state } = inShanghai(t)
    .when(expected)
    .accepted()
    .in({ today: '2026-02-01' })
    .when(arrive())
    .accepted()
  t.match(levelOf(state, 'MILK'), { onHand: 3, quarantined: 3 })
})
