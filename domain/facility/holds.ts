/** Decisions about holds: credit set aside for an order until it ships, or until it is paid for. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import type { StoredRefusal } from '../kernel/explanation.ts'
import { type Decimal, decimal, minimum, sum, toAmount, ZERO } from '../kernel/money.ts'
import { useFreeCash } from './cash.ts'
import { PrepaymentCovered } from './cash-events.ts'
import { HoldPlaced, HoldRefused, HoldReleased } from './credit-events.ts'
import { applied, holdReleased } from './evolve.ts'
import { checkHeadroom } from './headroom-check.ts'
import { asMember } from './members.ts'
import { unfreezing } from './overdue.ts'
import { earlyCashOf } from './prepayments.ts'
import {
  type FacilityState,
  type Freeze,
  memberOf,
  type OrderCredit,
  orderOf,
  type Release,
} from './state.ts'
import type { ReleaseReason } from './values.ts'
import { larger } from './ways-out.ts'

export type PlaceHold = Readonly<{
  facilityId: string
  dealerId: string
  orderId: string
  amount: string
  /** 0 if not given. After a release, only a higher one is granted. */
  attempt?: number | undefined
  /** How far past the limits reviewers let the order go. */
  release?: string | undefined
  /** What is to be paid before the order is confirmed: cash that comes for it is kept for it. */
  prepayment?: string | undefined
  /** Reviewers could look at the order if it is refused: their release is then a way out. */
  reviewable?: boolean | undefined
}>

/**
 * Sets credit aside, if the dealer and every superior have the headroom or reviewers released what they
 * lack; else says so in an event, which names the blocking dealer nearest to the one that orders. One of
 * a later attempt replaces the hold if it is granted, and needs headroom for the difference only;
 * refused, it leaves the hold as it is. A frozen dealer gets nothing more (`ordering-frozen`, in an
 * event too). Placing the same hold again changes nothing; one that its release has overtaken is refused
 * in an event with `hold-released`. Refuses `dealer-unknown`, and `hold-exists` for another amount in
 * the same attempt.
 */
export function placeHold(
  state: FacilityState,
  input: PlaceHold,
  context: DecisionContext,
): Decision {
  return asMember(state, input.dealerId, context, (current) => {
    const { dealerId, orderId, attempt = 0 } = input
    const order = orderOf(current, dealerId, orderId)
    if (order.closed || attempt <= order.releasedAttempt) return refused(input, overtaken(orderId))
    if (attempt <= order.attempt) return repeatedHold(input, order)
    const { frozen } = memberOf(current, dealerId)
    if (frozen && takesMore(input, order))
      return refused(input, orderingFrozen(current, frozen, input))
    return placed(current, input, context)
  })
}

function placed(state: FacilityState, input: PlaceHold, context: DecisionContext): Decision {
  const check = checkHeadroom(state, {
    dealerId: input.dealerId,
    orderId: input.orderId,
    amount: decimal(input.amount),
    release: decimal(input.release ?? '0'),
    reviewable: input.reviewable === true,
    today: context.today,
  })
  if (!check.granted) return refused(input, check.refusal)
  const { dealerId, orderId } = input
  const { kept, early } = cashFor(state, input)
  const hold = HoldPlaced({
    ...holdOf(input),
    ...releaseIn(check.releasedFor),
    ...(input.prepayment === undefined ? {} : { prepayment: amountOf(input.prepayment) }),
    ...(early.isZero() ? {} : { earmarked: toAmount(early) }),
  })
  const covered = isCovered(input.prepayment, kept.plus(early))
    ? [PrepaymentCovered({ dealerId, orderId, amount: amountOf(input.prepayment) })]
    : []
  const order = orderOf(state, dealerId, orderId)
  if (!isThere(order)) return accept(hold, ...covered)
  const { attempt, held: amount } = order
  const freed = decimal(order.earmarked).minus(kept)
  const end = {
    ...holdEnd(order, orderId, amount, freed),
    reason: 'compensation',
    attempt,
  } as const
  return accept(
    HoldReleased(end),
    hold,
    ...covered,
    ...settledWith(holdReleased(state, end), dealerId, freed, context),
  )
}

/** A hold was granted and has not been released. */
function isThere({ attempt, releasedAttempt }: OrderCredit): boolean {
  return attempt > releasedAttempt
}

/** Of the cash that came for an order: what stays earmarked for it, and what is newly earmarked. */
function cashFor(
  state: FacilityState,
  { dealerId, orderId, prepayment }: PlaceHold,
): Readonly<{ kept: Decimal; early: Decimal }> {
  const awaited = decimal(prepayment ?? '0')
  const kept = minimum(awaited, decimal(orderOf(state, dealerId, orderId).earmarked))
  return { kept, early: minimum(awaited.minus(kept), earlyCashOf(state, dealerId, orderId)) }
}

function isCovered(prepayment: string | undefined, cash: Decimal): prepayment is string {
  return prepayment !== undefined && cash.greaterThanOrEqualTo(prepayment)
}

