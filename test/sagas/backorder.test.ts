import { test } from 'tap'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import { FulfilmentPlanned, OrderBackordered, OrderCancelled } from '../../domain/order/events.ts'
import { ReservationReleased, StockReserved, StockReturned } from '../../domain/stock/events.ts'
import { WarehouseOpened } from '../../domain/warehouse/warehouse.ts'
import type { Queue } from '../../sagas/backorder.ts'
import { backorder } from '../../sagas/backorder.ts'
import type { Snapshot } from '../../sagas/runner/react.ts'
import { ABSENT, listenersOf, step, targetsOf } from '../../sagas/runner/react.ts'
import { stocked } from '../domain/order/shop.ts'
import { recorded } from '../support/recorded.ts'

const listeners = listenersOf([backorder])

/** The saga's instances as events leave them, and whom they retried with each event. */
function following() {
  const instances = new Map<string, Snapshot>()
  return {
    sees(event: DecidedEvent): readonly unknown[] {
      const retried: unknown[] = []
      const given = recorded('stock-SH', event)
      for (const { listening, to } of targetsOf(listeners, given)) {
        for (const key of typeof to === 'string' ? [to] : [...instances.keys()]) {
          const stepped = step(listening, instances.get(key) ?? ABSENT, given, key)
          if (!stepped) continue
          instances.set(key, stepped.after)
          retried.push(...stepped.commands.map(({ input }) => input.orderId))
        }
      }
      return retried
    },
    queue: (sku: string) => (instances.get(sku)?.state ?? []) as Queue,
  }
}

type Short = Readonly<{ sku: string; missing: number }>

function put(orderId: string, since: string, shortages: readonly Short[], more = {}) {
  return OrderBackordered({
    orderId,
    dealerId: 'D1',
    attempt: 1,
    shortages: shortages.map(({ sku, missing }) => ({ sku, wanted: missing, missing })),
    since: `2026-01-0${since}T00:00:00.000Z`,
    shipToRegion: 'East',
    warehouseIds: ['SH'],
    ...more,
  })
}

const short = (missing: number, sku = 'A') => [{ sku, missing }]

test('who waits longest gets what arrives first, then the next', async (t) => {
  const { sees, queue } = following()
  sees(put('LATE', '2', short(3)))
  sees(put('EARLY', '1', short(5)))
  t.same(sees(stocked('SH', 'A', 4)), [])
  t.same(sees(stocked('SH', 'A', 2)), ['EARLY'], 'one is left for the next')
  t.same(sees(stocked('SH', 'A', 2)), [], 'the first waits again, before the next')
  t.match(queue('A'), [
    { orderId: 'EARLY', given: 2 },
    { orderId: 'LATE', given: 1 },
  ])
})

test('an order is tried once when it joins: something may have arrived meanwhile', async (t) => {
  const { sees } = following()
  const two = [...short(1, 'A'), ...short(1, 'B')]
  t.same(sees(put('O1', '1', two)), ['O1'], 'by one of its instances')
})

test('an order that is still short keeps its place', async (t) => {
  const { sees, queue } = following()
  sees(put('FIRST', '1', short(2)))
  sees(put('SECOND', '2', short(2)))
  sees(stocked('SH', 'A', 2))
  sees(put('FIRST', '1', short(1)))
  t.match(queue('A'), [{ orderId: 'FIRST', missing: 1 }, { orderId: 'SECOND' }])
})

test('whatever makes stock available wakes; whatever takes it does not', async (t) => {
  const { sees } = following()
  sees(put('O1', '1', short(2)))
  const lines = [{ sku: 'A', quantity: 2 }]
  const of = { warehouseId: 'SH', orderId: 'X', attempt: 1, lines }
  t.same(sees(StockReserved({ ...of, expiresAt: '2026-01-05T00:00:00.000Z' })), [])
  t.same(sees(ReservationReleased({ ...of, reason: 'cancelled' })), ['O1'])
})

test('what comes back and can be sold again is given out', async (t) => {
  const { sees } = following()
  sees(put('O1', '1', short(2)))
  const back = (restocked: number, scrapped: number) =>
    StockReturned({
      ...{ warehouseId: 'SH', orderId: 'X', returnId: 'X.r1', journal: [] },
      lines: [
        {
          ...{ sku: 'A', restocked, scrapped, cost: '2.00', scrapCost: '0.00' },
          batches: restocked > 0 ? [{ quantity: restocked }] : [],
        },
      ],
    })
  t.same(sees(back(0, 5)), [])
  t.same(sees(back(1, 5)), [])
  t.same(sees(back(1, 0)), ['O1'])
})

test('goods in a warehouse that does not serve the region go to the next', async (t) => {
  const { sees } = following()
  sees(put('EAST', '1', short(2)))
  sees(put('SOUTH', '2', short(2), { shipToRegion: 'South', warehouseIds: ['GZ'] }))
  t.same(sees(stocked('GZ', 'A', 2)), ['SOUTH'])
  sees(WarehouseOpened({ warehouseId: 'NB', name: 'Ningbo', regions: ['East'], priority: 3 }))
  t.same(sees(stocked('NB', 'A', 2)), ['EAST'], 'a new warehouse serves it too')
})

test('an instance ends with the last order that waits for it', async (t) => {
  const { sees, queue } = following()
  sees(put('O1', '1', [...short(1, 'A'), ...short(1, 'B')]))
  sees(put('O1', '1', short(1, 'A'), { waitedFor: ['B'] }))
  t.same(queue('B'), [])
  sees(put('O2', '2', short(1, 'A')))
  sees(OrderCancelled({ orderId: 'O1', fulfilments: [], waitedFor: ['A'] }))
  t.match(queue('A'), [{ orderId: 'O2' }])
  sees(planned('O2'))
  t.same(queue('A'), [])
  t.same(sees(stocked('SH', 'A', 9)), [])
})

function planned(orderId: string): DecidedEvent {
  return FulfilmentPlanned({
    ...{ orderId, dealerId: 'D1', facilityId: 'D1', attempt: 2, attemptsAllowed: 5 },
    ...{ parts: [], shortages: [], toHold: '0.00', expiresAt: '2026-01-05T00:00:00.000Z' },
    waitedFor: ['A'],
  })
}
