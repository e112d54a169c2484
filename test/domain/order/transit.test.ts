import fc from 'fast-check'
import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { cancelOrder } from '../../../domain/order/cancel.ts'
import { delayFulfilment, deliverFulfilment } from '../../../domain/order/carry.ts'
import { OrderCompleted } from '../../../domain/order/events.ts'
import {
  FulfilmentDelayed,
  FulfilmentDelivered,
  FulfilmentInTransit,
  FulfilmentLate,
  ParcelDelivered,
} from '../../../domain/order/fulfilment-events.ts'
import { order } from '../../../domain/order/order.ts'
import { shipFulfilment } from '../../../domain/order/ship.ts'
import type { OrderState } from '../../../domain/order/state.ts'
import type { CarrierReport } from '../../../domain/order/transit.ts'
import { hearCarrier, warnLate } from '../../../domain/order/transit.ts'
import { applyEvents } from '../../support/given.ts'
import { asking, confirming, inShop, ORDER, orders, stateAfter } from './shop.ts'

const ONE = `${ORDER}.1`
const SF1 = { carrier: 'SF', trackingNumber: 'SF1' }
const SF2 = { carrier: 'SF', trackingNumber: 'SF2' }
const asked = asking({ lines: [{ sku: 'MILK', quantity: 50 }], requestedOn: '2026-01-07' })

type Decide = Parameters<ReturnType<typeof orders>['when']>[0]

const says =
  (what: CarrierReport['what'], at: string, more: Partial<CarrierReport> = {}): Decide =>
  (state, context) =>
    hearCarrier(state, { fulfilmentId: ONE, ...SF1, what, at, ...more }, context)

const ships =
  (quantity: number, by = SF1): Decide =>
  (state, context) =>
    shipFulfilment(state, { fulfilmentId: ONE, ...by, lines: [{ sku: 'MILK', quantity }] }, context)

const warns =
  (expectedOn: string): Decide =>
  (state) =>
    warnLate(state, { fulfilmentId: ONE, expectedOn })

const confirmed = (t: Parameters<typeof orders>[0]) =>
  orders(t, inShop()).given(...confirming(asked))
const shipped = (t: Parameters<typeof orders>[0]) => confirmed(t).when(ships(50)).accepted()

test('a carrier says where the goods are, and that they are there', (t) => {
  shipped(t)
    .when(
      says('in-transit', '2026-01-05T01:00:00Z', { place: 'Hangzhou', expectedOn: '2026-01-06' }),
    )
    .then(
      FulfilmentInTransit({
        ...{ orderId: ORDER, fulfilmentId: ONE, ...SF1 },
        ...{ expectedOn: '2026-01-06', place: 'Hangzhou', seenAt: '2026-01-05T01:00:00.000Z' },
      }),
    )
    .when(says('delayed', '2026-01-05T01:30:00Z', { reason: 'snow', expectedOn: '2026-01-08' }))
    .then(
      FulfilmentDelayed({
        ...{ orderId: ORDER, fulfilmentId: ONE, ...SF1 },
        ...{ expectedOn: '2026-01-08', reason: 'snow', saidAt: '2026-01-05T01:30:00.000Z' },
      }),
    )
    .when(says('delivered', '2026-01-05T01:59:00Z'))
    .then(
      ParcelDelivered({
        ...{ orderId: ORDER, fulfilmentId: ONE, ...SF1 },
        ...{ deliveredAt: '2026-01-05T01:59:00.000Z', deliveredOn: '2026-01-05' },
      }),
      FulfilmentDelivered({ orderId: ORDER, fulfilmentId: ONE }),
      OrderCompleted({ orderId: ORDER }),
    )
  t.end()
})

test('what is older than what was heard, or comes after the delivery, changes nothing', (t) => {
  shipped(t)
    .when(says('delayed', '2026-01-05T01:30:00Z'))
    .accepted()
    .when(says('delayed', '2026-01-05T01:30:00.000Z'))
    .changesNothing()
    .when(says('in-transit', '2026-01-05T01:00:00Z'))
    .changesNothing()
    .when(says('delivered', '2026-01-05T00:00:00Z'))
    .accepted()
    .when(says('in-transit', '2026-01-05T01:40:00Z'))
    .changesNothing()
    .when(says('delivered', '2026-01-05T01:40:00Z'))
    .changesNothing()
  t.end()
})

test('a carrier whose clock is ahead does not silence what it says later', (t) => {
  shipped(t)
    .when(says('in-transit', '2031-01-01T00:00:00Z'))
    .accepted()
    .in({ now: '2026-01-05T03:00:00.000Z' })
    .when(says('delayed', '2026-01-05T02:30:00Z'))
    .accepted()
  t.end()
})

