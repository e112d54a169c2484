/**
 * What the order-fulfilment saga knows of its order: a table of what it asked for and what was answered.
 * Reactions note a fact in the table; the rules of `advance.ts` then say what follows.
 */

import type { StoredExplanation } from '../../domain/kernel/explanation.ts'
import type { OverLimit, QuantityLines, StockShort } from '../../domain/order/values.ts'

/**
 * - `begun`: nothing was asked for yet;
 * - `reserving`: credit and the stock of this attempt's plan are asked for;
 * - `clearing`: what this attempt did get is being released; `next` says what comes then;
 * - `planning`: the order is asked for its next plan;
 * - `waiting`: for people (in review) or for stock (backordered), with no stock set aside;
 * - `paying`: everything is set aside for a prepaid order, and its money awaited;
 * - `leaving`: the order was told that it is rejected, or lapses; it may have been amended meanwhile;
 * - `confirmed`: everything was granted, and the order told so; what ships is issued and recognised;
 * - `ended`: nothing more will be shipped; what is still held goes, as soon as it is answered.
 */
export type Stage =
  | 'begun'
  | 'reserving'
  | 'clearing'
  | 'planning'
  | 'waiting'
  | 'paying'
  | 'leaving'
  | 'confirmed'
  | 'ended'

/** What follows once nothing is reserved: another plan, a review that is asked for, stock, or nothing. */
export type Next = 'plan' | 'review' | 'backorder' | 'wait'

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

/** What is asked of credit: amounts, or null for none. */
export type HoldTerms = Readonly<{
  amount: string
  prepayment: string | null
  release: string | null
}>

/** The order's hold: there is one, and each new request for it would replace the one before. */
export type Hold = Readonly<{
  ask: Ask | 'unasked'
  /** Counts the requests. */
  attempt: number
  /** What was asked for last. */
  terms: HoldTerms
  /** An earlier request was granted, and holds until this one is. */
  standing: boolean
}>

/** A shipment that is not yet issued by stock, or not yet recognised by credit. */
export type Posting = Readonly<{ shipmentId: string; issued: boolean; recognised: boolean }>

/** An amendment of the confirmed order: asked for, awaiting its money, or told to the order. */
export type Amending = Readonly<{
  stage: 'asking' | 'paying' | 'telling'
  amendment: number
  attempt: number
  /** What is not needed once it is granted. */
  release: readonly Readonly<{ warehouseId: string; lines: QuantityLines }>[]
  /** What the order needs of credit, should it be granted. */
  terms: HoldTerms
  /** It needs more credit, or money, than the order has. */
  raises: boolean
}>

/** Plain JSON. */
export type Progress = Readonly<{
  orderId: string
  dealerId: string
  facilityId: string
  stage: Stage
  next: Next
  ending: Ending
  /** Of the latest plan. */
  attempt: number
  attemptsAllowed: number
  /** Plans since the order was placed, or last waited. */
  tries: number
  overLimit: OverLimit
  stockShort: StockShort
  /** Money or a guarantee for the order has come since credit was refused. */
  wayOut: boolean
  hold: Hold
  /** What the confirmed order needs of credit; and what of it has shipped since that was asked for. */
  standsOn: HoldTerms | null
  shippedAmount: string
  /** Why the hold was refused. */
  refusal: Verdict | null
  /** The prepayment that has come in whole. */
  covered: string | null
  /** What it lacks of stock, if it is to wait for it. */
  missing: readonly Shortage[]
  /** Attempts whose reservations the order stands on. */
  kept: readonly number[]
  /** Those the order stands on, and others that are not settled. */
  reservations: readonly Reservation[]
  amending: Amending | null
  /** The latest that was decided; an event of an earlier one comes again and changes nothing. */
  amendments: number
  /** Shipments of the order so far; an event of an earlier one comes again and changes nothing. */
  shipments: number
  postings: readonly Posting[]
}>

type Of = Readonly<{ orderId: string; dealerId: string; facilityId: string }>

const NO_TERMS: HoldTerms = { amount: '0.00', prepayment: null, release: null }

/** An instance before its first plan, with nothing asked for. */
export function begun({ orderId, dealerId, facilityId }: Of): Progress {
  return {
    orderId,
    dealerId,
    facilityId,
    stage: 'begun',
    next: 'wait',
    ending: 'compensation',
    attempt: 0,
    attemptsAllowed: 1,
    tries: 0,
    overLimit: 'reject',
    stockShort: 'reject',
    wayOut: false,
    hold: { ask: 'unasked', attempt: 0, terms: NO_TERMS, standing: false },
    standsOn: null,
    shippedAmount: '0.00',
    refusal: null,
    covered: null,
    missing: [],
    kept: [],
    reservations: [],
    amending: null,
    amendments: 0,
    shipments: 0,
    postings: [],
  }
}

/** Whether a request may still hold something, now or once it is answered. */
export function isOpen(ask: Ask | 'unasked'): boolean {
  return ask === 'asked' || ask === 'granted' || ask === 'releasing'
}

/** The reservations of one attempt. */
export function ofAttempt({ reservations }: Progress, attempt: number): readonly Reservation[] {
  return reservations.filter((reservation) => reservation.attempt === attempt)
}

/** Whether all the money that the hold waits for is there. */
export function isPaid({ hold: { terms }, covered }: Progress): boolean {
  return terms.prepayment === null || terms.prepayment === covered
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
