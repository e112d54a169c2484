/** What carriers say of parcels on their way, and the warning when one is late. */

import type { DecisionContext } from '../context.ts'
import { addDays, dayIn } from '../kernel/dates.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { Instant, LocalDate } from '../kernel/values.ts'
import { deliveryOf, hasArrived } from './carry.ts'
import {
  FulfilmentDelayed,
  FulfilmentInTransit,
  FulfilmentLate,
  ParcelDelivered,
} from './fulfilment-events.ts'
import type { Fulfilment, Parcel } from './fulfilments.ts'
import { onFulfilment } from './refusals.ts'
import type { Order, OrderState } from './state.ts'

export type CarrierReport = Readonly<{
  fulfilmentId: string
  carrier: string
  trackingNumber: string
  what: 'in-transit' | 'delayed' | 'delivered'
  /** By the carrier's clock. */
  at: Instant
  place?: string | undefined
  reason?: string | undefined
  expectedOn?: LocalDate | undefined
}>

/**
 * Notes what a carrier says of a parcel. Reports come in any order and any number of times: what is
 * older than what was heard last, and whatever comes after the delivery, changes nothing. The last
 * parcel of a fulfilment delivers it. Refuses `tracking-number-unknown` (404).
 */
export function hearCarrier(
  state: OrderState,
  report: CarrierReport,
  context: DecisionContext,
): Decision {
  return onFulfilment(state, report.fulfilmentId, (order, fulfilment) => {
    const parcel = fulfilment.parcels.find((one) => isOf(one, report))
    if (parcel === undefined) return trackingNumberUnknown(report)
    if (parcel.deliveredOn !== undefined || fulfilment.stage === 'delivered') return accept()
    // A carrier whose clock is ahead must not make what it says later look old.
    const at = earlier(new Date(report.at).toISOString(), context.now)
    if (report.what === 'delivered')
      return handedOver(order, fulfilment, { ...report, at }, context)
    return isNews(parcel, report.what, at) ? accept(onItsWay(order, report, at)) : accept()
  })
}

function isOf(parcel: Parcel, { carrier, trackingNumber }: CarrierReport): boolean {
  return parcel.carrier === carrier && parcel.trackingNumber === trackingNumber
}

function isNews({ heard }: Parcel, what: CarrierReport['what'], at: Instant): boolean {
  if (heard === undefined || at > heard.at) return true
  return at === heard.at && what !== heard.what
}

function onItsWay({ orderId }: Order, report: CarrierReport, at: Instant) {
  const { fulfilmentId, carrier, trackingNumber, place, reason, expectedOn } = report
  const parcel = { orderId, fulfilmentId, carrier, trackingNumber }
  const expected = expectedOn === undefined ? {} : { expectedOn }
  return report.what === 'delayed'
    ? FulfilmentDelayed({ ...parcel, ...expected, ...(reason && { reason }), saidAt: at })
    : FulfilmentInTransit({ ...parcel, ...expected, ...(place && { place }), seenAt: at })
}

function handedOver(
  order: Order,
  fulfilment: Fulfilment,
  report: CarrierReport,
  context: DecisionContext,
): Decision {
  const { fulfilmentId, carrier, trackingNumber, place, at } = report
  const deliveredOn = bookableDay(at, context)
  const parcels = fulfilment.parcels.map((parcel) =>
    isOf(parcel, report) ? { ...parcel, deliveredOn } : parcel,
  )
  const handed = ParcelDelivered({
    ...{ orderId: order.orderId, fulfilmentId, carrier, trackingNumber },
    ...(place && { place }),
    ...{ deliveredAt: at, deliveredOn },
  })
  const after = { ...fulfilment, parcels }
  return hasArrived(after) && fulfilment.left.length === 0
    ? accept(handed, ...deliveryOf(order, [after], context.today))
    : accept(handed)
}

/** The day of an instant; not after the open business day, nor further back than may be backdated. */
function bookableDay(at: Instant, { today, policy }: DecisionContext): LocalDate {
  const earliest = addDays(today, -policy.backdatingDays)
  const day = dayIn(policy.timeZone, at)
  if (day < earliest) return earliest
  return earlier(day, today)
}

/** Of two days, or of two instants of one form. */
function earlier(one: string, other: string): string {
  return one < other ? one : other
}

export type WarnLate = Readonly<{ fulfilmentId: string; expectedOn: LocalDate }>

/** Warns that a fulfilment is not there, once for each day it was expected on. */
export function warnLate(state: OrderState, { fulfilmentId, expectedOn }: WarnLate): Decision {
  return onFulfilment(state, fulfilmentId, ({ orderId }, fulfilment) => {
    const hasEnded = fulfilment.stage === 'delivered' || fulfilment.stage === 'cancelled'
    const isOutdated = fulfilment.expectedOn !== expectedOn || fulfilment.lateFor === expectedOn
    if (hasEnded || isOutdated) return accept()
    return accept(FulfilmentLate({ orderId, fulfilmentId, expectedOn }))
  })
}

function trackingNumberUnknown({ fulfilmentId, carrier, trackingNumber }: CarrierReport): Decision {
  return refuse('tracking-number-unknown', {
    kind: 'unknown',
    message: `nothing of fulfilment ${fulfilmentId} was shipped by ${carrier} as ${trackingNumber}`,
    inputs: { fulfilmentId, carrier, trackingNumber },
    ways: ['say it again once the shipment is recorded'],
  })
}
