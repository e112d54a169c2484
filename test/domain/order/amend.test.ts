import { test } from 'tap'
import { amendOrder } from '../../../domain/order/amend.ts'
import {
  completeAmendment,
  planAmendment,
  refuseAmendment,
} from '../../../domain/order/amendment.ts'
import { ORDER_EVENTS, OrderBackordered } from '../../../domain/order/events.ts'
import { servedOf } from '../../../domain/order/serve.ts'
import { loseStock } from '../../../domain/order/stock-lost.ts'
import {
  asking,
  confirming,
  inShop,
  OPERATIONS,
  ORDER,
  orders,
  placing,
  stateAfter,
} from './shop.ts'

const MILK = (quantity: number) => ({ sku: 'MILK', quantity })
const TEA = (quantity: number) => ({ sku: 'TEA', quantity })

type State = ReturnType<typeof orders>['state']
type Context = ReturnType<typeof inShop>
const amend =
  (...lines: readonly { sku: string; quantity: number }[]) =>
  (state: State, context: Context) =>
    amendOrder(state, { orderId: ORDER, lines }, context)
const plan = (state: State, context: Context) => planAmendment(state, { orderId: ORDER }, context)
const complete = (state: State, context: Context) =>
  completeAmendment(state, { orderId: ORDER, amendment: 1 }, context)

const confirmed = (t: Parameters<typeof orders>[0]) => orders(t, inShop()).given(...confirming())

test('a confirmed order stands until its amendment is granted', async (t) => {
  const asked = confirmed(t)
    .when(amend(MILK(100), TEA(6)))
    .accepted()
  t.match(asked.state, { status: 'confirmed', total: '1419.99' })
  const planned = asked.when(plan).accepted()
  t.match(planned.state?.amendment?.plan, {
    attempt: 2,
    toHold: '1299.98',
    parts: [
      { fulfilmentId: `${ORDER}.1`, warehouseId: 'SH', release: [MILK(20)], reserve: [] },
      { fulfilmentId: `${ORDER}.2`, warehouseId: 'BJ', reserve: [TEA(3)], release: [] },
    ],
  })
  const granted = planned.when(complete).accepted()
  t.match(granted.state, {
    total: '1299.98',
    amendment: undefined,
    fulfilments: [{ left: [MILK(100)] }, { left: [TEA(6)] }],
  })
  granted.when(complete).changesNothing().when(plan).changesNothing()
})

test('the same lines at the same prices change nothing', async (t) => {
  confirmed(t)
    .when(amend(MILK(120), TEA(3)))
    .changesNothing()
})

test('an amendment that is pending is the only one', async (t) => {
  const asked = confirmed(t)
    .when(amend(MILK(1)))
    .accepted()
  asked.when(amend(MILK(2))).refused('amendment-pending', { amendment: 1 })
})

test('what no warehouse has is refused when it is planned; refusing again changes nothing', async (t) => {
  const refused = confirmed(t)
    .when(amend(MILK(2000)))
    .accepted()
    .when(plan)
    .accepted()
  t.match(refused.state, { amendment: undefined, total: '1419.99' })
  const again = { orderId: ORDER, amendment: 1, code: 'late', message: 'late' }
  refused.when((state, context) => refuseAmendment(state, again, context)).changesNothing()
})

test('an order that is being decided or has ended is not amended', async (t) => {
  orders(t, inShop())
    .given(...placing())
    .when(amend(MILK(1)))
    .refused('order-not-amendable', { status: 'placed' })
})

test('an order that waits for stock is amended at once, and waits for its old lines no more', async (t) => {
  const waiting = OrderBackordered({
    ...{ orderId: ORDER, dealerId: 'D1', attempt: 1, since: '2026-01-05T00:00:00.000Z' },
    shortages: [{ sku: 'MILK', wanted: 120, missing: 20 }],
    ...{ shipToRegion: 'East', warehouseIds: ['SH'] },
  })
  const { decision } = orders(t, inShop())
    .given(...placing(), waiting)
    .when(amend(TEA(1)))
  t.match(decision, {
    events: [{ data: { replan: 2, waitedFor: ['MILK'], fulfilments: [], total: '33.33' } }],
  })
})

test('charges stay; prices are those of the day', async (t) => {
  const charges = [{ kind: 'freight', amount: '32.38', taxRate: '0.09' }] as const
  const placed = confirming(asking({ charges }), inShop({ actor: OPERATIONS }))
  const { decision } = orders(t, inShop())
    .given(...placed)
    .when(amend(TEA(1)))
  t.match(decision, { events: [{ data: { total: '65.71', charges: [{ amount: '32.38' }] } }] })
})

test('the first part of a line and the rest of it add up, gross and net alike', async (t) => {
  const { lines } = stateAfter(...placing(asking({ lines: [MILK(120)] })))
  const [line] = lines
  if (!line) throw new Error('there is no line')
  const whole = { lines: [{ ...line, amount: '1227.04', net: '1085.88' }], charges: [] }
  const served = servedOf(whole, [{ sku: 'MILK', wanted: 120, missing: 70 }])
  t.match(served, { total: '511.27', net: '452.45', tax: '58.82', dropped: [MILK(70)] })
})

test('lost stock is no more than what is still to be shipped, and said once', async (t) => {
  const lose = (state: State, context: Context) =>
    loseStock(state, { orderId: ORDER, warehouseId: 'SH', attempt: 1, lines: [MILK(500)] }, context)
  const lost = confirmed(t).when(lose).accepted()
  t.match(lost.state, {
    status: 'review',
    lost: [MILK(120)],
    fulfilments: [{ stage: 'cancelled', left: [] }, { stage: 'allocated' }],
  })
  lost.when(lose).changesNothing()
})

test('what is written of an amendment fits its schema', async (t) => {
  const asked = confirmed(t).when(amend(MILK(100), TEA(6)))
  const planned = asked.accepted().when(plan)
  const granted = planned.accepted().when(complete)
  for (const { decision } of [asked, planned, granted]) {
    for (const { type, data } of decision.accepted ? decision.events : []) {
      const schema = ORDER_EVENTS.find(({ eventType }) => eventType === type)?.schema
      t.doesNotThrow(() => schema?.parse(data), type)
    }
  }
})
