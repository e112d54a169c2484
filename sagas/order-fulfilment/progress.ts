/**
 * What the order-fulfilment saga knows of its order: a table of what it asked for and what was answered.
 * Reactions note a fact in the table; the rules of `advance.ts` then say what follows.
 */

import type { QuantityLines, StoredExplanation } from '../../domain/order/events.ts'

/**
 * - `reserving`: credit and the stock of this attempt's plan are asked for;
 * - `clearing`: stock was lost to another order; what this attempt did get is being released;
 * - `planning`: the order is asked for its next plan;
 * - `confirmed`: everything was granted, and the order told so; what ships is issued and recognised;
 * - `ended`: nothing more will be shipped; what is still held goes, as soon as it is answered.
 */
export type Stage = 'reserving' | 'clearing' | 'planning' | 'confirmed' | 'ended'

/**
 * How far one request is. Nothing is released before it was granted, so that no release can overtake
 * what it releases; `gone` is released, or all used.
 */
export type Ask = 'asked' | 'granted' | 'refused' | 'releasing' | 'gone'

/** Why what is held is let go. */
export type Ending = 'compensation' | 'cancelled' | 'expired' | 'completed'

/** What is told to the order, should it be rejected. */
export type Verdict = Readonly<{ code: string; message: string; decision: StoredExplanation }>

export type Reservation = Readonly<{
  warehouseId: string
  attempt: number
  ask: Ask
  /** What was short, if it was refused. */
  shortages: readonly Shortage[]
}>

export type Shortage = Readonly<{ sku: string; wanted: number; available: number }>

/** A shipment that is not yet issued by stock, or not yet recognised by credit. */
export type Posting = Readonly<{ shipmentId: string; issued: boolean; recognised: boolean }>

/** Plain JSON. */
export type Progress = Readonly<{
  orderId: string
  dealerId: string
  facilityId: string
  stage: Stage
  ending: Ending
  attempt: number
  attemptsAllowed: number
  /** `unasked` until a plan without shortages is there. */
  hold: Ask | 'unasked'
  /** Why the hold was refused. */
  refusal: Verdict | null
  /** Those of this attempt, and those of earlier ones that are not settled. */
  reservations: readonly Reservation[]
  /** Shipments of the order so far; an event of an earlier one comes again and changes nothing. */
  shipments: number
  postings: readonly Posting[]
}>

export type Plan = Readonly<{
  orderId: string
  dealerId: string
  facilityId: string
  attempt: number
  attemptsAllowed: number
  parts: readonly Readonly<{ warehouseId: string; lines: QuantityLines }>[]
}>

/** An instance at its first plan, with nothing asked for. */
export function begun({ orderId, dealerId, facilityId, attemptsAllowed }: Plan): Progress {
  return {
    orderId,
    dealerId,
    facilityId,
    stage: 'planning',
    ending: 'compensation',
    attempt: 0,
    attemptsAllowed,
    hold: 'unasked',
    refusal: null,
    reservations: [],
    shipments: 0,
    postings: [],
  }
}

/** Whether a request may still hold something, now or once it is answered. */
export function isOpen(ask: Ask | 'unasked'): boolean {
  return ask === 'asked' || ask === 'granted' || ask === 'releasing'
}

/** The reservations of the plan in hand. */
export function ofThisAttempt({ reservations, attempt }: Progress): readonly Reservation[] {
  return reservations.filter((reservation) => reservation.attempt === attempt)
}

/** With an answer about one reservation; undefined if it was not waited for. */
export function withReservation(
  progress: Progress,
  { warehouseId, attempt }: Readonly<{ warehouseId: string; attempt: number }>,
  from: readonly Ask[],
  answer: Partial<Reservation>,
): Progress | undefined {
  const isMeant = (reservation: Reservation) =>
    reservation.warehouseId === warehouseId &&
    reservation.attempt === attempt &&
    from.includes(reservation.ask)
  if (!progress.reservations.some(isMeant)) return undefined
  const reservations = progress.reservations.map((reservation) =>
    isMeant(reservation) ? { ...reservation, ...answer } : reservation,
  )
  return { ...progress, reservations }
}

/** With one side of a shipment posted, and forgotten once both are; undefined if it was not open. */
export function withPosted(
  progress: Progress,
  shipmentId: string,
  posted: Partial<Posting>,
): Progress | undefined {
  const posting = progress.postings.find((open) => open.shipmentId === shipmentId)
  if (!posting) return undefined
  const others = progress.postings.filter((open) => open !== posting)
  const after = { ...posting, ...posted }
  const isPosted = after.issued && after.recognised
  return { ...progress, postings: isPosted ? others : [...others, after] }
}
