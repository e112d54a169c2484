/** An order as its decisions see it: what of it is planned, confirmed, shipped and delivered. */

import type { Aggregate, EventContext } from '../kernel/aggregate.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type {
  Charge,
  FulfilmentShipped,
  OrderCancelled,
  OrderConfirmed,
  OrderEvent,
  OrderPlaced,
  Part,
  PaymentKind,
  Shortage,
} from './events.ts'
import { ORDER_EVENTS } from './events.ts'
import type { Reviewed } from './review-state.ts'
import {
  afterReview,
  approved,
  authored,
  escalated,
  REVIEW_VOID,
  reviewRequested,
  stepApproved,
  unreviewed,
} from './review-state.ts'

export type OrderStatus =
  | 'placed'
  | 'review'
  | 'backordered'
  | 'confirmed'
  | 'shipping'
  | 'completed'
  | 'rejected'
  | 'cancelled'
  | 'lapsed'

/** How far a fulfilment is; `shipped` once nothing of it is left in the warehouse. */
export type FulfilmentStage = 'allocated' | 'picked' | 'shipped' | 'delivered' | 'cancelled'

/** A line over all fulfilments; a SKU stands in one line only. */
export type OrderedLine = Readonly<{
  sku: string
  quantity: number
  divisible: boolean
  amount: string
  net: string
  /** Base units shipped so far. */
  shipped: number
}>

/** What a carrier has under one tracking number. */
export type Parcel = Readonly<{
  carrier: string
  trackingNumber: string
  /** What the carrier said last, by its own clock. */
  heard: Readonly<{ what: 'in-transit' | 'delayed'; at: string }> | undefined
  /** Undefined: it is on its way. */
  deliveredOn: string | undefined
}>

export type Fulfilment = Readonly<{
  fulfilmentId: string
  warehouseId: string
  stage: FulfilmentStage
  /** What was said last about being late; undefined: nothing. */
  delay: Readonly<{ reason?: string | undefined; expectedOn?: string | undefined }> | undefined
  /** The day by whose end it is to be there: as was said last, else as the order asked. */
  expectedOn: string | undefined
  /** The expected day that a warning was raised for last. */
  lateFor: string | undefined
  parcels: readonly Parcel[]
  shipments: number
  /** What is still to be shipped of it, in base units. */
  left: readonly Readonly<{ sku: string; quantity: number }>[]
}>

export type Plan = Readonly<{
  attempt: number
  parts: readonly Part[]
  shortages: readonly Shortage[]
}>

export type Order = Reviewed & OrderItself

type OrderItself = Readonly<{
  orderId: string
  dealerId: string
  facilityId: string
  shipToRegion: string
  payment: PaymentKind
  total: string
  requestedOn: string | undefined
  status: OrderStatus
  lines: readonly OrderedLine[]
  charges: readonly Charge[]
  plan: Plan | undefined
  fulfilments: readonly Fulfilment[]
  /** Shipments of all fulfilments so far. */
  shipments: number
}>

/** Undefined before the order is placed. */
export type OrderState = Order | undefined

const initial: OrderState = undefined

export const order: Aggregate<OrderState> = aggregate<OrderState>({
  category: 'order',
  version: 2,
  events: ORDER_EVENTS,
  initial,
  evolve: fold<OrderState, OrderEvent>({
    OrderPlaced: (_, data, { metadata }) => placed(data, unreviewed(metadata.actor)),
    FulfilmentPlanned: on((state, { attempt, parts, shortages }) => ({
      ...state,
      status: afterReview(state),
      review: undefined,
      plan: { attempt, parts, shortages },
    })),
    OrderBackordered: on((state) => ({ ...state, status: 'backordered' })),
    ReviewRequested: on((state, data) => ({
      ...state,
      ...reviewRequested(state, data, state.status),
      status: data.amendment === undefined ? 'review' : state.status,
    })),
    ReviewStepApproved: on((state, data, { metadata }) => ({
      ...state,
      ...stepApproved(state, data, metadata.actor),
    })),
    ReviewEscalated: on((state, data) => ({ ...state, ...escalated(state, data) })),
    OrderApproved: on((state, data) => ({
      ...state,
      ...approved(state, data),
      status: afterReview(state),
    })),
    OrderLapsed: on((state) => ({ ...state, ...REVIEW_VOID, status: 'lapsed' })),
    AmendmentRequested: on((state, _, { metadata }) => ({
      ...state,
      ...authored(state, metadata.actor),
    })),
    OrderAmended: on((state, { fulfilments }, { metadata }) => ({
      ...state,
      ...authored(state, metadata.actor),
      ...(fulfilments.length === 0 && REVIEW_VOID), // not confirmed: nothing was granted yet
      status: afterReview(state),
    })),
    AmendmentRefused: on((state, { amendment }) => ({
      ...state,
      review: state.review?.amendment === amendment ? undefined : state.review,
    })),
    OrderConfirmed: on(confirmed),
    OrderRejected: on((state) => ({ ...state, ...REVIEW_VOID, status: 'rejected' })),
    OrderCancelled: on((state, data) => ({
      ...withoutRemainder(state, data),
      ...REVIEW_VOID,
      status: 'cancelled',
    })),
    RemainderCancelled: on((state, data) => ({
      ...withoutRemainder(state, data),
      ...REVIEW_VOID,
      status: afterReview(state),
    })),
    FulfilmentPicked: on((state, { fulfilmentId }) =>
      withFulfilment(state, fulfilmentId, { stage: 'picked' }),
    ),
    FulfilmentShipped: on(shipped),
    FulfilmentInTransit: on((state, data) =>
      heard(state, data, { what: 'in-transit', at: data.seenAt }),
    ),
    FulfilmentLate: on((state, { fulfilmentId, expectedOn }) =>
      withFulfilment(state, fulfilmentId, { lateFor: expectedOn }),
    ),
    FulfilmentDelayed: on((state, data) => {
      const { fulfilmentId, reason, expectedOn, saidAt } = data
      const told = saidAt === undefined ? undefined : { what: 'delayed' as const, at: saidAt }
      return withFulfilment(heard(state, data, told), fulfilmentId, {
        delay: { reason, expectedOn },
      })
    }),
    ParcelDelivered: on((state, data) =>
      withParcel(state, data, { deliveredOn: data.deliveredOn }),
    ),
    FulfilmentDelivered: on((state, { fulfilmentId }) =>
      withFulfilment(state, fulfilmentId, { stage: 'delivered' }),
    ),
    OrderCompleted: on((state) => ({ ...state, status: 'completed' })),
  }),
})

