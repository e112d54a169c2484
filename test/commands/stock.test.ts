import { test } from 'tap'
import type { AnyCommand } from '../../commands/command.ts'
import { RegisterDealer } from '../../commands/dealers.ts'
import { createHandler } from '../../commands/handler/handler.ts'
import { followReference } from '../../commands/handler/reference-view.ts'
import { type Outcome, SAGA_ROLE } from '../../commands/handler/request.ts'
import { ListProduct, RegisterProduct } from '../../commands/products.ts'
import { IssueStock, ReceiveStock, ReleaseReservation, ReserveStock } from '../../commands/stock.ts'
import { OpenWarehouse } from '../../commands/warehouses.ts'
import { BusinessDayOpened, businessDay } from '../../domain/businessDay/businessDay.ts'
import { dealer } from '../../domain/dealer/dealer.ts'
import { DEFAULT_POLICY } from '../../domain/policy.ts'
import { product } from '../../domain/product/product.ts'
import { stock } from '../../domain/stock/stock.ts'
import { warehouse } from '../../domain/warehouse/warehouse.ts'
import { createMemoryStore } from '../../infra/event-store/memory-store.ts'
import { testId } from '../support/events.ts'
import { testLookups } from '../support/lookups.ts'
import { testEnvelope } from '../support/recorded.ts'
import { indexOf } from './handler/tally.ts'

type Test = { teardown: (end: () => Promise<void>) => unknown }

const clock = { now: () => new Date('2026-01-05T02:00:00.000Z') }
const quiet = () => undefined
const logger = { info: quiet, warn: quiet, error: quiet }

const registry = new Map(
  [businessDay, dealer, product, stock, warehouse]
    .flatMap(({ events }) => events)
    .map((definition) => [definition.eventType, definition]),
)

/** The real handler and reference view over a store in memory, on the first business day. */
async function business(t: Test) {
  const store = createMemoryStore({ registry })
  const opened = BusinessDayOpened({ date: '2026-01-05' })
  const first = { ...opened, id: testId('day'), metadata: testEnvelope() }
  await store.append('businessDay-main', [first], 'no-stream')
  const reference = followReference({ log: store, logger })
  await reference.ready
  t.teardown(() => reference.stop())
  const handler = createHandler({
    store,
    index: indexOf(store),
    snapshots: { load: async () => undefined, save: async () => undefined },
    reference,
    clock,
    logger,
    policy: DEFAULT_POLICY,
    lookups: testLookups(),
  })
  return (command: AnyCommand, body: unknown, role = 'brand-ops'): Promise<Outcome> =>
    handler.handle({ command, input: command.schema.parse(body), actor: { user: 'ann', role } })
}

const milk = {
  productId: 'P1',
  name: 'Milk',
  category: 'Dairy',
  taxRate: '0.13',
  skus: [{ sku: 'MILK', name: 'Milk 1 l', basePrice: '12.00' }],
}
const shanghai = { warehouseId: 'SH', name: 'Shanghai', regions: ['East'], priority: 1 }
const receipt = { warehouseId: 'SH', sku: 'MILK', quantity: 10, unitCost: '8.5' }

test('what was just registered can be used by the next command', async (t) => {
  const ask = await business(t)
  await ask(RegisterProduct, milk)
  await ask(OpenWarehouse, shanghai)
  t.match(await ask(ReceiveStock, receipt), {
    accepted: true,
    streamId: 'SH',
    events: [{ type: 'StockReceived', data: { amount: '85.00' } }],
  })
})

test('a SKU without terms of its own is sold by the piece, from one on', async (t) => {
  const ask = await business(t)
  t.match(await ask(RegisterProduct, milk), {
    events: [
      {
        data: {
          listed: true,
          skus: [{ moq: 1, orderMultiple: 1, safetyStock: 0, divisible: true, special: false }],
        },
      },
    ],
  })
})

test('stock is received only of known SKUs in known warehouses', async (t) => {
  const ask = await business(t)
  t.match(await ask(ReceiveStock, receipt), {
    refusal: { code: 'warehouse-unknown', kind: 'unknown' },
  })
  await ask(OpenWarehouse, shanghai)
  t.match(await ask(ReceiveStock, receipt), { refusal: { code: 'sku-unknown', kind: 'rule' } })
})

test('an order’s goods are reserved, issued and the rest released', async (t) => {
  const ask = await business(t)
  await ask(RegisterProduct, milk)
  await ask(OpenWarehouse, shanghai)
  await ask(ReceiveStock, receipt)
  const place = { warehouseId: 'SH', orderId: 'O1' }
  const lines = [{ sku: 'MILK', quantity: 10 }]
  const expiresAt = '2026-01-05T02:15:00.000Z'
  const asSaga = (command: AnyCommand, body: unknown) => ask(command, body, SAGA_ROLE)
  const reserved = await asSaga(ReserveStock, { ...place, attempt: 0, lines, expiresAt })
  const issue = { ...place, fulfilmentId: 'O1.1', lines: [{ sku: 'MILK', quantity: 4 }] }
  const issued = await asSaga(IssueStock, issue)
  const release = { ...place, attempt: 0, reason: 'cancelled' }
  const released = await asSaga(ReleaseReservation, release)
  const types = [reserved, issued, released].map((one) => one.accepted && one.events[0]?.type)
  t.same(types, ['StockReserved', 'StockIssued', 'ReservationReleased'])
  t.match(released, { events: [{ data: { lines: [{ sku: 'MILK', quantity: 6 }] } }] })
})

test('a dealer is registered under a superior that was just registered', async (t) => {
  const ask = await business(t)
  const contact = { name: 'Li Lei', phone: '+86 21 1234', email: 'li@example.com' }
  await ask(RegisterDealer, { dealerId: 'ROOT', name: 'Root', region: 'East', contact })
  const child = { dealerId: 'A', name: 'A', region: 'East', parentDealerId: 'ROOT' }
  t.match(await ask(RegisterDealer, child), {
    events: [{ data: { level: 'standard', facilityId: 'ROOT' } }],
  })
})

test('what is not there is not found', async (t) => {
  const ask = await business(t)
  t.match(await ask(ListProduct, { productId: 'P9' }), {
    refusal: { code: 'product-unknown', kind: 'unknown' },
  })
})

test('people can not set stock aside or let it go; sagas do', async (t) => {
  const ask = await business(t)
  const body = { warehouseId: 'SH', orderId: 'O1', attempt: 0, reason: 'cancelled' }
  t.match(await ask(ReleaseReservation, body, 'brand-admin'), { refusal: { kind: 'forbidden' } })
})

test('malformed figures never reach a decision', async (t) => {
  const bad = [
    { ...receipt, quantity: 1.5 },
    { ...receipt, quantity: -1 },
    { ...receipt, quantity: 0 },
    { ...receipt, unitCost: '1e400' },
    { ...receipt, unitCost: 8.5 },
    { ...receipt, unitCost: '-1' },
    { ...receipt, unitCost: '1.00001' },
    { ...receipt, expiresOn: '2026-02-30' },
    { ...receipt, sku: '../etc' },
    { ...receipt, more: true },
  ]
  for (const body of bad) {
    t.equal(ReceiveStock.schema.safeParse(body).success, false, JSON.stringify(body))
  }
})
