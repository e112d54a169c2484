/** What happens to an order, folded. Stream: `order-<orderId>`. */

import type { Aggregate, EventContext } from '../kernel/aggregate.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type {
  FulfilmentPlanned,
  OrderAmended,
  OrderConfirmed,
  OrderEvent,
  OrderPlaced,
} from './events.ts'
import { ORDER_EVENTS } from './events.ts'
import type { FulfilmentShipped } from './fulfilment-events.ts'
import type { Parcel } from './fulfilments.ts'
import {
  allocated,
  reallocated,
  withFulfilment,
  withoutRemainder,
  withStockLost,
} from './fulfilments.ts'
import {
  type Invoicing,
  NOTHING_INVOICED,
  withInvoice,
  withoutInvoice,
  withRedLetter,
  withReturn,
  withReturnFound,
  withShipment,
} from './invoicing.ts'
import {
  approved as approvedReturn,
  closed,
  delivered,
  NOTHING_RETURNED,
  parcelDelivered,
  type Returning,
  received,
  rejected,
  requested,
  sent,
} from './returns.ts'
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
import type { Order, OrderedLine, OrderState, Plan } from './state.ts'
import { totalsOf } from './state.ts'
import type { OrderLine } from './values.ts'

const initial: OrderState = undefined

export const order: Aggregate<OrderState> = aggregate<OrderState>({
  category: 'order',
  version: 6,
  events: ORDER_EVENTS,
  initial,
  evolve: fold<OrderState, OrderEvent>({
    OrderPlaced: (_, data, { metadata }) => placed(data, unreviewed(metadata.actor)),
    FulfilmentPlanned: on((state, data) => ({
      ...state,
      status: 'placed',
      review: undefined,
      attempts: data.attempt,
      plan: planOf(data),
      shortages: [],
      awaiting: undefined,
    })),
    OrderBackordered: on((state, { since, shortages }) => ({
      ...state,
      status: 'backordered',
      backorderedSince: since,
      shortages,
    })),
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
    PaymentAwaited: on((state, { amount, until }) => ({ ...state, awaiting: { amount, until } })),
    AmendmentRequested: on((state, data, { metadata }) => ({
      ...state,
      ...authored(state, metadata.actor),
      amendments: data.amendment,
      amendment: {
        amendment: data.amendment,
        wanted: { ...totalsOf(data), lines: unshipped(data.lines), charges: data.charges },
        plan: undefined,
      },
    })),
    AmendmentPlanned: on((state, plan) => ({
      ...state,
      attempts: plan.attempt,
      amendments: plan.amendment,
      amendment: {
        amendment: plan.amendment,
        wanted: state.amendment?.wanted,
        plan,
      },
    })),
    OrderAmended: on(amended),
    AmendmentRefused: on((state, { amendment }) => ({
      ...state,
      review: state.review?.amendment === amendment ? undefined : state.review,
      amendment: undefined,
      awaiting: undefined,
    })),
    FulfilmentStockLost: on((state, data) => ({
      ...withStockLost(state, data),
      // What is being amended was planned on what is lost now.
      amendment: state.amendment && { ...state.amendment, plan: undefined },
    })),
    OrderConfirmed: on(confirmed),
    OrderRejected: on((state) => ({ ...state, ...REVIEW_VOID, status: 'rejected' })),
    OrderCancelled: on((state, data) => ({
      ...withoutRemainder(state, data),
      ...NOTHING_PENDING,
      ...REVIEW_VOID,
      status: 'cancelled',
    })),
    RemainderCancelled: on((state, data) => ({
      ...withoutRemainder(state, data),
      ...NOTHING_PENDING,
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
    ParcelDelivered: on((state, data) => ({
      ...withParcel(state, data, { deliveredOn: data.deliveredOn }),
      returning: parcelDelivered(state.returning, data),
    })),
    FulfilmentDelivered: on((state, data) => ({
      ...withFulfilment(state, data.fulfilmentId, { stage: 'delivered' }),
      returning: delivered(state.returning, data),
    })),
    OrderCompleted: on((state) => ({ ...state, status: 'completed' })),
    ReturnRequested: onReturning(requested),
    ReturnApproved: onReturning(approvedReturn),
    ReturnRejected: onReturning(rejected),
    ReturnReceived: on((state, data) => ({
      ...state,
      returning: received(state.returning, data),
      invoicing: withReturn(state.invoicing, data),
    })),
    ReturnClosed: onReturning(closed),
    InvoiceRequested: onInvoicing(withInvoice),
    InvoiceGivenUp: onInvoicing(withoutInvoice),
    InvoiceReversed: onInvoicing(withRedLetter),
    ReturnedInvoicesFound: onInvoicing(withReturnFound),
  }),
})

/** A change of an order that is there; an event of one that is not changes nothing. */
function on<Data>(change: (state: Order, data: Data, context: EventContext) => Order) {
  return (state: OrderState, data: Data, context: EventContext): OrderState =>
    state && change(state, data, context)
}

/** A change of what is invoiced. */
function onInvoicing<Data>(change: (invoicing: Invoicing, data: Data) => Invoicing) {
  return on<Data>((state, data) => ({ ...state, invoicing: change(state.invoicing, data) }))
}

/** A change of what came back, or is to. */
function onReturning<Data>(change: (returning: Returning, data: Data) => Returning) {
  return on<Data>((state, data) => ({ ...state, returning: change(state.returning, data) }))
}

function placed(data: EventOf<typeof OrderPlaced>['data'], reviewed: Reviewed): Order {
  const { orderId, dealerId, facilityId, shipToRegion, payment, charges, requestedOn } = data
  return {
    ...reviewed,
    orderId,
    dealerId,
    facilityId,
    shipToRegion,
    payment,
    ...totalsOf(data),
    requestedOn,
    status: 'placed',
    lines: unshipped(data.lines),
    charges,
    plan: undefined,
    attempts: 0,
    backorderedSince: undefined,
    shortages: [],
    awaiting: undefined,
    amendments: 0,
    amendment: undefined,
    lost: [],
    fulfilments: [],
    shipments: 0,
    invoicing: NOTHING_INVOICED,
    returning: NOTHING_RETURNED,
  }
}

function planOf(data: EventOf<typeof FulfilmentPlanned>['data']): Plan {
  const { attempt, parts, shortages, stockShort = 'reject', prepayment, expiresAt } = data
  return { attempt, parts, shortages, stockShort, prepayment, expiresAt }
}

function unshipped(lines: readonly OrderLine[]): readonly OrderedLine[] {
  return lines.map((line) => ({ ...line, shipped: 0 }))
}

/** Nothing is wanted of the order, or waited for, any more. */
const NOTHING_PENDING = { amendment: undefined, awaiting: undefined, shortages: [] } as const

/** Unconfirmed, it is planned anew; confirmed, its fulfilments are what was granted. */
function amended(
  state: Order,
  data: EventOf<typeof OrderAmended>['data'],
  { metadata }: EventContext,
): Order {
  const { amendment, fulfilments, lines, charges } = data
  const shippedOf = new Map(state.lines.map(({ sku, shipped }) => [sku, shipped]))
  const isConfirmed = fulfilments.length > 0
  return {
    ...state,
    ...authored(state, metadata.actor),
    ...totalsOf(data),
    lines: lines.map((line) => ({ ...line, shipped: shippedOf.get(line.sku) ?? 0 })),
    charges,
    amendments: amendment,
    amendment: undefined,
    awaiting: undefined,
    ...(isConfirmed
      ? { fulfilments: reallocated(state, fulfilments), lost: [], status: afterReview(state) }
      : { ...REVIEW_VOID, plan: undefined, shortages: [], status: 'placed' }),
  }
}

function confirmed(state: Order, data: EventOf<typeof OrderConfirmed>['data']): Order {
  const { fulfilments, reducedTo } = data
  return {
    ...state,
    ...(reducedTo && { ...totalsOf(reducedTo), lines: unshipped(reducedTo.lines) }),
    status: 'confirmed',
    awaiting: undefined,
    fulfilments: fulfilments.map((part) => allocated(state, part)),
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
    // What is in review is the rest.
    review: state.review && { ...state.review, before: 'shipping' },
    shipments: data.shipment,
    invoicing: withShipment(state.invoicing, data, state.lines),
    returning: sent(state.returning, data),
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
