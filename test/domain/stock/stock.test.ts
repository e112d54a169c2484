import { test } from 'tap'
import type { RecordedEvent } from '../../../domain/kernel/event.ts'
import { ProductRegistered } from '../../../domain/product/product.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import {
  issueStock,
  receiveStock,
  reduceReservation,
  releaseReservation,
  reserveStock,
} from '../../../domain/stock/decide.ts'
import {
  ReservationReduced,
  ReservationRefused,
  ReservationReleased,
  SafetyLevelReached,
  StockIssued,
  StockReceived,
  StockReserved,
} from '../../../domain/stock/events.ts'
import { REMEMBERED_ORDERS } from '../../../domain/stock/reservations.ts'
import { levelOf, type StockState } from '../../../domain/stock/state.ts'
import { stock } from '../../../domain/stock/stock.ts'
import { WarehouseOpened } from '../../../domain/warehouse/warehouse.ts'
import type { Decide } from '../../support/given.ts'
import { applyEvents, scenarios } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'

const warehouseId = 'SH'
const expiresAt = '2026-01-05T02:15:00.000Z'

const sku = (id: string, safetyStock: number) => ({
  sku: id,
  name: id,
  basePrice: '12.00',
  moq: 1,
  orderMultiple: 1,
  safetyStock,
  divisible: true,
  special: false,
})
const catalogue: readonly RecordedEvent[] = [
  recorded(
    'warehouse-SH',
    WarehouseOpened({ warehouseId, name: 'Shanghai', regions: ['East'], priority: 1 }),
  ),
  recorded(
    'product-P1',
    ProductRegistered({
      productId: 'P1',
      name: 'Groceries',
      category: 'Food',
      taxRate: '0.13',
      skus: [sku('MILK', 0), sku('TEA', 5)],
      listed: true,
    }),
  ),
]
const reference = catalogue.reduce(evolveReference, emptyReference)

const warehouse = (t: Parameters<ReturnType<typeof scenarios>>[0]) =>
  scenarios(stock)(t, { reference })

type Quantities = Readonly<Record<string, number>>
const lines = (quantities: Quantities) =>
  Object.entries(quantities).map(([id, quantity]) => ({ sku: id, quantity }))

const receive =
  (id: string, quantity: number, unitCost: string): Decide<StockState> =>
  (state, context) =>
    receiveStock(state, { warehouseId, sku: id, quantity, unitCost }, context)

const reserve =
  (orderId: string, quantities: Quantities, attempt = 0): Decide<StockState> =>
  (state, context) => {
    const input = { warehouseId, orderId, attempt, lines: lines(quantities), expiresAt }
    return reserveStock(state, input, context)
  }

const release =
  (orderId: string, attempt = 0): Decide<StockState> =>
  (state) =>
    releaseReservation(state, { warehouseId, orderId, attempt, reason: 'cancelled' })

const issue =
  (orderId: string, fulfilmentId: string, quantities: Quantities): Decide<StockState> =>
  (state, context) =>
    issueStock(state, { warehouseId, orderId, fulfilmentId, lines: lines(quantities) }, context)

const received = (id: string, quantity: number, unitCost: string, amount: string) =>
  StockReceived({
    warehouseId,
    sku: id,
    quantity,
    unitCost,
    amount,
    journal: [
      { account: '1405', debit: amount },
      { account: '2202', credit: amount },
    ],
  })
const reserved = (orderId: string, quantities: Quantities, attempt = 0) =>
  StockReserved({ warehouseId, orderId, attempt, lines: lines(quantities), expiresAt })
const released = (orderId: string, quantities: Quantities, attempt = 0) =>
  ReservationReleased({
    warehouseId,
    orderId,
    attempt,
    lines: lines(quantities),
    reason: 'cancelled',
  })
