/** Decisions about holds: credit set aside for an order until it ships. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type Decimal, decimal, minimum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { type Room, roomOf } from './credit.ts'
import {
  HoldPlaced,
  type HoldRefusal,
  HoldRefused,
  HoldReleased,
  type ReleaseReason,
} from './events.ts'
import { holdReleased } from './evolve.ts'
import { guaranteedOf } from './guarantees.ts'
import { asMember } from './members.ts'
import { type FacilityState, memberOf, type OrderCredit, orderOf, pathOf } from './state.ts'

export type PlaceHold = Readonly<{
  facilityId: string
  dealerId: string
  orderId: string
  amount: string
  /** 0 if not given. After a release, only a higher one is granted. */
  attempt?: number | undefined
}>

/**
 * Sets credit aside, if the dealer and every superior have the headroom; else says so in an event, which
 * names the blocking dealer nearest to the one that orders. Placing the same hold again changes nothing;
 * one of a later attempt replaces it; one that its release has overtaken is refused in an event with
 * `hold-released`. Refuses `dealer-unknown`, and `hold-exists` for another amount in the same attempt.
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
    if (attempt <= order.attempt) return repeatedHold(input, order.granted)
    const replaced = earlierHold(orderId, order)
    const free = replaced.reduce((before, { data }) => holdReleased(before, data), current)
    const blocked = creditRefusal(free, input, context.today)
    const answer = blocked
      ? HoldRefused({ ...holdOf(input), refusal: blocked })
      : HoldPlaced(holdOf(input))
    return accept(...replaced, answer)
  })
}

/** The release of a hold that an earlier attempt placed, if it is still there. */
function earlierHold(orderId: string, order: OrderCredit) {
  const { dealerId, attempt, releasedAttempt, held: amount } = order
  if (attempt <= releasedAttempt) return []
  return [HoldReleased({ dealerId, orderId, amount, reason: 'compensation', attempt })]
}

function holdOf({ dealerId, orderId, amount, attempt }: PlaceHold) {
  const hold = { dealerId, orderId, amount: toAmount(decimal(amount)) }
  return attempt === undefined ? hold : { ...hold, attempt }
}

function repeatedHold({ orderId, amount }: PlaceHold, granted: string): Decision {
  if (decimal(amount).equals(granted)) return accept()
  return refuse('hold-exists', {
    kind: 'state',
    message: `order ${orderId} has a hold of ${granted} already`,
    inputs: { orderId, granted, wanted: toAmount(decimal(amount)) },
    ways: ['place the hold as a later attempt'],
  })
}

function refused(input: PlaceHold, refusal: HoldRefusal): Decision {
  return accept(HoldRefused({ ...holdOf(input), refusal }))
}

function overtaken(orderId: string): HoldRefusal {
  return {
    code: 'hold-released',
    message: `the hold of order ${orderId} was released before it came`,
    decision: { rule: 'hold-released', ruleVersion: 1, inputs: { orderId }, ways: [] },
  }
}

/** Why the order can't have its credit; undefined if it can. Nothing wanted needs no headroom. */
function creditRefusal(
  state: FacilityState,
  { dealerId, orderId, amount }: PlaceHold,
  today: LocalDate,
): HoldRefusal | undefined {
  const wanted = decimal(amount)
  if (wanted.isZero()) return undefined
  const rooms = pathOf(state, dealerId).map((id) =>
    roomOf(state, id, today, { orderId, amount: wanted }),
  )
  const blocking = rooms.filter(({ headroom }) => headroom.lessThan(wanted))
  const [nearest] = blocking
  if (nearest === undefined) return undefined
  return insufficient(nearest, wanted, waysOut(state, { rooms, blocking, wanted, today }))
}

function insufficient(room: Room, wanted: Decimal, ways: string[]): HoldRefusal {
  const { dealerId } = room
  const headroom = toAmount(room.headroom)
  const shortfall = toAmount(wanted.minus(room.headroom))
  const inputs = {
    dealerId,
    limit: toAmount(room.limit),
    exposure: toAmount(room.exposure),
    headroom,
    wanted: toAmount(wanted),
    shortfall,
  }
  return {
    code: 'credit-insufficient',
    message: `${dealerId} has a headroom of ${headroom}, ${shortfall} less than the order takes`,
    decision: { rule: 'credit-headroom', ruleVersion: 1, inputs, ways },
  }
}

type Blocked = Readonly<{
  rooms: readonly Room[]
  blocking: readonly Room[]
  wanted: Decimal
  today: LocalDate
}>

/** What would make the order pass; each way is enough by itself, for every dealer that blocks. */
function waysOut(state: FacilityState, blocked: Blocked): string[] {
  const { rooms, blocking, wanted } = blocked
  const headrooms = rooms.map(({ headroom }) => headroom)
  const smallest = headrooms.reduce(minimum)
  const raises = blocking.map(
    ({ dealerId, headroom }) => `the limit of ${dealerId} by ${toAmount(wanted.minus(headroom))}`,
  )
  return [
    `prepay ${toAmount(wanted.minus(smallest))}`,
    ...guaranteeWays(state, blocked),
    ...(smallest.greaterThan(0) ? [`order for at most ${toAmount(smallest)}`] : []),
    `raise ${raises.join(' and ')}`,
  ]
}

/** A guarantee helps if one dealer alone blocks and a superior may still guarantee so much. */
function guaranteeWays(
  state: FacilityState,
  { blocking, wanted, today }: Blocked,
): readonly string[] {
  const [room, ...others] = blocking
  if (room === undefined || others.length > 0) return []
  const shortfall = wanted.minus(room.headroom)
  const [, ...superiors] = pathOf(state, room.dealerId)
  const able = superiors.find((id) =>
    decimal(memberOf(state, id).limit)
      .minus(guaranteedOf(state, id, today))
      .greaterThanOrEqualTo(shortfall),
  )
  return able === undefined
    ? []
    : [`a guarantee of ${toAmount(shortfall)} for ${room.dealerId} by ${able}`]
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
 * Gives back what is left of an order's hold. A release that comes before its hold is remembered, so
 * that the hold is then refused; `cancelled` and `completed` are final for the order. Releasing again
 * changes nothing. Refuses `dealer-unknown`.
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
    const amount = attempt >= order.attempt ? order.held : '0.00'
    return accept(HoldReleased({ dealerId: order.dealerId, orderId, amount, reason, attempt }))
  })
}
