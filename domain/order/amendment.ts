/** How the amendment of a confirmed order is planned and decided, once it may go on. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import type { StoredExplanation } from '../kernel/explanation.ts'
import { AmendmentPlanned, AmendmentRefused, OrderAmended } from './events.ts'
import { creditOf } from './plan.ts'
import type { Reallocation } from './reallocate.ts'
import { reallocatedTo, replacementOf } from './reallocate.ts'
import { orderUnknown } from './refusals.ts'
import { requestReview } from './review.ts'
import type { Amendment, Order, OrderState } from './state.ts'
import { orderedLines, totalsOf } from './state.ts'
import { stockLostReason } from './stock-lost.ts'

export type PlanAmendment = Readonly<{ orderId: string }>

/**
 * Plans what is wanted of a confirmed order, or what it lost of its stock, on the stock that the view has
 * seen. Short of any of it, the amendment is refused, and lost stock goes back to review. Nothing happens
 * without either, nor twice, nor in review.
 */
export function planAmendment(
  state: OrderState,
  { orderId }: PlanAmendment,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  const { amendment, lost, review } = state
  if (state.status !== 'confirmed' && state.status !== 'shipping') return accept()
  if (review || amendment?.plan || (!amendment && lost.length === 0)) return accept()
  const wanted = amendment?.wanted
  const planned = wanted
    ? reallocatedTo(state, wanted.lines, context)
    : replacementOf(state, context)
  const number = amendment?.amendment ?? state.amendments + 1
  if (planned.shortages.length > 0) {
    return accept(...withdrawn(state, { amendment: number, ...stockShort(planned) }, context))
  }
  return accept(plannedAs(state, number, planned, context))
}

function plannedAs(
  order: Order,
  amendment: number,
  { parts }: Reallocation,
  context: DecisionContext,
): DecidedEvent {
  const { orderId, dealerId, facilityId } = order
  return AmendmentPlanned({
    orderId,
    dealerId,
    facilityId,
    amendment,
    attempt: order.attempts + 1,
    parts: parts.map((part) => ({
      ...part,
      lines: [...part.lines],
      reserve: [...part.reserve],
      release: [...part.release],
    })),
    ...creditOf(order, order.amendment?.wanted?.total ?? order.total, context),
  })
}

export type CompleteAmendment = Readonly<{ orderId: string; amendment: number }>

/**
 * Makes the order what was granted. Nothing happens once the amendment or the order is decided; stock
 * that was lost since it was planned makes it refused.
 */
export function completeAmendment(
  state: OrderState,
  { orderId, amendment }: CompleteAmendment,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  const pending = pendingOf(state, amendment)
  if (!pending) return accept()
  if (!pending.plan) return accept(...withdrawn(state, { amendment, ...STOCK_LOST }, context))
  return accept(granted(state, pending, pending.plan.parts))
}

function granted(
  order: Order,
  { amendment, wanted = order }: Amendment,
  parts: NonNullable<Amendment['plan']>['parts'],
): DecidedEvent {
  const { orderId, dealerId, facilityId, fulfilments } = order
  const named = new Set(parts.map(({ fulfilmentId }) => fulfilmentId))
  const others = fulfilments
    .filter(({ fulfilmentId, stage }) => stage !== 'cancelled' && !named.has(fulfilmentId))
    .map(({ fulfilmentId, warehouseId, lines }) => ({ fulfilmentId, warehouseId, lines }))
  const changed = parts
    .filter(({ lines }) => lines.length > 0)
    .map(({ fulfilmentId, warehouseId, lines }) => ({ fulfilmentId, warehouseId, lines }))
  return OrderAmended({
    orderId,
    dealerId,
    facilityId,
    amendment,
    ...totalsOf(wanted),
    lines: orderedLines(wanted),
    charges: [...wanted.charges],
    fulfilments: [...others, ...changed].map((one) => ({ ...one, lines: [...one.lines] })),
    gone: parts.filter(({ lines }) => lines.length === 0).map(({ fulfilmentId }) => fulfilmentId),
  })
}

type Why = Readonly<{ code: string; message: string; decision?: StoredExplanation | undefined }>

export type RefuseAmendment = Readonly<{ orderId: string; amendment: number }> & Why

/** Leaves the order as it was; nothing happens once the amendment or the order is decided. */
export function refuseAmendment(
  state: OrderState,
  { orderId, ...why }: RefuseAmendment,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(orderId)
  if (!pendingOf(state, why.amendment)) return accept()
  return accept(...withdrawn(state, why, context))
}

function pendingOf({ status, amendment }: Order, number: number): Amendment | undefined {
  const isStanding = status === 'confirmed' || status === 'shipping' || status === 'review'
  return isStanding && amendment?.amendment === number ? amendment : undefined
}

/** The amendment is refused; for what the order lost of its stock, people have to say what is next. */
function withdrawn(
  order: Order,
  why: Why & Readonly<{ amendment: number }>,
  context: DecisionContext,
): readonly DecidedEvent[] {
  const ended = order.review?.amendment === why.amendment ? { review: order.review.review } : {}
  const refused = AmendmentRefused({ orderId: order.orderId, ...why, ...ended })
  if (order.lost.length === 0 || order.review) return [refused]
  const reasons = [stockLostReason(order.lost)]
  const review = requestReview(order, { orderId: order.orderId, reasons }, context)
  return review.accepted ? [refused, ...review.events] : [refused]
}

const STOCK_LOST: Why = {
  code: 'stock-lost',
  message: 'the order lost stock while it was being amended',
}

function stockShort({ shortages }: Reallocation): Why {
  const skus = shortages.map(({ sku }) => sku)
  return {
    code: 'stock-insufficient',
    message: `too little in stock of ${skus.join(', ')}`,
    decision: {
      rule: 'stock-insufficient',
      ruleVersion: 1,
      inputs: { shortages: shortages.map((shortage) => ({ ...shortage })) },
      ways: shortages.map(({ sku, missing }) => `${missing} fewer of ${sku}`),
    },
  }
}