const issued = (
  orderId: string,
  fulfilmentId: string,
  id: string,
  quantity: number,
  cost: string,
) =>
  StockIssued({
    warehouseId,
    orderId,
    fulfilmentId,
    lines: [{ sku: id, quantity, cost }],
    journal: [
      { account: '6401', debit: cost },
      { account: '1405', credit: cost },
    ],
  })

const milk = received('MILK', 100, '10.00', '1000.00')
const tea = received('TEA', 10, '20.00', '200.00')

test('a receipt grows inventory by its cost, rounded half up', async (t) => {
  warehouse(t)
    .when(receive('MILK', 3, '0.3350'))
    .then(received('MILK', 3, '0.3350', '1.01'))
})

test('goods that cost nothing are received without an entry', async (t) => {
  const free = { warehouseId, sku: 'MILK', quantity: 3, unitCost: '0', amount: '0.00', journal: [] }
  warehouse(t)
    .when(receive('MILK', 3, '0'))
    .then(StockReceived(free))
})

test('a receipt of an unknown SKU is refused', async (t) => {
  warehouse(t)
    .when(receive('COFFEE', 3, '1.00'))
    .refused('sku-unknown', { sku: 'COFFEE' })
})

test('a receipt in an unknown warehouse is refused', async (t) => {
  const { decision } = warehouse(t)
    .in({ reference: emptyReference })
    .when(receive('MILK', 3, '1.00'))
  t.match(decision, { refusal: { code: 'warehouse-unknown', kind: 'unknown' } })
})

test('a receipt whose value no amount could hold is refused', async (t) => {
  warehouse(t)
    .when(receive('MILK', 1_000_000_000, '999999999999999'))
    .refused('stock-too-large')
})

test('an order reserves all its lines', async (t) => {
  warehouse(t)
    .given(milk, tea)
    .when(reserve('O1', { MILK: 100, TEA: 5 }))
    .then(reserved('O1', { MILK: 100, TEA: 5 }))
})

test('an order reserves none of its lines if one is short, and the answer is recorded', async (t) => {
  warehouse(t)
    .given(milk, tea)
    .when(reserve('O1', { MILK: 1, TEA: 11 }))
    .then(
      ReservationRefused({
        warehouseId,
        orderId: 'O1',
        attempt: 0,
        shortages: [{ sku: 'TEA', wanted: 11, available: 10 }],
      }),
    )
    .when(reserve('O1', { MILK: 1, TEA: 11 }))
    .changesNothing()
})

test('two lines of one SKU are reserved together', async (t) => {
  const twice = [...lines({ MILK: 60 }), ...lines({ MILK: 60 })]
  const input = { warehouseId, orderId: 'O1', attempt: 0, lines: twice, expiresAt }
  warehouse(t)
    .given(milk)
    .when((state, context) => reserveStock(state, input, context))
    .then(
      ReservationRefused({
        warehouseId,
        orderId: 'O1',
        attempt: 0,
        shortages: [{ sku: 'MILK', wanted: 120, available: 100 }],
      }),
    )
})

test('what one order reserved is not available to another, until it is released', async (t) => {
  warehouse(t)
    .given(milk)
    .when(reserve('O1', { MILK: 60 }))
    .accepted()
    .when(reserve('O2', { MILK: 60 }))
    .accepted()
    .when(release('O1'))
    .then(released('O1', { MILK: 60 }))
    .when(reserve('O2', { MILK: 60 }, 1))
    .then(reserved('O2', { MILK: 60 }, 1))
})

test('reserving and releasing again change nothing', async (t) => {
  warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }))
    .when(reserve('O1', { MILK: 60 }))
    .changesNothing()
    .when(release('O1'))
    .accepted()
    .when(release('O1'))
    .changesNothing()
    .when(reserve('O1', { MILK: 60 }))
    .changesNothing()
})

test('a release that overtakes its reservation wins', async (t) => {
  warehouse(t)
    .given(milk)
    .when(release('O1'))
    .then(released('O1', {}))
    .when(reserve('O1', { MILK: 60 }))
    .changesNothing()
    .when(reserve('O1', { MILK: 60 }, 1))
    .then(reserved('O1', { MILK: 60 }, 1))
})

