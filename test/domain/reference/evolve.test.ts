import { test } from 'tap'
import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayOpened,
} from '../../../domain/businessDay/businessDay.ts'
import { DealerRegistered } from '../../../domain/dealer/dealer.ts'
import type { RecordedEvent } from '../../../domain/kernel/event.ts'
import { isListed } from '../../../domain/product/listing.ts'
import { ProductRegistered, ProductUnlisted } from '../../../domain/product/product.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import { dealerPath } from '../../../domain/reference/reference.ts'
import {
  ReservationReleased,
  StockIssued,
  StockReceived,
  StockReserved,
} from '../../../domain/stock/events.ts'
import { WarehouseOpened } from '../../../domain/warehouse/warehouse.ts'
import { recorded } from '../../support/recorded.ts'

const view = (...events: readonly RecordedEvent[]) => events.reduce(evolveReference, emptyReference)

const sku = (id: string) => ({
  sku: id,
  name: id,
  attributes: { size: 'L' },
  basePrice: '12.0000',
  moq: 1,
  orderMultiple: 6,
  safetyStock: 5,
  divisible: true,
  special: false,
})
const product = ProductRegistered({
  productId: 'P1',
  name: 'Milk',
  category: 'Dairy',
  taxRate: '0.13',
  skus: [sku('A'), sku('B')],
  listed: true,
})

test('a dealer is found with its superiors', async (t) => {
  const base = { name: 'x', level: 'standard', region: 'East', facilityId: 'R' } as const
  const reference = view(
    recorded('dealer-R', DealerRegistered({ ...base, dealerId: 'R' })),
    recorded('dealer-A', DealerRegistered({ ...base, dealerId: 'A', parentDealerId: 'R' })),
  )
  t.same(
    dealerPath(reference, 'A').map(({ dealerId }) => dealerId),
    ['A', 'R'],
  )
})

test('a SKU carries what its product says', async (t) => {
  const { attributes: _, ...terms } = sku('B')
  t.strictSame(view(recorded('product-P1', product)).skus.get('B'), {
    ...terms,
    productId: 'P1',
    category: 'Dairy',
    taxRate: '0.13',
    listed: true,
  })
})

test('all SKUs of a product go on and off sale with it', async (t) => {
  const unlisted = view(
    recorded('product-P1', product),
    recorded('product-P1', ProductUnlisted({})),
  )
  t.same(
    ['A', 'B'].map((id) => unlisted.skus.get(id)?.listed),
    [false, false],
  )
})

test('a product that goes off sale later is on sale until then', async (t) => {
  const at = '2026-02-01T00:00:00Z'
  const found = view(
    recorded('product-P1', product),
    recorded('product-P1', ProductUnlisted({ at })),
  ).skus.get('A')
  if (!found) throw new Error('registered')
  t.equal(isListed(found, '2026-01-31T23:59:59Z'), true)
  t.equal(isListed(found, at), false)
})

test('available stock follows receipts, reservations, releases and issues', async (t) => {
  const warehouseId = 'SH'
  const lines = [{ sku: 'A', quantity: 4 }]
  const place = { warehouseId, orderId: 'O1', attempt: 0, lines }
  const received = { warehouseId, sku: 'A', quantity: 10, unitCost: '1', amount: '10.00' }
  const events = [
    StockReceived({ ...received, journal: [] }),
    StockReserved({ ...place, expiresAt: '2026-01-05T03:00:00Z' }),
    StockIssued({
      warehouseId,
      orderId: 'O1',
      fulfilmentId: 'O1.1',
      lines: [{ sku: 'A', quantity: 1, cost: '1.00' }],
      journal: [],
    }),
    ReservationReleased({ ...place, lines: [{ sku: 'A', quantity: 3 }], reason: 'cancelled' }),
  ].map((event) => recorded('stock-SH', event))
  const seen = events.map((_, index) =>
    view(...events.slice(0, index + 1))
      .available.get('SH')
      ?.get('A'),
  )
  t.same(seen, [10, 6, 6, 9])
})

test('a warehouse is known with its regions and priority', async (t) => {
  const shanghai = { warehouseId: 'SH', name: 'Shanghai', regions: ['East'], priority: 1 }
  const reference = view(recorded('warehouse-SH', WarehouseOpened(shanghai)))
  t.same(reference.warehouses.get('SH'), shanghai)
})

test('closing a day opens the next at once', async (t) => {
  const date = '2026-01-04'
  const next = '2026-01-05'
  const totals = { debit: '0.00', credit: '0.00', accounts: [] }
  const events = [
    BusinessDayOpened({ date }),
    BusinessDayClosing({ date, next }),
    BusinessDayClosed({ date, totals }),
  ].map((event) => recorded('businessDay-main', event))
  t.same(view(...events.slice(0, 2)).businessDay, { open: next, closing: date })
  t.same(view(...events).businessDay, { open: next, closing: undefined })
})

test('an event of no concern only moves the position', async (t) => {
  const reference = view(recorded('product-P1', product))
  const after = evolveReference(
    reference,
    recorded('payment-X', { type: 'PaymentCaptured', data: {} }, { position: 77n }),
  )
  t.strictSame(after, { ...reference, position: 77n })
})