/** A change of an order that is there; an event of one that is not changes nothing. */
function on<Data>(change: (state: Order, data: Data, context: EventContext) => Order) {
  return (state: OrderState, data: Data, context: EventContext): OrderState =>
    state && change(state, data, context)
}

function placed(data: EventOf<typeof OrderPlaced>['data'], reviewed: Reviewed): Order {
  const { orderId, dealerId, facilityId, shipToRegion, payment, total, charges, requestedOn } = data
  return {
    ...reviewed,
    orderId,
    dealerId,
    facilityId,
    shipToRegion,
    payment,
    total,
    requestedOn,
    status: 'placed',
    lines: data.lines.map(({ sku, quantity, divisible, amount, net }) => ({
      sku,
      quantity,
      divisible,
      amount,
      net,
      shipped: 0,
    })),
    charges,
    plan: undefined,
    fulfilments: [],
    shipments: 0,
  }
}

function confirmed(state: Order, data: EventOf<typeof OrderConfirmed>['data']): Order {
  const fulfilments = data.fulfilments.map((part) => allocated(state, part))
  return { ...state, status: 'confirmed', fulfilments }
}

/** A fulfilment of which nothing has happened yet. */
function allocated(
  { requestedOn }: Order,
  { fulfilmentId, warehouseId, lines }: Part & Readonly<{ fulfilmentId: string }>,
): Fulfilment {
  return {
    fulfilmentId,
    warehouseId,
    stage: 'allocated',
    delay: undefined,
    expectedOn: requestedOn,
    lateFor: undefined,
    parcels: [],
    shipments: 0,
    left: lines,
  }
}

function shipped(state: Order, data: EventOf<typeof FulfilmentShipped>['data']): Order {
  const { fulfilmentId, left } = data
  const before = state.fulfilments.find((fulfilment) => fulfilment.fulfilmentId === fulfilmentId)
  const quantities = new Map(data.lines.map(({ sku, quantity }) => [sku, quantity]))
  const after = withFulfilment(state, fulfilmentId, {
    left,
    parcels: withNewParcel(before?.parcels ?? [], data),
    shipments: (before?.shipments ?? 0) + 1,
    ...(left.length === 0 ? { stage: 'shipped' } : {}),
  })
  return {
    ...after,
    status: 'shipping',
    shipments: data.shipment,
    lines: state.lines.map((line) => ({
      ...line,
      shipped: line.shipped + (quantities.get(line.sku) ?? 0),
    })),
  }
}

type Tracked = Readonly<{ carrier: string; trackingNumber: string }>

function withNewParcel(
  parcels: readonly Parcel[],
  { carrier, trackingNumber }: Tracked,
): readonly Parcel[] {
  const isKnown = parcels.some(
    (parcel) => parcel.carrier === carrier && parcel.trackingNumber === trackingNumber,
  )
  if (isKnown) return parcels
  return [...parcels, { carrier, trackingNumber, heard: undefined, deliveredOn: undefined }]
}

type Told = Readonly<{
  fulfilmentId: string
  carrier?: string | undefined
  trackingNumber?: string | undefined
  expectedOn?: string | undefined
}>

/** What was said of a fulfilment, and, where a carrier said it, of which parcel. */
function heard(state: Order, data: Told, told: Parcel['heard']): Order {
  const { fulfilmentId, expectedOn } = data
  const after = told === undefined ? state : withParcel(state, data, { heard: told })
  return expectedOn === undefined ? after : withFulfilment(after, fulfilmentId, { expectedOn })
}

function withParcel(state: Order, told: Told, change: Partial<Parcel>): Order {
  const { fulfilmentId, carrier, trackingNumber } = told
  const before = state.fulfilments.find((fulfilment) => fulfilment.fulfilmentId === fulfilmentId)
  const parcels = (before?.parcels ?? []).map((parcel) =>
    parcel.carrier === carrier && parcel.trackingNumber === trackingNumber
      ? { ...parcel, ...change }
      : parcel,
  )
  return withFulfilment(state, fulfilmentId, { parcels })
}

function withoutRemainder(state: Order, data: EventOf<typeof OrderCancelled>['data']): Order {
  return data.fulfilments.reduce(
    (changed, { fulfilmentId, becomes }) =>
      withFulfilment(changed, fulfilmentId, { stage: becomes, left: [] }),
    state,
  )
}

function withFulfilment(state: Order, fulfilmentId: string, change: Partial<Fulfilment>): Order {
  return {
    ...state,
    fulfilments: state.fulfilments.map((fulfilment) =>
      fulfilment.fulfilmentId === fulfilmentId ? { ...fulfilment, ...change } : fulfilment,
    ),
  }
}