test('releasing a refused attempt changes nothing', async (t) => {
  warehouse(t)
    .when(reserve('O1', { MILK: 1 }))
    .accepted()
    .when(release('O1'))
    .changesNothing()
})

test('an order may hold several attempts, each released by itself', async (t) => {
  warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }), reserved('O1', { MILK: 30 }, 1))
    .when(release('O1'))
    .then(released('O1', { MILK: 60 }))
    .when(issue('O1', 'O1.1', { MILK: 30 }))
    .then(issued('O1', 'O1.1', 'MILK', 30, '300.00'))
})

const reduce =
  (orderId: string, quantities: Quantities, attempt: number): Decide<StockState> =>
  (state) =>
    reduceReservation(state, { warehouseId, orderId, attempt, lines: lines(quantities) })

const reduced = (orderId: string, quantities: Quantities, attempt: number) =>
  ReservationReduced({ warehouseId, orderId, attempt, lines: lines(quantities) })

test('what an amended order does not need is available again, once for each amendment', async (t) => {
  const { state } = warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }))
    .when(reduce('O1', { MILK: 20 }, 2))
    .then(reduced('O1', { MILK: 20 }, 2))
    .when(reduce('O1', { MILK: 20 }, 2))
    .changesNothing()
    .when(reduce('O1', { MILK: 10 }, 3))
    .then(reduced('O1', { MILK: 10 }, 3))
    .when(reserve('O2', { MILK: 70 }))
    .then(reserved('O2', { MILK: 70 }))
  t.match(levelOf(state, 'MILK'), { onHand: 100, reserved: 100 })
})

test('no more is given back than is still set aside, and nothing of other orders', async (t) => {
  warehouse(t)
    .given(milk, reserved('O1', { MILK: 20 }), reserved('O2', { MILK: 20 }))
    .when(reduce('O1', { MILK: 30, TEA: 1 }, 2))
    .then(reduced('O1', { MILK: 20 }, 2))
    .when(reduce('O1', { MILK: 1 }, 3))
    .then(reduced('O1', {}, 3))
    .when(release('O1'))
    .changesNothing()
})

test('only what is reserved for the order is issued', async (t) => {
  const { decision } = warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }), reserved('O2', { MILK: 40 }))
    .when(issue('O1', 'O1.1', { MILK: 61 }))
  t.match(decision, {
    refusal: {
      kind: 'state',
      code: 'not-reserved',
      decision: { inputs: { lines: [{ sku: 'MILK', wanted: 61, reserved: 60 }] } },
    },
  })
})

test('a partial issue leaves the rest reserved, and a release frees only that', async (t) => {
  warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }))
    .when(issue('O1', 'O1.1', { MILK: 20 }))
    .then(issued('O1', 'O1.1', 'MILK', 20, '200.00'))
    .when(release('O1'))
    .then(released('O1', { MILK: 40 }))
})

test('a fulfilment is issued once', async (t) => {
  warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }))
    .when(issue('O1', 'O1.1', { MILK: 60 }))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 60 }))
    .changesNothing()
    .when(release('O1'))
    .changesNothing()
})

test('each shipment of a fulfilment is issued once', async (t) => {
  const ship =
    (shipmentId: string): Decide<StockState> =>
    (state, context) => {
      const place = { warehouseId, orderId: 'O1', fulfilmentId: 'O1.1', shipmentId }
      return issueStock(state, { ...place, lines: lines({ MILK: 30 }) }, context)
    }
  const { state } = warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }))
    .when(ship('O1.1'))
    .accepted()
    .when(ship('O1.1.2'))
    .accepted()
    .when(ship('O1.1.2'))
    .changesNothing()
  t.match(levelOf(state, 'MILK'), { onHand: 40, reserved: 0 })
})

