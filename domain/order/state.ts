/** An order as its decisions see it: what of it is planned, confirmed, shipped and delivered. */

import type { EventOf } from '../kernel/event.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import type { AmendmentPlanned } from './events.ts'
import type { Fulfilment } from './fulfilments.ts'
import type { Invoicing } from './invoicing.ts'
import type { Returning } from './returns.ts'
import type { Reviewed } from './review-state.ts'
import type { Charge, OrderLine, Part, PaymentKind, Shortage, StockShort } from './values.ts'

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

/** A line over all fulfilments; a SKU stands in one line only. */
export type OrderedLine = OrderLine &
  Readonly<{
    /** Base units shipped so far. */
    shipped: number
  }>

/** An amendment of a confirmed order that is not decided yet. */
export type Amendment = Readonly<{
  /** Which of the order's it is, from 1. */
  amendment: number
  /** The order as it is wanted; undefined: as it is, with what it lost of its stock. */
  wanted: Readonly<Pick<Order, 'lines' | 'charges' | 'total' | 'net' | 'tax'>> | undefined
  plan: EventOf<typeof AmendmentPlanned>['data'] | undefined
}>

export type Plan = Readonly<{
  attempt: number
  parts: readonly Part[]
  shortages: readonly Shortage[]
  stockShort: StockShort
  prepayment: string | undefined
  expiresAt: string
}>

export type Order = Reviewed & OrderItself

type OrderItself = Readonly<{
  orderId: string
  dealerId: string
  facilityId: string
  shipToRegion: string
  payment: PaymentKind
  total: string
  net: string
  tax: string
  requestedOn: string | undefined
  status: OrderStatus
  lines: readonly OrderedLine[]
  charges: readonly Charge[]
  /** The plan in hand; undefined: it is to be planned anew. */
  plan: Plan | undefined
  /** Plans and amendments so far: the greatest number under which stock was asked for. */
  attempts: number
  /** Since when it was put off for want of stock, the first time. */
  backorderedSince: string | undefined
  /** What it waits for in stock now. */
  shortages: readonly Shortage[]
  /** The money that a prepaid order waits for. */
  awaiting: Readonly<{ amount: string; until: string }> | undefined
  /** Amendments so far. */
  amendments: number
  amendment: Amendment | undefined
  /** What a count took from its reservations: to be planned anew, or cancelled. */
  lost: readonly SkuQuantity[]
  fulfilments: readonly Fulfilment[]
  /** Shipments of all fulfilments so far. */
  shipments: number
  /** What is invoiced of what was shipped. */
  invoicing: Invoicing
  /** What was shipped, and what of it came back, or is to. */
  returning: Returning
}>

/** Undefined before the order is placed. */
export type OrderState = Order | undefined

/** The lines as they are ordered, without what has become of them. */
export function orderedLines({ lines }: Pick<Order, 'lines'>): OrderLine[] {
  return lines.map(({ shipped: _, ...line }) => line)
}

export function totalsOf({ total, net, tax }: Readonly<Record<'total' | 'net' | 'tax', string>>) {
  return { total, net, tax }
}