function releaseIn(releasedFor: readonly Release[]) {
  if (releasedFor.length === 0) return {}
  const release = releasedFor.map(({ amount }) => decimal(amount)).reduce(larger)
  return { release: toAmount(release), releasedFor: [...releasedFor] }
}

function holdOf({ dealerId, orderId, amount, attempt }: PlaceHold) {
  const hold = { dealerId, orderId, amount: amountOf(amount) }
  return attempt === undefined ? hold : { ...hold, attempt }
}

function amountOf(amount: string): string {
  return toAmount(decimal(amount))
}

/** Whether a hold asks for more credit, or for more money, than the order's hold did. */
function takesMore({ amount, prepayment = '0' }: PlaceHold, order: OrderCredit): boolean {
  if (!isThere(order)) return true
  return (
    decimal(amount).greaterThan(order.held) ||
    decimal(prepayment).greaterThan(order.prepayment ?? '0')
  )
}

function repeatedHold({ orderId, amount, prepayment }: PlaceHold, order: OrderCredit): Decision {
  const { granted } = order
  const isSame =
    decimal(amount).equals(granted) && decimal(prepayment ?? '0').equals(order.prepayment ?? '0')
  if (isSame) return accept()
  return refuse('hold-exists', {
    kind: 'state',
    message: `order ${orderId} has a hold of ${granted} already`,
    inputs: { orderId, granted, wanted: amountOf(amount) },
    ways: ['place the hold as a later attempt'],
  })
}

function refused(input: PlaceHold, refusal: StoredRefusal): Decision {
  return accept(HoldRefused({ ...holdOf(input), refusal }))
}

function overtaken(orderId: string): StoredRefusal {
  return {
    code: 'hold-released',
    message: `the hold of order ${orderId} was released before it came`,
    decision: { rule: 'hold-released', ruleVersion: 1, inputs: { orderId }, ways: [] },
  }
}

function orderingFrozen(
  state: FacilityState,
  { cause, receivableIds, reason }: Freeze,
  { dealerId }: PlaceHold,
): StoredRefusal {
  const receivables = receivableIds.flatMap((receivableId) => {
    const receivable = state.receivables.get(receivableId)
    if (receivable === undefined || decimal(receivable.outstanding).isZero()) return []
    const { dueOn, outstanding } = receivable
    return [{ receivableId, dueOn, outstanding }]
  })
  const overdue = toAmount(sum(receivables.map(({ outstanding }) => decimal(outstanding))))
  return {
    code: 'ordering-frozen',
    message: `${dealerId} may not order: ${cause === 'overdue' ? `${overdue} is overdue` : (reason ?? 'finance froze it')}`,
    decision: {
      rule: 'ordering-frozen',
      ruleVersion: 1,
      inputs: { dealerId, cause, overdue, receivables },
      ways: [
        ...(cause === 'overdue' ? ['pay the overdue receivables, with their late fees'] : []),
        'finance lifts the freeze',
      ],
    },
  }
}

export type ReleaseHold = Readonly<{
  facilityId: string
  dealerId: string
  orderId: string
  reason: ReleaseReason
  /** Releases holds up to this attempt; if not given, up to the one granted last. */
  attempt?: number | undefined
}>

/**
 * Gives back what is left of an order's hold, and of the cash that was kept for it, which then settles
 * what the dealer owes. A release that comes before its hold is remembered, so that the hold is then
 * refused; `cancelled` and `completed` are final for the order. Releasing again changes nothing.
 * Refuses `dealer-unknown`.
 */
export function releaseHold(
  state: FacilityState,
  input: ReleaseHold,
  context: DecisionContext,
): Decision {
  return asMember(state, input.dealerId, context, (current) => {
    const { orderId, reason } = input
    const order = orderOf(current, input.dealerId, orderId)
    const isFinal = reason !== 'compensation'
    const latest = Math.max(order.attempt, 0)
    const attempt = isFinal ? latest : (input.attempt ?? latest)
    if (order.closed || (!isFinal && attempt <= order.releasedAttempt)) return accept()
    const ends = attempt >= order.attempt
    const freed = ends ? decimal(order.earmarked) : ZERO
    const end = { ...holdEnd(order, orderId, ends ? order.held : '0.00', freed), reason, attempt }
    const after = holdReleased(current, end)
    return accept(HoldReleased(end), ...settledWith(after, order.dealerId, freed, context))
  })
}

function holdEnd({ dealerId }: OrderCredit, orderId: string, amount: string, freed: Decimal) {
  const end = { dealerId, orderId, amount }
  return freed.isZero() ? end : { ...end, prepaymentFreed: toAmount(freed) }
}

/** Cash that was kept for an order and is free again settles what is owed, like any that comes in. */
function settledWith(
  state: FacilityState,
  dealerId: string,
  freed: Decimal,
  { today, policy }: DecisionContext,
): readonly DecidedEvent[] {
  if (freed.isZero()) return []
  const settled = useFreeCash(state, dealerId, { bookedOn: today, chart: policy.chart })
  return [...settled, ...unfreezing(applied(state, settled, today), [dealerId], today)]
}