test('an issue bears the value date it is given', async (t) => {
  const input = { warehouseId, orderId: 'O1', fulfilmentId: 'O1.1', lines: lines({ MILK: 60 }) }
  const { decision } = warehouse(t)
    .given(milk, reserved('O1', { MILK: 60 }))
    .when((state, context) => issueStock(state, { ...input, effectiveOn: '2026-01-02' }, context))
  t.match(decision, { events: [{ type: 'StockIssued', effectiveOn: '2026-01-02' }] })
})

test('issues cost the rounded running total of the moving average; the last takes the rest', async (t) => {
  const { state } = warehouse(t)
    .given(
      received('MILK', 119, '10.00', '1190.00'),
      received('MILK', 1, '37.04', '37.04'),
      reserved('O1', { MILK: 120 }),
    )
    .when(issue('O1', 'O1.1', { MILK: 50 }))
    .then(issued('O1', 'O1.1', 'MILK', 50, '511.27'))
    .when(issue('O1', 'O1.2', { MILK: 70 }))
    .then(issued('O1', 'O1.2', 'MILK', 70, '715.77'))
  t.match(levelOf(state, 'MILK'), { onHand: 0, reserved: 0, value: '0.00' })
})

test('a receipt moves the average', async (t) => {
  warehouse(t)
    .given(received('MILK', 10, '1.00', '10.00'), reserved('O1', { MILK: 5 }))
    .when(issue('O1', 'O1.1', { MILK: 5 }))
    .then(issued('O1', 'O1.1', 'MILK', 5, '5.00'))
    .given(received('MILK', 5, '2.00', '10.00'), reserved('O2', { MILK: 4 }))
    .when(issue('O2', 'O2.1', { MILK: 4 }))
    .then(issued('O2', 'O2.1', 'MILK', 4, '6.00'))
})

test('units worth less than a cent are costed to the cent in the end', async (t) => {
  const given = warehouse(t).given(
    received('MILK', 3, '0.0034', '0.01'),
    reserved('O1', { MILK: 3 }),
  )
  const first = given.when(issue('O1', 'O1.1', { MILK: 1 })).accepted()
  t.equal(levelOf(first.state, 'MILK').value, '0.01')
  const second = first.when(issue('O1', 'O1.2', { MILK: 1 })).accepted()
  t.equal(levelOf(second.state, 'MILK').value, '0.00')
  const third = second.when(issue('O1', 'O1.3', { MILK: 1 })).accepted()
  t.equal(levelOf(third.state, 'MILK').value, '0.00')
})

test('falling below the safety level warns once, until enough is received', async (t) => {
  const warning = (available: number) =>
    SafetyLevelReached({ warehouseId, sku: 'TEA', available, safetyStock: 5 })
  warehouse(t)
    .given(tea)
    .when(reserve('O1', { TEA: 5 }))
    .then(reserved('O1', { TEA: 5 }))
    .when(reserve('O2', { TEA: 1 }))
    .then(reserved('O2', { TEA: 1 }), warning(4))
    .when(reserve('O3', { TEA: 1 }))
    .then(reserved('O3', { TEA: 1 }))
    .given(tea)
    .when(reserve('O4', { TEA: 10 }))
    .then(reserved('O4', { TEA: 10 }), warning(3))
})

test('orders that ended are remembered in bounded memory', async (t) => {
  const filled = REMEMBERED_ORDERS * 2 + 10
  const events = Array.from({ length: filled }, (_, index) => released(`X${index}`, {}))
  const remembered = applyEvents(stock, stock.initial, events)
  const { reservations, levels } = remembered
  t.equal(reservations.live.size, 0)
  t.ok(reservations.recent.size + reservations.older.size <= REMEMBERED_ORDERS * 2)
  const after = warehouse(t).given(milk).state
  const { decision } = warehouse(t).when((_, context) =>
    reserve(`X${filled - 1}`, { MILK: 1 })(
      { ...remembered, levels: after.levels.merge(levels) },
      context,
    ),
  )
  t.strictSame(decision, { accepted: true, events: [] })
})
