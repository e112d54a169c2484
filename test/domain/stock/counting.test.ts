import { test } from 'tap'
import { availableChanges } from '../../../domain/stock/available.ts'
import { levelOf } from '../../../domain/stock/state.ts'
import {
  count,
  inShanghai,
  issue,
  quarantine,
  receive,
  release,
  reserve,
  spoil,
} from './shanghai.ts'

const early = { batch: 'B1', expiresOn: '2026-02-01' }

test('spoiled goods are written off at moving average', async (t) => {
  const { decision, accepted } = inShanghai(t)
    .when(receive('MILK', 2, '1.00'))
    .accepted()
    .when(receive('MILK', 1, '1.01'))
    .accepted()
    .when(spoil('MILK', 1))
  t.match(decision, {
    events: [
      {
        type: 'StockSpoiled',
        data: {
          cost: '1.00',
          journal: [
            { account: '6602', debit: '1.00' },
            { account: '1405', credit: '1.00' },
          ],
        },
      },
    ],
  })
  t.match(levelOf(accepted().state, 'MILK'), { onHand: 2, value: '2.01' })
})

test('what is not on hand can not spoil', async (t) => {
  inShanghai(t)
    .when(receive('MILK', 2))
    .accepted()
    .when(spoil('MILK', 3))
    .refused('not-on-hand', { wanted: 3, found: 2 })
    .when(spoil('COFFEE', 3))
    .refused('sku-unknown')
})

test('of goods that spoil those in quarantine go first', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(receive('MILK', 5))
    .accepted()
    .when(quarantine('MILK', 2, 'B1'))
    .accepted()
    .when(reserve('O1', { MILK: 8 }))
    .accepted()
    .when(spoil('MILK', 2))
    .accepted()
  t.match(levelOf(state, 'MILK'), { onHand: 8, quarantined: 0, reserved: 8 })
})

test('with less left than was promised the newest promises go, whole, until the rest is enough', async (t) => {
  const { decision } = inShanghai(t)
    .when(receive('MILK', 10))
    .accepted()
    .when(receive('TEA', 50))
    .accepted()
    .when(reserve('O1', { MILK: 4 }))
    .accepted()
    .when(reserve('O2', { MILK: 3, TEA: 1 }))
    .accepted()
    .when(reserve('O3', { TEA: 10 }))
    .accepted()
    .when(reserve('O4', { MILK: 2 }))
    .accepted()
    .when(count('MILK', 6))
  const released = (orderId: string) => ({
    type: 'ReservationReleased',
    data: { orderId, reason: 'counted-short' },
  })
  t.match(decision, { events: [{ type: 'StockCounted' }, released('O4'), released('O2')] })
  t.equal(decision.accepted && decision.events.length, 3)
})

test('a count that shows less is a stock loss', async (t) => {
  const { decision, accepted } = inShanghai(t)
    .when(receive('MILK', 10, '2.00'))
    .accepted()
    .when(count('MILK', 7))
  t.match(decision, {
    events: [
      {
        data: {
          booked: 10,
          counted: 7,
          cost: '6.00',
          batches: [{ quantity: 3 }],
          journal: [
            { account: '6602', debit: '6.00' },
            { account: '1405', credit: '6.00' },
          ],
        },
      },
    ],
  })
  t.match(levelOf(accepted().state, 'MILK'), { onHand: 7, value: '14.00' })
})

test('a count that shows more is the reverse, at moving average', async (t) => {
  const { decision, accepted } = inShanghai(t)
    .when(receive('MILK', 3, '0.3350'))
    .accepted()
    .when(count('MILK', 5))
  t.match(decision, {
    events: [
      {
        data: {
          cost: '0.67',
          journal: [
            { account: '1405', debit: '0.67' },
            { account: '6602', credit: '0.67' },
          ],
        },
      },
    ],
  })
  t.match(levelOf(accepted().state, 'MILK'), { onHand: 5, value: '1.68' })
})

test('goods found where none are left cost what the last ones did', async (t) => {
  const { decision } = inShanghai(t)
    .when(receive('MILK', 3, '2.00'))
    .accepted()
    .when(count('MILK', 0))
    .accepted()
    .when(count('MILK', 1))
  t.match(decision, { events: [{ data: { cost: '2.00' } }] })
})

test('goods that never were there can not be found: nobody knows their cost', async (t) => {
  inShanghai(t).when(count('MILK', 1)).refused('cost-unknown', { sku: 'MILK', counted: 1 })
})

