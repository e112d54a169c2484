/** What came back of an order, or is to: the part of its state that returns need. */

import type { EventOf } from '../kernel/event.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import type {
  FulfilmentDelivered,
  FulfilmentShipped,
  ParcelDelivered,
} from './fulfilment-events.ts'
import type {
  ReturnApproved,
  ReturnClosed,
  ReturnReceived,
  ReturnRejected,
  ReturnRequested,
} from './return-events.ts'

export type ReturnStatus = 'requested' | 'approved' | 'rejected' | 'received' | 'closed'

type Requested = EventOf<typeof ReturnRequested>['data']
type Approved = EventOf<typeof ReturnApproved>['data']
type Received = EventOf<typeof ReturnReceived>['data']

export type Return = Readonly<{
  returnId: string
  status: ReturnStatus
  requested: Requested
  approved: Approved | undefined
  received: Received | undefined
}>

/** A SKU in a shipment. */
export type SentLine = Readonly<{
  sku: string
  quantity: number
  /** Base units of it that returns took back. */
  back: number
}>

export type Sent = Readonly<{
  shipmentId: string
  fulfilmentId: string
  warehouseId: string
  carrier: string
  trackingNumber: string
  /** Whether the dealer has it. */
  delivered: boolean
  lines: readonly SentLine[]
}>

export type Returning = Readonly<{
  /** In the order of shipping. */
  shipments: readonly Sent[]
  /** In the order they were asked for. */
  returns: readonly Return[]
}>

export const NOTHING_RETURNED: Returning = { shipments: [], returns: [] }

export function sent(
  returning: Returning,
  data: EventOf<typeof FulfilmentShipped>['data'],
): Returning {
  const { shipmentId, fulfilmentId, warehouseId, carrier, trackingNumber, lines } = data
  const shipment = {
    ...{ shipmentId, fulfilmentId, warehouseId, carrier, trackingNumber, delivered: false },
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity, back: 0 })),
  }
  return { ...returning, shipments: [...returning.shipments, shipment] }
}

/** A carrier handed over what had left under its number; the rest of the fulfilment may be on its way. */
export function parcelDelivered(
  returning: Returning,
  { fulfilmentId, carrier, trackingNumber }: EventOf<typeof ParcelDelivered>['data'],
): Returning {
  return withDelivered(
    returning,
    (one) =>
      one.fulfilmentId === fulfilmentId &&
      one.carrier === carrier &&
      one.trackingNumber === trackingNumber,
  )
}

export function delivered(
  returning: Returning,
  { fulfilmentId }: EventOf<typeof FulfilmentDelivered>['data'],
): Returning {
  return withDelivered(returning, (one) => one.fulfilmentId === fulfilmentId)
}

function withDelivered(returning: Returning, has: (shipment: Sent) => boolean): Returning {
  const shipments = returning.shipments.map((one) => (has(one) ? { ...one, delivered: true } : one))
  return { ...returning, shipments }
}

export function requested(returning: Returning, data: Requested): Returning {
  const { returnId } = data
  const wanted: Return = {
    ...{ returnId, status: 'requested', requested: data },
    ...{ approved: undefined, received: undefined },
  }
  return { ...returning, returns: [...returning.returns, wanted] }
}

export function approved(returning: Returning, data: Approved): Returning {
  return changed(returning, data.returnId, { status: 'approved', approved: data })
}

export function rejected(
  returning: Returning,
  { returnId }: EventOf<typeof ReturnRejected>['data'],
): Returning {
  return changed(returning, returnId, { status: 'rejected' })
}

export function received(returning: Returning, data: Received): Returning {
  const back = new Map<string, number>()
  for (const { lines } of data.places) {
    for (const { sku, from } of lines) {
      for (const { shipmentId, quantity } of from) {
        const key = `${shipmentId} ${sku}`
        back.set(key, (back.get(key) ?? 0) + quantity)
      }
    }
  }
  const after = changed(returning, data.returnId, { status: 'received', received: data })
  return {
    ...after,
    shipments: after.shipments.map((shipment) => ({
      ...shipment,
      lines: shipment.lines.map((line) => ({
        ...line,
        back: line.back + (back.get(`${shipment.shipmentId} ${line.sku}`) ?? 0),
      })),
    })),
  }
}

export function closed(
  returning: Returning,
  { returnId }: EventOf<typeof ReturnClosed>['data'],
): Returning {
  return changed(returning, returnId, { status: 'closed' })
}

function changed(returning: Returning, returnId: string, change: Partial<Return>): Returning {
  const returns = returning.returns.map((one) =>
    one.returnId === returnId ? { ...one, ...change } : one,
  )
  return { ...returning, returns }
}

/** What a return keeps others from bringing back: what was asked for, then what was approved, then what came. */
export function heldBy({ status, requested, approved, received }: Return): readonly SkuQuantity[] {
  if (status === 'rejected') return []
  return (received ?? approved ?? requested).lines
}
