import { test } from 'tap'
import { availableOf, levelOf } from '../../../domain/stock/state.ts'
import { expire, inShanghai, issue, lift, quarantine, receive, reserve, TODAY } from './shanghai.ts'

const early = { batch: 'B1', expiresOn: '2026-02-01' }

test('quarantined goods are there, and not available', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 10))
    .accepted()
    .when(quarantine('MILK', 4))
    .accepted()
  const level = levelOf(state, 'MILK')
  t.match(level, { onHand: 10, quarantined: 4, value: '10.00' })
  t.equal(availableOf(level, TODAY), 6)
})

test('what is not there can not be quarantined', async (t) => {
  inShanghai(t)
    .when(receive('MILK', 10))
    .accepted()
    .when(quarantine('MILK', 8))
    .accepted()
    .when(quarantine('MILK', 3))
    .refused('not-on-hand', { sku: 'MILK', wanted: 3, found: 2 })
    .when(quarantine('MILK', 1, 'B9'))
    .refused('not-on-hand', { batch: 'B9', found: 0 })
})

test('a quarantine names a batch, or takes what would leave first', async (t) => {
  const stocked = inShanghai(t)
    .when(receive('MILK', 5))
    .accepted()
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
  const first = stocked.when(quarantine('MILK', 7)).accepted()
  t.match(levelOf(first.state, 'MILK').batches, [
    { batch: 'B1', quarantined: 5 },
    { quarantined: 2 },
  ])
  stocked.when(quarantine('MILK', 6, 'B1')).refused('not-on-hand', { found: 5 })
})

test('goods that were promised can be quarantined: the newest promises go', async (t) => {
  const { decision } = inShanghai(t)
    .when(receive('MILK', 10))
    .accepted()
    .when(reserve('O1', { MILK: 5 }))
    .accepted()
    .when(reserve('O2', { MILK: 5 }))
    .accepted()
    .when(quarantine('MILK', 1))
  t.match(decision, {
    events: [
      { type: 'StockQuarantined' },
      { type: 'ReservationReleased', data: { orderId: 'O2', lines: [{ quantity: 5 }] } },
    ],
  })
})

test('what is lifted is available again; more than is in quarantine is refused', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 10))
    .accepted()
    .when(quarantine('MILK', 4))
    .accepted()
    .when(lift('MILK', 5))
    .refused('not-on-hand', { wanted: 5, found: 4 })
    .when(lift('MILK', 3))
    .accepted()
  t.equal(availableOf(levelOf(state, 'MILK'), TODAY), 9)
})

test('what has expired stays in quarantine', async (t) => {
  inShanghai(t)
    .when(receive('MILK', 10, '1.00', early))
    .accepted()
    .in({ today: '2026-02-01' })
    .when(expire('2026-02-01'))
    .accepted()
    .when(lift('MILK', 1))
    .refused('not-on-hand', { found: 0 })
})

test('a quarantine below the safety level warns, and its end calms', async (t) => {
  const warned = inShanghai(t).when(receive('TEA', 10)).accepted().when(quarantine('TEA', 6))
  t.match(warned.decision, {
    events: [{}, { type: 'SafetyLevelReached', data: { available: 4, safetyStock: 5 } }],
  })
  const again = warned.accepted().when(quarantine('TEA', 1))
  t.match(again.decision, { events: [{ type: 'StockQuarantined' }] })
  t.equal(again.decision.accepted && again.decision.events.length, 1)
  const calm = again.accepted().when(lift('TEA', 7)).accepted().when(quarantine('TEA', 6))
  t.match(calm.decision, { events: [{}, { type: 'SafetyLevelReached' }] })
})

test('quarantined goods are not issued', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(receive('MILK', 5))
    .accepted()
    .when(quarantine('MILK', 5, 'B1'))
    .accepted()
    .when(reserve('O1', { MILK: 5 }))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 5 }))
    .accepted()
  t.match(levelOf(state, 'MILK'), { onHand: 5, quarantined: 5, batches: [{ batch: 'B1' }] })
})