test('a count that agrees is recorded, and changes nothing', async (t) => {
  const stocked = inShanghai(t).when(receive('MILK', 3)).accepted()
  const { decision, accepted } = stocked.when(count('MILK', 3))
  t.match(decision, { events: [{ type: 'StockCounted', data: { cost: '0.00', journal: [] } }] })
  t.strictSame(levelOf(accepted().state, 'MILK'), levelOf(stocked.state, 'MILK'))
})

test('a batch is counted by itself', async (t) => {
  const stocked = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(receive('MILK', 5))
    .accepted()
  const less = stocked.when(count('MILK', 2, { batch: 'B1' })).accepted()
  t.match(levelOf(less.state, 'MILK').batches, [{ ...early, quantity: 2 }, { quantity: 5 }])
  const found = stocked.when(count('MILK', 2, { batch: 'B7', expiresOn: '2026-01-20' })).accepted()
  t.match(levelOf(found.state, 'MILK').batches, [{ batch: 'B7', quantity: 2 }, { batch: 'B1' }, {}])
  stocked
    .when(count('MILK', 7, { batch: 'B1', expiresOn: '2026-01-20' }))
    .refused('batch-date-differs')
})

test('what is found without a batch joins the goods that leave first', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5, '1.00', early))
    .accepted()
    .when(receive('MILK', 5))
    .accepted()
    .when(count('MILK', 11))
    .accepted()
  t.match(levelOf(state, 'MILK').batches, [{ ...early, quantity: 6 }, { quantity: 5 }])
})

test('quarantined goods are missed last', async (t) => {
  const { state } = inShanghai(t)
    .when(receive('MILK', 5))
    .accepted()
    .when(quarantine('MILK', 3))
    .accepted()
    .when(count('MILK', 2))
    .accepted()
  t.match(levelOf(state, 'MILK'), { onHand: 2, quarantined: 2 })
})

test('a shipment that was under way when the count took its goods is issued all the same', async (t) => {
  const counted = inShanghai(t)
    .when(receive('MILK', 10))
    .accepted()
    .when(reserve('O1', { MILK: 5 }))
    .accepted()
    .when(reserve('O2', { MILK: 5 }))
    .accepted()
    .when(count('MILK', 8))
    .accepted()
  const { decision, accepted } = counted.when(issue('O2', 'O2.1', { MILK: 5 }))
  t.match(decision, {
    events: [
      { type: 'StockIssued', data: { lines: [{ quantity: 5, unreserved: 5 }] } },
      { type: 'ReservationReleased', data: { orderId: 'O1' } },
    ],
  })
  t.match(levelOf(accepted().state, 'MILK'), { onHand: 3, reserved: 0 })
})

test('if the count found none of it, it is issued once the count is put right', async (t) => {
  inShanghai(t)
    .when(receive('MILK', 5))
    .accepted()
    .when(reserve('O1', { MILK: 5 }))
    .accepted()
    .when(count('MILK', 0))
    .accepted()
    .when(release('O1'))
    .changesNothing()
    .when(issue('O1', 'O1.1', { MILK: 5 }))
    .refused('not-reserved', { lines: [{ wanted: 5, reserved: 0, lost: 5, onHand: 0 }] })
    .when(count('MILK', 5))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 5 }))
    .accepted()
})

test('letting promises go looks at what the shipment has left of them', async (t) => {
  const { decision, accepted } = inShanghai(t)
    .when(receive('MILK', 10))
    .accepted()
    .when(reserve('O1', { MILK: 4 }))
    .accepted()
    .when(reserve('O2', { MILK: 3 }))
    .accepted()
    .when(count('MILK', 6))
    .accepted()
    .when(reserve('O2', { MILK: 2 }, 1))
    .accepted()
    .when(issue('O2', 'O2.1', { MILK: 5 }))
  t.match(decision, {
    events: [
      { type: 'StockIssued', data: { lines: [{ quantity: 5, unreserved: 3 }] } },
      { type: 'ReservationReleased', data: { orderId: 'O1' } },
    ],
  })
  t.equal(decision.accepted && decision.events.length, 2)
  t.match(levelOf(accepted().state, 'MILK'), { onHand: 1, reserved: 0 })
})

test('goods in quarantine may have been on the lorry too: what is available follows', async (t) => {
  const { decision } = inShanghai(t)
    .when(receive('MILK', 5))
    .accepted()
    .when(reserve('O1', { MILK: 5 }))
    .accepted()
    .when(quarantine('MILK', 5))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 5 }))
  t.match(decision, {
    events: [{ data: { lines: [{ unreserved: 5, batches: [{ quantity: 5, quarantined: 5 }] }] } }],
  })
  t.same(decision.accepted && decision.events.flatMap(availableChanges), [
    { sku: 'MILK', quantity: 0 },
  ])
})
