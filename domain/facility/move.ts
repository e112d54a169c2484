/** Decisions about a dealer's place in its tree. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type Decimal, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type Room, roomOf, spareOf } from './credit.ts'
import { DealerMoved, GuaranteeEnded } from './credit-events.ts'
import { dealerMoved, guaranteeEnded } from './evolve.ts'
import { asMember } from './members.ts'
import { type FacilityState, memberOf, pathOf } from './state.ts'
import { larger, paymentFor, type Way, wordsOf } from './ways-out.ts'

export type MoveDealer = Readonly<{
  dealerId: string
  /** Null: to be the root of a tree of its own. */
  parentDealerId: string | null
  reason: string
}>

type Move = Readonly<{ dealerId: string; parentDealerId: string; reason: string }>

/**
 * Puts a dealer, with all below it, under another superior of the same tree. Guarantees by dealers that
 * are superiors no more end with it. Refuses `dealer-unknown`, `superior-unknown`, `dealer-cycle`,
 * `other-tree`, and `credit-insufficient` if a new superior lacks the headroom for what comes with the dealer, or if a dealer lacks headroom
 * without a guarantee that ends. Moving to where the dealer is changes nothing.
 */
export function moveDealer(
  state: FacilityState,
  input: MoveDealer,
  context: DecisionContext,
): Decision {
  const { dealerId, parentDealerId, reason } = input
  return asMember(state, dealerId, context, (withDealer) => {
    const facilityId = rootOf(withDealer, dealerId)
    if (parentDealerId === null) {
      return dealerId === facilityId
        ? accept()
        : otherTree(input, { facilityId, otherId: dealerId })
    }
    const superior = context.reference.dealers.get(parentDealerId)
    if (superior === undefined) return unknownSuperior(parentDealerId)
    if (superior.facilityId !== facilityId) {
      return otherTree(input, { facilityId, otherId: superior.facilityId })
    }
    return asMember(withDealer, parentDealerId, context, (current) =>
      movedWithin(current, { dealerId, parentDealerId, reason }, context.today),
    )
  })
}

function rootOf(state: FacilityState, dealerId: string): string | undefined {
  return pathOf(state, dealerId).at(-1)
}

function movedWithin(state: FacilityState, move: Move, today: LocalDate): Decision {
  const { dealerId, parentDealerId } = move
  if (memberOf(state, dealerId).parentDealerId === parentDealerId) return accept()
  if (pathOf(state, parentDealerId).includes(dealerId)) return cycle(move)
  const ends = strayGuarantees(dealerMoved(state, move))
  return (
    overLimit(state, move, today) ??
    accept(DealerMoved(move), ...ends.map((end) => GuaranteeEnded(end)))
  )
}

function unknownSuperior(parentDealerId: string): Decision {
  return refuse('superior-unknown', {
    message: `the superior ${parentDealerId} is not a registered dealer`,
    inputs: { parentDealerId },
    ways: ['register the superior first'],
  })
}

type Trees = Readonly<{
  facilityId: string | undefined
  /** The facility that the dealer would belong to. */
  otherId: string
}>

function otherTree(
  { dealerId, parentDealerId }: MoveDealer,
  { facilityId, otherId }: Trees,
): Decision {
  const place = parentDealerId === null ? 'without a superior' : `under ${parentDealerId}`
  return refuse('other-tree', {
    message: `${dealerId} may move within its own tree only`,
    inputs: { dealerId, parentDealerId, facilityId, toFacilityId: otherId },
    ways: [
      'choose a superior of the same tree',
      `register the company ${place} by another dealer id, and freeze the ordering of ${dealerId}: what it owes stays with it until it is paid`,
    ],
  })
}

function cycle({ dealerId, parentDealerId }: Move): Decision {
  return refuse('dealer-cycle', {
    message: `${parentDealerId} is ${dealerId} or below it, so it can't be its superior`,
    inputs: { dealerId, parentDealerId },
    ways: [`choose a superior that is not below ${dealerId}`],
  })
}

/** Guarantees by dealers that are not superiors of whom they guarantee. */
function strayGuarantees(state: FacilityState) {
  return [...state.guarantees].flatMap(([guaranteeId, { guarantorDealerId, dealerId }]) =>
    pathOf(state, dealerId).includes(guarantorDealerId)
      ? []
      : [{ guaranteeId, guarantorDealerId, dealerId }],
  )
}

type Short = Readonly<{ room: Room; amount: Decimal }>

/** Who would be past its limit by the move, or further past it, the nearest to the dealer first. */
function shortBy(before: FacilityState, move: Move, today: LocalDate): readonly Short[] {
  const moved = dealerMoved(before, move)
  const ends = strayGuarantees(moved)
  const after = ends.reduce(guaranteeEnded, moved)
  const concerned = new Set([
    ...pathOf(after, move.dealerId),
    ...ends.map(({ dealerId }) => dealerId),
  ])
  return [...concerned].flatMap((id) => {
    const room = roomOf(before, id, today)
    const then = roomOf(after, id, today)
    const spare = spareOf(then)
    const isWorse = spare.lessThan(spareOf(room)) || then.headroom.lessThan(room.headroom)
    return isWorse && spare.isNegative() ? [{ room, amount: spare.negated() }] : []
  })
}

function overLimit(state: FacilityState, move: Move, today: LocalDate): Decision | undefined {
  const short = shortBy(state, move, today)
  const [nearest] = short
  if (nearest === undefined) return undefined
  const { room, amount } = nearest
  const headroom = toAmount(room.headroom)
  return refuse('credit-insufficient', {
    rule: 'move-headroom',
    message: `${room.dealerId} has a headroom of ${headroom}, ${toAmount(amount)} less than the move takes`,
    inputs: {
      dealerId: room.dealerId,
      limit: toAmount(room.limit),
      exposure: toAmount(room.exposure),
      headroom,
      wanted: toAmount(spareOf(room).plus(amount)),
      shortfall: toAmount(amount),
      moving: move.dealerId,
      to: move.parentDealerId,
    },
    ways: waysOf(state, short, move, today).map((way) => wordsOf(way)),
  })
}

function waysOf(
  state: FacilityState,
  short: readonly Short[],
  move: Move,
  today: LocalDate,
): readonly Way[] {
  const { dealerId } = move
  const raises = short.map(({ room, amount }) => ({
    dealerId: room.dealerId,
    amount: toAmount(amount),
  }))
  const payment = paymentFor(state, dealerId, today, (paid) =>
    shortBy(paid, move, today).reduce((most, { amount }) => larger(most, amount), ZERO),
  )
  return [
    ...(payment === undefined
      ? []
      : [{ kind: 'prepay', dealerId, amount: toAmount(payment) } as const]),
    { kind: 'raise-limits', raises },
    { kind: 'raise-for-a-time', raises },
  ]
}
