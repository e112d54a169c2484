import fc from 'fast-check'
import { test } from 'tap'
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
  ...{ orderId, placedAtMs, dealerId: 'D1', address: '10.0.0.1', total: '1.00', ended: false },
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

// What is remembered is the newest so many orders of the last day, and nothing is left of the others.
test('the memory is bounded in time and in number', async (t) => {
  const placing = fc.record({
    dealer: fc.integer({ min: 1, max: 3 }),
    address: fc.integer({ min: 1, max: 3 }),
    laterMs: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(REMEMBERED_MS / 2)),
  })
  const law = fc.property(
    fc.array(placing, { maxLength: 40 }),
    fc.integer({ min: 1, max: 8 }),
    (placings, most) => {
      let nowMs = 0
      let all: RecentOrder[] = []
      let recent = noRecentOrders
      for (const [index, { dealer, address, laterMs }] of placings.entries()) {
        nowMs += laterMs
        const each = order(`O${index}`, nowMs, { dealerId: `D${dealer}`, address: `A${address}` })
        recent = withRecent(recent, each, most)
        all = [...all, each]
          .filter(({ placedAtMs }) => placedAtMs >= nowMs - REMEMBERED_MS)
          .slice(-most)
        const kept = all.map(({ orderId }) => orderId)
        const same = (ids: readonly string[]) =>
          JSON.stringify(ids.toSorted()) === JSON.stringify(kept.toSorted())
        const byDealer = [...recent.byDealer.keys()].flatMap((key) => idsOf(recent, 'dealer', key))
        const byAddress = [...recent.byAddress.keys()].flatMap((key) =>
          idsOf(recent, 'address', key),
        )
        if (recent.orders.size !== kept.length || recent.queue.size !== kept.length) return false
        if (!same(byDealer) || !same(byAddress)) return false
      }
      return true
    },
  )
  t.doesNotThrow(() => fc.assert(law))
})
