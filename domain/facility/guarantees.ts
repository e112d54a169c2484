/** Decisions about guarantees: a superior lets a dealer go past its own limit. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type Decimal, decimal, minimum, sum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { roomBy, roomOf } from './credit.ts'
import { GuaranteeGiven, GuaranteeRevoked } from './credit-events.ts'
import { asMember } from './members.ts'
import { type FacilityState, type Guarantee, memberOf, pathOf } from './state.ts'

export type GiveGuarantee = Readonly<{
  facilityId: string
  guarantorDealerId: string
  dealerId: string
  amount: string
  /** Exclusive. */
  until: LocalDate
  orderId?: string | undefined
}>

/**
 * Gives a guarantee, for all that a dealer orders or for one order. Refuses `dealer-unknown`,
 * `guarantee-ended`, `guarantor-not-superior`, and `guarantee-over-limit` if all that the guarantor
 * guarantees would exceed its own limit.
 */
export function giveGuarantee(
  state: FacilityState,
  input: GiveGuarantee,
  context: DecisionContext,
): Decision {
  return asMember(
    state,
    input.dealerId,
    context,
    (current) =>
      ended(input, context.today) ??
      notSuperior(current, input) ??
      overLimit(current, input, context.today) ??
      accept(GuaranteeGiven(guaranteeOf(current, input))),
  )
}

function guaranteeOf(state: FacilityState, input: GiveGuarantee) {
  const { facilityId, guarantorDealerId, dealerId, until, orderId } = input
  return {
    guaranteeId: `${facilityId}.g${state.guaranteeCount + 1}`,
    guarantorDealerId,
    dealerId,
    amount: toAmount(decimal(input.amount)),
    until,
    ...(orderId === undefined ? {} : { orderId }),
  }
}

function ended({ until }: GiveGuarantee, today: LocalDate): Decision | undefined {
  if (until > today) return undefined
  return refuse('guarantee-ended', {
    message: `a guarantee until ${until} has ended on the business day ${today}`,
    inputs: { until, today },
    ways: [`use an end after ${today}`],
  })
}

function notSuperior(
  state: FacilityState,
  { guarantorDealerId, dealerId }: GiveGuarantee,
): Decision | undefined {
  const [, ...superiors] = pathOf(state, dealerId)
  if (superiors.includes(guarantorDealerId)) return undefined
  return refuse('guarantor-not-superior', {
    message: `${guarantorDealerId} is not a superior of ${dealerId}`,
    inputs: { guarantorDealerId, dealerId, superiors },
    ways: superiors.map((superior) => `a guarantee by ${superior}`),
  })
}

function overLimit(
  state: FacilityState,
  { guarantorDealerId, amount }: GiveGuarantee,
  today: LocalDate,
): Decision | undefined {
  const { limit } = memberOf(state, guarantorDealerId)
  const guaranteed = guaranteedOf(state, guarantorDealerId, today)
  const left = decimal(limit).minus(guaranteed)
  if (left.greaterThanOrEqualTo(amount)) return undefined
  return refuse('guarantee-over-limit', {
    message: `all that ${guarantorDealerId} guarantees must stay within its limit of ${limit}`,
    inputs: {
      guarantorDealerId,
      limit,
      guaranteed: toAmount(guaranteed),
      wanted: toAmount(decimal(amount)),
    },
    ways: left.greaterThan(ZERO) ? [`guarantee at most ${toAmount(left)}`] : [],
  })
}

/** All that a dealer guarantees on a day. */
export function guaranteedOf(state: FacilityState, dealerId: string, on: LocalDate): Decimal {
  return sum(
    memberOf(state, dealerId).guaranteesGiven.map((id) => {
      const guarantee = state.guarantees.get(id)
      return guarantee !== undefined && guarantee.until > on ? decimal(guarantee.amount) : ZERO
    }),
  )
}

export type RevokeGuarantee = Readonly<{ guaranteeId: string; reason?: string | undefined }>

/**
 * Takes a guarantee back; the part that the dealer needs for its exposure now stays guaranteed until the
 * guarantee's end. Refuses `guarantee-unknown`.
 */
export function revokeGuarantee(
  state: FacilityState,
  { guaranteeId, reason }: RevokeGuarantee,
  { today }: DecisionContext,
): Decision {
  const guarantee = state.guarantees.get(guaranteeId)
  if (guarantee === undefined) return unknownGuarantee(guaranteeId)
  if (guarantee.revoked) return accept()
  const { guarantorDealerId, dealerId } = guarantee
  return accept(
    GuaranteeRevoked({
      guaranteeId,
      guarantorDealerId,
      dealerId,
      used: toAmount(usedOf(state, guaranteeId, guarantee, today)),
      ...(reason === undefined ? {} : { reason }),
    }),
  )
}

/** How far the dealer's exposure rests on a guarantee: what its headroom would lack without it. */
function usedOf(
  state: FacilityState,
  guaranteeId: string,
  guarantee: Guarantee,
  today: LocalDate,
): Decimal {
  const without = { ...state, guarantees: state.guarantees.delete(guaranteeId) }
  const { headroom } = roomOf(without, guarantee.dealerId, today)
  const room = roomBy(state, [guarantee], today)
  return headroom.isNegative() ? minimum(headroom.negated(), room) : ZERO
}

function unknownGuarantee(guaranteeId: string): Decision {
  return refuse('guarantee-unknown', {
    kind: 'unknown',
    message: `there is no guarantee ${guaranteeId}`,
    inputs: { guaranteeId },
  })
}
