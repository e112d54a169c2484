/** Orders and their fulfilments, as they are now. */

import { PaymentReceived } from '../domain/facility/cash-events.ts'
import { HoldPlaced, HoldReleased } from '../domain/facility/credit-events.ts'
import { type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import type { SkuQuantity } from '../domain/kernel/lines.ts'
import {
  AmendmentRefused,
  AmendmentRequested,
  FulfilmentPlanned,
  FulfilmentStockLost,
  OrderAmended,
  OrderBackordered,
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderLapsed,
  OrderPlaced,
  OrderRejected,
  PaymentAwaited,
  RemainderCancelled,
} from '../domain/order/events.ts'
import {
  FulfilmentDelayed,
  FulfilmentDelivered,
  FulfilmentInTransit,
  FulfilmentLate,
  FulfilmentPicked,
  FulfilmentShipped,
} from '../domain/order/fulfilment-events.ts'
import {
  cancellationReason,
  partialReason,
  reasonOf,
  shortageReason,
} from '../domain/order/reasons.ts'
import { OrderApproved, ReviewRequested } from '../domain/order/review-events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function patchOrder({ streamId, revision }: RecordedEvent, set: Row = {}): Change {
  return { op: 'patch', table: 'orders', key: { order_id: streamId }, set: { ...set, revision } }
}

function patchFulfilment(fulfilmentId: string, set: Row): Change {
  return { op: 'patch', table: 'fulfilments', key: { fulfilment_id: fulfilmentId }, set }
}

type Cancelled = Readonly<{
  reason?: string | undefined
  code?: string | undefined
  fulfilments: readonly Readonly<{ fulfilmentId: string; becomes: 'cancelled' | 'shipped' }>[]
}>

function cancelledParts({ fulfilments }: Cancelled): Change[] {
  return fulfilments.map(({ fulfilmentId, becomes }) =>
    patchFulfilment(
      fulfilmentId,
      becomes === 'cancelled' ? { status: becomes, late_on: null } : { status: becomes },
    ),
  )
}

type Heard = Readonly<{ fulfilmentId: string; expectedOn?: string | undefined }>

/** What was said of a fulfilment on its way, and the day it is expected on if that was said as well. */
function heard({ fulfilmentId, expectedOn }: Heard, set: Row): Change {
  const expected = expectedOn === undefined ? {} : { expected_on: expectedOn }
  return patchFulfilment(fulfilmentId, { ...set, ...expected })
}

type Totals = Readonly<{
  lines: readonly unknown[]
  charges: readonly unknown[]
  total: string
  net: string
  tax: string
}>

function totalsRow({ lines, charges, total, net, tax }: Totals): Row {
  return { lines, charges, total, net, tax }
}

/** An order that is confirmed for less than was asked. */
function reducedRow(served: Totals & Readonly<{ dropped: readonly SkuQuantity[] }>): Row {
  return { ...totalsRow(served), status_reason: partialReason(served.dropped) }
}

/** An order that is not confirmed yet is planned anew, or goes to review. */
function amendedRow(data: Totals & Readonly<{ fulfilments: readonly unknown[] }>): Row {
  const again = data.fulfilments.length > 0 ? {} : { status: 'placed', status_reason: null }
  return { ...totalsRow(data), ...again, awaiting_payment: null }
}

type Amended = Readonly<{
  orderId: string
  amendment: number
  total: string
  lines: readonly unknown[]
}>

function amendment(
  { data, metadata }: RecordedEvent<string, Amended>,
  status: 'requested' | 'review' | 'granted',
): Change {
  return {
    op: 'put',
    table: 'amendments',
    row: {
      order_id: data.orderId,
      amendment: data.amendment,
      status,
      reason: null,
      total: data.total,
      lines: data.lines,
      at: metadata.recordedAt,
    },
  }
}

type Part = Readonly<{
  fulfilmentId: string
  warehouseId: string
  lines: readonly Readonly<{ sku: string; quantity: number }>[]
}>

/** A fulfilment after an amendment: a new one, or one that keeps what it was but for its lines. */
function fulfilmentNow(orderId: string, { fulfilmentId, warehouseId, lines }: Part): Change {
  return {
    op: 'add',
    table: 'fulfilments',
    key: { fulfilment_id: fulfilmentId },
    add: {},
    set: { order_id: orderId, warehouse_id: warehouseId, lines },
  }
}

/** Money that came for a prepaid order, and is kept for it. */
function keptFor(orderId: string, received: string): Change {
  return { op: 'add', table: 'prepayments', key: { order_id: orderId }, add: { received } }
}