test('a fulfilment is delivered with its last parcel, on that day', (t) => {
  confirmed(t)
    .when(ships(20))
    .accepted()
    .when(says('delivered', '2026-01-05T01:00:00Z'))
    .then(
      ParcelDelivered({
        ...{ orderId: ORDER, fulfilmentId: ONE, ...SF1 },
        ...{ deliveredAt: '2026-01-05T01:00:00.000Z', deliveredOn: '2026-01-05' },
      }),
    )
    .when(ships(30, SF2))
    .accepted()
    .in({ today: '2026-01-08', now: '2026-01-08T02:00:00.000Z' })
    .when(says('delivered', '2026-01-06T01:00:00Z', SF2))
    .then(
      ParcelDelivered({
        ...{ orderId: ORDER, fulfilmentId: ONE, ...SF2 },
        ...{ deliveredAt: '2026-01-06T01:00:00.000Z', deliveredOn: '2026-01-06' },
      }),
      FulfilmentDelivered({ orderId: ORDER, fulfilmentId: ONE }, { effectiveOn: '2026-01-06' }),
      OrderCompleted({ orderId: ORDER }),
    )
  t.end()
})

test('cancelling what never left completes an order whose parcels are all there', (t) => {
  t.equal(endedWith(['ship20', 'delivered', 'cancel'])?.status, 'completed')
  t.equal(endedWith(['ship20', 'cancel'])?.status, 'shipping')
  t.equal(endedWith(['ship20', 'cancel', 'delivered'])?.status, 'completed')
  t.end()
})

function endedWith(steps: readonly ('ship20' | 'delivered' | 'cancel')[]) {
  const decide: Readonly<Record<(typeof steps)[number], Decide>> = {
    ship20: ships(20),
    delivered: says('delivered', '2026-01-05T01:00:00Z'),
    cancel: (state, context) => cancelOrder(state, { orderId: ORDER }, context),
  }
  return steps.reduce<OrderState>(
    (state, step) => after(state, decide[step]),
    stateAfter(...confirming(asked)),
  )
}

function after(state: OrderState, decide: Decide): OrderState {
  const decision = decide(state, inShop())
  if (!decision.accepted) throw new Error(decision.refusal.message)
  return applyEvents(order, state, decision.events)
}

test('a delivery is booked neither in the future nor before what may be backdated', (t) => {
  const dayOf = (at: string, now: string) => {
    const state = after(stateAfter(...confirming(asked)), ships(50))
    const decision = says('delivered', at)(state, inShop({ now }))
    const [handed] = decision.accepted ? decision.events : []
    return handed && ParcelDelivered.schema.parse(handed.data).deliveredOn
  }
  t.equal(dayOf('2026-01-09T00:00:00Z', '2026-01-09T02:00:00.000Z'), '2026-01-05', 'the open day')
  t.equal(dayOf('2020-01-01T00:00:00Z', '2026-01-05T02:00:00.000Z'), '2025-10-07', '90 days back')
  t.equal(dayOf('2026-01-03T17:00:00Z', '2026-01-05T02:00:00.000Z'), '2026-01-04', 'in Shanghai')
  t.end()
})

test('a parcel that was never shipped is unknown', (t) => {
  shipped(t)
    .when(says('in-transit', '2026-01-05T01:00:00Z', SF2))
    .refused('tracking-number-unknown')
  confirmed(t).when(says('delivered', '2026-01-05T01:00:00Z')).refused('tracking-number-unknown')
  orders(t).when(says('delivered', '2026-01-05T01:00:00Z')).refused('order-unknown')
  t.end()
})

test('a fulfilment is warned of once for each day it was expected on', (t) => {
  const late = (expectedOn: string): DecidedEvent =>
    FulfilmentLate({ orderId: ORDER, fulfilmentId: ONE, expectedOn })
  const isLate = confirmed(t)
    .when(warns('2026-01-07'))
    .then(late('2026-01-07'))
    .when(warns('2026-01-07'))
    .changesNothing()
    .when((state) => delayFulfilment(state, { fulfilmentId: ONE, expectedOn: '2026-01-09' }))
    .accepted()
    .when(warns('2026-01-07'))
    .changesNothing()
    .when(warns('2026-01-09'))
    .then(late('2026-01-09'))
  isLate
    .when(ships(50))
    .accepted()
    .when((state, context) => deliverFulfilment(state, { fulfilmentId: ONE }, context))
    .accepted()
    .when(warns('2026-01-09'))
    .changesNothing()
  t.end()
})

const report = fc.record({
  what: fc.constantFrom('in-transit' as const, 'delayed' as const, 'delivered' as const),
  at: fc.integer({ min: 0, max: 6 }).map((hour) => `2026-01-04T0${hour}:00:00Z`),
  parcel: fc.constantFrom(SF1, SF2),
})

test('whatever carriers say, in any order, ends with one delivery, and saying it again changes nothing', (t) => {
  fc.assert(
    fc.property(fc.array(report, { maxLength: 12 }), (reports) => {
      const lastWords = [SF1, SF2].map((parcel) => ({
        ...{ what: 'delivered' as const, at: '2026-01-04T07:00:00Z', parcel },
      }))
      let state = after(after(stateAfter(...confirming(asked)), ships(20)), ships(30, SF2))
      let completions = 0
      for (const { what, at, parcel } of [...reports, ...lastWords]) {
        const decision = says(what, at, parcel)(state, inShop())
        if (!decision.accepted) return false
        completions += decision.events.filter(({ type }) => type === 'OrderCompleted').length
        state = applyEvents(order, state, decision.events)
        const again = says(what, at, parcel)(state, inShop())
        if (!again.accepted || again.events.length > 0) return false
      }
      return completions === 1 && state?.status === 'completed'
    }),
  )
  t.end()
})
