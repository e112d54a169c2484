/** What an order remembers of its reviews: who may not approve it, and how far the open one is. */

import type { EventOf } from '../kernel/event.ts'
import type { ApproverRole } from '../reviewRule/rule.ts'
import type {
  OrderApproved,
  ReviewEscalated,
  ReviewRequested,
  ReviewStepApproved,
} from './review-events.ts'
import type { ReviewReason, ReviewStep } from './values.ts'

/** What an order was when its review was asked for, and is again once it is approved. */
export type BeforeReview = 'placed' | 'backordered' | 'confirmed' | 'shipping'

export type Review = Readonly<{
  /** Which review of the order it is, from 1. */
  review: number
  reasons: readonly ReviewReason[]
  chain: readonly ReviewStep[]
  /** The place in the chain of the step that is to be decided. */
  step: number
  /** When the step escalates; undefined: there is nobody left to escalate to. */
  dueAt: string | undefined
  /** Who may decide the step, besides its own role. */
  escalatedTo: readonly ApproverRole[]
  /** Who approved earlier steps, and in whose stead: each person approves once. */
  approvers: readonly string[]
  release: string | undefined
  /** Set: it is about that amendment, and the order itself stands. */
  amendment: number | undefined
  before: BeforeReview
}>

export type Reviewed = Readonly<{
  /** Users who placed or amended the order: they may not approve it. */
  authors: readonly string[]
  /** Reviews so far. */
  reviews: number
  review: Review | undefined
  /** How far past the limits reviewers let the order go. */
  release: string | undefined
}>

type Actor = Readonly<{ user: string; role: string }>

/** No person: what sagas do is in nobody's hand. */
const SAGA = 'saga'

/** An order that was never reviewed. */
export function unreviewed(actor: Actor): Reviewed {
  return { authors: withPerson([], actor), reviews: 0, review: undefined, release: undefined }
}

/** With one more author. */
export function authored({ authors }: Reviewed, actor: Actor): Pick<Reviewed, 'authors'> {
  return { authors: withPerson(authors, actor) }
}

function withPerson(persons: readonly string[], { user, role }: Actor): readonly string[] {
  return role === SAGA || persons.includes(user) ? persons : [...persons, user]
}

export function reviewRequested(
  { review: open }: Reviewed,
  data: EventOf<typeof ReviewRequested>['data'],
  status: string,
): Pick<Reviewed, 'reviews' | 'review'> {
  const { review, reasons, chain, dueAt, release, amendment } = data
  return {
    reviews: review,
    review: {
      ...{ review, reasons, chain, dueAt, release, amendment },
      step: 0,
      escalatedTo: [],
      approvers: [],
      before: open?.before ?? beforeReview(status),
    },
  }
}

function beforeReview(status: string): BeforeReview {
  return status === 'backordered' || status === 'confirmed' || status === 'shipping'
    ? status
    : 'placed'
}

export function stepApproved(
  { review }: Reviewed,
  { step, onBehalfOf, dueAt }: EventOf<typeof ReviewStepApproved>['data'],
  { user }: Actor,
): Pick<Reviewed, 'review'> {
  if (!review) return { review }
  const approvers = [...review.approvers, user, ...(onBehalfOf === undefined ? [] : [onBehalfOf])]
  return { review: { ...review, step: step + 1, dueAt, escalatedTo: [], approvers } }
}

export function escalated(
  { review }: Reviewed,
  { to, dueAt }: EventOf<typeof ReviewEscalated>['data'],
): Pick<Reviewed, 'review'> {
  return { review: review && { ...review, dueAt, escalatedTo: [...review.escalatedTo, to] } }
}

/** The review is over and was passed; what it released holds from now on. */
export function approved(
  { release }: Reviewed,
  data: EventOf<typeof OrderApproved>['data'],
): Pick<Reviewed, 'review' | 'release'> {
  return { review: undefined, release: data.release ?? release }
}

/** Nothing that was approved before holds: the order is another one now. */
export const REVIEW_VOID: Pick<Reviewed, 'review' | 'release'> = {
  review: undefined,
  release: undefined,
}

/** The status of an order whose review is over; that of an amendment never changed it. */
export function afterReview<Status extends string>({
  status,
  review,
}: Reviewed & Readonly<{ status: Status }>): Status | BeforeReview {
  return status === 'review' && review ? review.before : status
}
