import fc from 'fast-check'
import { test } from 'tap'
import { decimal } from '../../../domain/kernel/money.ts'
import {
  noRecentOrders,
  REMEMBERED_MS,
  type RecentOrder,
  type RecentOrders,
  since,
  withChanged,
  withRecent,
} from '../../../domain/reference/recent-orders.ts'

const order = (orderId: string, placedAtMs: number, more: Partial<RecentOrder> = {}) => ({
  ...{
    orderId,
    placedAtMs,
    dealerId: 'D1',
    address: '10.0.0.1',
    total: decimal('1.00'),
    ended: false,
  },
  ...more,
})

const idsOf = (recent: RecentOrders, by: 'dealer' | 'address', key: string, sinceMs = 0) =>
  [...since(recent, by, key, sinceMs)].map(({ orderId }) => orderId)

test('orders are found by dealer and by address, the newest first, since an instant', async (t) => {
  const recent = [
    order('O1', 1),
    order('O2', 2, { dealerId: 'D2' }),
    order('O3', 3, { address: undefined }),
    order('O4', 4),
  ].reduce((before, each) => withRecent(before, each), noRecentOrders)
  t.same(idsOf(recent, 'dealer', 'D1'), ['O4', 'O3', 'O1'])
  t.same(idsOf(recent, 'dealer', 'D1', 3), ['O4', 'O3'])
  t.same(idsOf(recent, 'address', '10.0.0.1'), ['O4', 'O2', 'O1'])
  t.same(idsOf(recent, 'dealer', 'D9'), [])
})

test('an order is remembered once, and changed only while it is remembered', async (t) => {
  const recent = withRecent(noRecentOrders, order('O1', 1))
  t.equal(withRecent(recent, order('O1', 9)), recent)
  t.equal(withChanged(recent, 'O2', { ended: true }), recent)
  t.match(
    [...since(withChanged(recent, 'O1', { ended: true }), 'dealer', 'D1', 0)],
    [{ ended: true }],
  )
})

// As many as half of the most are remembered for a day, and never more than the most, or for two days.
test('the memory is bounded in time and in number', async (t) => {
  const placing = fc.record({
    dealer: fc.integer({ min: 1, max: 3 }),
    laterMs: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(REMEMBERED_MS / 2)),
  })
  const law = fc.property(
    fc.array(placing, { maxLength: 40 }),
    fc.integer({ min: 1, max: 8 }),
    (placings, half) => {
      let nowMs = 0
      let recent = noRecentOrders
      const all: RecentOrder[] = []
      for (const [index, { dealer, laterMs }] of placings.entries()) {
        nowMs += laterMs
        all.push(order(`O${index}`, nowMs, { dealerId: `D${dealer}`, address: `A${dealer}` }))
        recent = all.slice(-1).reduce((before, each) => withRecent(before, each, 2 * half), recent)
        const found = (by: 'dealer' | 'address') =>
          [1, 2, 3].flatMap((key) => idsOf(recent, by, `${by === 'dealer' ? 'D' : 'A'}${key}`))
        const needed = all
          .slice(-half)
          .filter(({ placedAtMs }) => placedAtMs > nowMs - REMEMBERED_MS)
        for (const ids of [found('dealer'), found('address')]) {
          if (ids.length > 2 * half) throw new Error('too many are remembered')
          if (needed.some(({ orderId }) => !ids.includes(orderId))) throw new Error('forgotten')
        }
      }
    },
  )
  t.doesNotThrow(() => fc.assert(law))
})