export const orders = readModel({
  name: 'orders',
  version: 4,
  tables: {
    orders: {
      columns: {
        order_id: { type: 'text' },
        order_number: { type: 'text' },
        dealer_id: { type: 'text' },
        status: { type: 'text' },
        status_reason: { type: 'jsonb', nullable: true },
        total: { type: 'numeric' },
        net: { type: 'numeric' },
        tax: { type: 'numeric' },
        payment: { type: 'text' },
        ship_to_region: { type: 'text' },
        requested_on: { type: 'date', nullable: true },
        note: { type: 'text', nullable: true },
        lines: { type: 'jsonb' },
        charges: { type: 'jsonb' },
        /** What a prepaid order waits for: how much, and until when. */
        awaiting_payment: { type: 'jsonb', nullable: true },
        placed_at: { type: 'timestamptz' },
        placed_on: { type: 'date' },
        position: { type: 'bigint' },
        revision: { type: 'bigint' },
      },
      key: ['order_id'],
      indexes: [['position'], ['dealer_id', 'position'], ['status', 'position'], ['order_number']],
    },
    fulfilments: {
      columns: {
        fulfilment_id: { type: 'text' },
        order_id: { type: 'text' },
        warehouse_id: { type: 'text' },
        status: { type: 'text', default: 'allocated' },
        lines: { type: 'jsonb' },
        carrier: { type: 'text', nullable: true },
        tracking_number: { type: 'text', nullable: true },
        shipped_on: { type: 'date', nullable: true },
        delivered_on: { type: 'date', nullable: true },
        /** What a carrier said last: when, and where. */
        transit: { type: 'jsonb', nullable: true },
        /** What was said last about being late: why, and when. */
        delay: { type: 'jsonb', nullable: true },
        /** As a carrier or the warehouse said; null: as the order asked. */
        expected_on: { type: 'date', nullable: true },
        /** The day it was expected on and missed; null once it has ended. */
        late_on: { type: 'date', nullable: true },
      },
      key: ['fulfilment_id'],
      indexes: [['order_id'], ['late_on']],
    },
    amendments: {
      columns: {
        order_id: { type: 'text' },
        amendment: { type: 'integer' },
        /** requested, review, granted, refused */
        status: { type: 'text' },
        reason: { type: 'jsonb', nullable: true },
        total: { type: 'numeric' },
        lines: { type: 'jsonb' },
        at: { type: 'timestamptz' },
      },
      key: ['order_id', 'amendment'],
    },
    prepayments: {
      columns: { order_id: { type: 'text' }, received: { type: 'numeric' } },
      key: ['order_id'],
    },
    shipments: {
      columns: {
        shipment_id: { type: 'text' },
        fulfilment_id: { type: 'text' },
        order_id: { type: 'text' },
        /** counts those of the order */
        shipment: { type: 'integer' },
        lines: { type: 'jsonb' },
        carrier: { type: 'text' },
        tracking_number: { type: 'text' },
        shipped_on: { type: 'date' },
      },
      key: ['shipment_id'],
      indexes: [['order_id']],
    },
    parcels: {
      columns: {
        carrier: { type: 'text' },
        tracking_number: { type: 'text' },
        fulfilment_id: { type: 'text' },
      },
      key: ['carrier', 'tracking_number', 'fulfilment_id'],
    },
  },
  handlers: [
    on(OrderPlaced, ({ data, metadata, position, revision }) => [
      {
        op: 'put',
        table: 'orders',
        row: {
          order_id: data.orderId,
          order_number: data.orderNumber,
          dealer_id: data.dealerId,
          status: 'placed',
          status_reason: null,
          total: data.total,
          net: data.net,
          tax: data.tax,
          payment: data.payment,
          ship_to_region: data.shipToRegion,
          requested_on: data.requestedOn ?? null,
          note: data.note ?? null,
          lines: data.lines,
          charges: data.charges,
          awaiting_payment: null,
          placed_at: data.placedAt,
          placed_on: metadata.bookedOn,
          position,
          revision,
        },
      },
    ]),
    on(FulfilmentPlanned, (event) => [
      patchOrder(event, { status: 'placed', status_reason: null, awaiting_payment: null }),
    ]),
    on(OrderBackordered, (event) => {
      const status_reason = shortageReason(event.data.shortages)
      return [patchOrder(event, { status: 'backordered', status_reason })]
    }),
    on(PaymentAwaited, (event) => {
      const { amount, until } = event.data
      return [patchOrder(event, { awaiting_payment: { amount, until } })]
    }),
    on(PaymentReceived, ({ data: { earmarked = [] } }) =>
      earmarked.map(({ orderId, amount }) => keptFor(orderId, amount)),
    ),
    on(HoldPlaced, ({ data: { orderId, earmarked } }) =>
      earmarked === undefined ? [] : [keptFor(orderId, earmarked)],
    ),
    on(HoldReleased, ({ data: { orderId, prepaymentFreed } }) =>
      prepaymentFreed === undefined ? [] : [keptFor(orderId, `-${prepaymentFreed}`)],
    ),
    on(OrderLapsed, (event) => [
      patchOrder(event, {
        status: 'lapsed',
        status_reason: reasonOf(event.data),
        awaiting_payment: null,
      }),
    ]),
    on(AmendmentRequested, (event) => [
      patchOrder(event),
      amendment(event, event.data.inReview ? 'review' : 'requested'),
    ]),
    on(OrderAmended, (event) => [
      patchOrder(event, amendedRow(event.data)),
      amendment(event, 'granted'),
      ...event.data.fulfilments.map((fulfilment) => fulfilmentNow(event.data.orderId, fulfilment)),
      ...event.data.gone.map((id) => patchFulfilment(id, { status: 'cancelled', late_on: null })),
    ]),
    on(AmendmentRefused, (event) => [
      patchOrder(event, { awaiting_payment: null }),
      {
        op: 'patch',
        table: 'amendments',
        key: { order_id: event.data.orderId, amendment: event.data.amendment },
        set: { status: 'refused', reason: reasonOf(event.data) },
      },
    ]),
    on(FulfilmentStockLost, (event) => {
      const { fulfilmentId, lines, becomes } = event.data
      return [
        patchOrder(event),
        patchFulfilment(fulfilmentId, { lines, ...(becomes && { status: becomes }) }),
      ]
    }),
    on(OrderConfirmed, (event) => [
      patchOrder(event, {
        status: 'confirmed',
        awaiting_payment: null,
        ...(event.data.reducedTo && reducedRow(event.data.reducedTo)),
      }),
      ...event.data.fulfilments.map(
        ({ fulfilmentId, warehouseId, lines }): Change => ({
          op: 'put',
          table: 'fulfilments',
          row: {
            fulfilment_id: fulfilmentId,
            order_id: event.data.orderId,
            warehouse_id: warehouseId,
            status: 'allocated',
            lines,
            carrier: null,
            tracking_number: null,
            shipped_on: null,
            delivered_on: null,
          },
        }),
      ),
    ]),
    on(ReviewRequested, (event) => {
      const { amendment, reasons } = event.data
      const [reason] = reasons
      const set = { status: 'review', status_reason: reason ?? null }
      return [patchOrder(event, amendment === undefined ? set : {})]
    }),
    on(OrderApproved, (event) => {
      const { amendment, resumes } = event.data
      const set = { status: resumes, status_reason: null }
      return [patchOrder(event, amendment === undefined ? set : {})]
    }),
    on(OrderRejected, (event) => {
      return [patchOrder(event, { status: 'rejected', status_reason: reasonOf(event.data) })]
    }),
    on(OrderCancelled, (event) => [
      patchOrder(event, {
        status: 'cancelled',
        status_reason: cancellationReason(event.data),
        awaiting_payment: null,
      }),
      ...cancelledParts(event.data),
    ]),
    on(RemainderCancelled, (event) => [
      patchOrder(event, { status_reason: cancellationReason(event.data) }),
      ...cancelledParts(event.data),
    ]),
    on(FulfilmentPicked, (event) => [
      patchOrder(event),
      patchFulfilment(event.data.fulfilmentId, { status: 'picked' }),
    ]),
    on(FulfilmentShipped, (event) => {
      const { orderId, fulfilmentId, carrier, trackingNumber, left } = event.data
      const shippedOn = valueDateOf(event)
      return [
        patchOrder(event, { status: 'shipping' }),
        patchFulfilment(fulfilmentId, {
          carrier,
          tracking_number: trackingNumber,
          shipped_on: shippedOn,
          ...(left.length === 0 ? { status: 'shipped' } : {}),
        }),
        {
          op: 'put',
          table: 'shipments',
          row: {
            shipment_id: event.data.shipmentId,
            fulfilment_id: fulfilmentId,
            order_id: orderId,
            shipment: event.data.shipment,
            lines: event.data.lines.map(({ sku, quantity }) => ({ sku, quantity })),
            carrier,
            tracking_number: trackingNumber,
            shipped_on: shippedOn,
          },
        },
        {
          op: 'put',
          table: 'parcels',
          row: { carrier, tracking_number: trackingNumber, fulfilment_id: fulfilmentId },
        },
      ]
    }),
    on(FulfilmentInTransit, (event) => {
      const { carrier, trackingNumber, place, seenAt } = event.data
      const transit = { carrier, trackingNumber, seenAt, ...(place && { place }) }
      return [patchOrder(event), heard(event.data, { transit })]
    }),
    on(FulfilmentDelayed, (event) => {
      const { reason, expectedOn } = event.data
      const delay = { ...(reason && { reason }), ...(expectedOn && { expectedOn }) }
      return [patchOrder(event), heard(event.data, { status: 'delayed', delay })]
    }),
    on(FulfilmentLate, (event) => [
      patchOrder(event),
      patchFulfilment(event.data.fulfilmentId, { late_on: event.data.expectedOn }),
    ]),
    on(FulfilmentDelivered, (event) => [
      patchOrder(event),
      patchFulfilment(event.data.fulfilmentId, {
        status: 'delivered',
        delivered_on: valueDateOf(event),
        late_on: null,
      }),
    ]),
    on(OrderCompleted, (event) => [patchOrder(event, { status: 'completed' })]),
  ],
  every: (event) => (event.category === 'order' ? [patchOrder(event)] : []),
})
