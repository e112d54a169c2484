/** What would make a refused hold pass; each way is enough by itself. */

import { type Decimal, decimal, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { settle } from './allocation.ts'
import { PaymentReceived } from './cash-events.ts'
import { applied } from './evolve.ts'
import { guaranteedOf } from './guarantees.ts'
import { type FacilityState, memberOf, pathOf } from './state.ts'

type Raise = Readonly<{ dealerId: string; amount: string }>

export type Way =
  | Readonly<{ kind: 'prepay'; dealerId: string; amount: string }>
  | Readonly<{ kind: 'guarantee'; guarantorDealerId: string; dealerId: string; amount: string }>
  | Readonly<{ kind: 'order-less'; amount: string }>
  | Readonly<{ kind: 'raise-limits'; raises: readonly Raise[] }>
  | Readonly<{ kind: 'raise-for-a-time'; raises: readonly Raise[] }>
  | Readonly<{ kind: 'release'; amount: string }>

/** How much a dealer lacks. */
export type Shortfall = Readonly<{ dealerId: string; amount: Decimal }>

export type Blocked = Readonly<{
  dealerId: string
  /** Of every dealer that lacks anything, the nearest to the one that orders first. */
  shortfalls: readonly Shortfall[]
  /** What reviewers would have to release. */
  release: Decimal
  /** What the dealer would have to pay; undefined if paying does not help. */
  payment: Decimal | undefined
  /** Whether reviewers can look at the order. */
  reviewable: boolean
  /** What the order may be at most; undefined if even the least would not pass. */
  atMost: Decimal | undefined
  today: LocalDate
}>

/** The ways out of a refusal, for every dealer that lacks anything. */
export function waysOut(state: FacilityState, blocked: Blocked): readonly Way[] {
  const { dealerId, shortfalls, atMost, reviewable, release, payment } = blocked
  const raises = shortfalls.map((lacking) => ({
    dealerId: lacking.dealerId,
    amount: toAmount(lacking.amount),
  }))
  return [
    ...(payment === undefined
      ? []
      : [{ kind: 'prepay', dealerId, amount: toAmount(payment) } as const]),
    ...guarantees(state, blocked),
    ...(atMost === undefined ? [] : [{ kind: 'order-less', amount: toAmount(atMost) } as const]),
    { kind: 'raise-limits', raises },
    { kind: 'raise-for-a-time', raises },
    ...(reviewable ? [{ kind: 'release', amount: toAmount(release) } as const] : []),
  ]
}

const MOST_TRIES = 10

/**
 * What a dealer has to pay so that nothing is lacking, found by trying: what a payment settles of orders
 * that were released, or guaranteed for, takes that room away with it. Undefined if it can't be found.
 */
export function paymentFor(
  state: FacilityState,
  dealerId: string,
  today: LocalDate,
  lackingIn: (state: FacilityState) => Decimal,
): Decimal | undefined {
  let amount = lackingIn(state)
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const lacking = lackingIn(paid(state, dealerId, today, amount))
    if (!lacking.greaterThan(ZERO)) return amount
    amount = amount.plus(lacking)
  }
  return undefined
}

/** The state if the dealer had paid an amount. */
function paid(
  state: FacilityState,
  dealerId: string,
  today: LocalDate,
  amount: Decimal,
): FacilityState {
  const { allocations, allocated } = settle(state, dealerId, { amount, on: today })
  const receipt = PaymentReceived({
    paymentId: '',
    dealerId,
    amount: toAmount(amount),
    method: 'bank-transfer',
    allocations: [...allocations],
    unapplied: toAmount(amount.minus(allocated)),
    journal: [],
  })
  return applied(state, [receipt], today)
}

export function larger(one: Decimal, other: Decimal): Decimal {
  return one.greaterThan(other) ? one : other
}

/** A guarantee helps if one dealer alone lacks anything and a superior may still guarantee so much. */
function guarantees(
  state: FacilityState,
  { shortfalls: [lacking, ...others], today }: Blocked,
): readonly Way[] {
  if (lacking === undefined || others.length > 0) return []
  const { dealerId, amount } = lacking
  const [, ...superiors] = pathOf(state, dealerId)
  const able = superiors.find((id) =>
    decimal(memberOf(state, id).limit)
      .minus(guaranteedOf(state, id, today))
      .greaterThanOrEqualTo(amount),
  )
  if (able === undefined) return []
  return [{ kind: 'guarantee', guarantorDealerId: able, dealerId, amount: toAmount(amount) }]
}

/**
 * A way in words. An order that waits in review goes on by itself only for what names it; for more room
 * in general it has to be approved as well.
 */
export function wordsOf(way: Way, inReview = false): string {
  const approved = inReview ? ', and the approval of this order' : ''
  switch (way.kind) {
    case 'prepay':
      return `prepay ${way.amount}${inReview ? ', naming this order' : ''}`
    case 'guarantee': {
      const { amount, dealerId, guarantorDealerId } = way
      const named = inReview ? ', naming this order' : ''
      return `a guarantee of ${amount} for ${dealerId} by ${guarantorDealerId}${named}`
    }
    case 'order-less':
      return `order for at most ${way.amount}`
    case 'raise-limits':
      return `raise ${all(way.raises, ({ dealerId, amount }) => `the limit of ${dealerId} by ${amount}`)}${approved}`
    case 'raise-for-a-time':
      return `a temporary limit ${all(way.raises, ({ dealerId, amount }) => `of ${amount} for ${dealerId}`)}${approved}`
    case 'release':
      return `a reviewer's release of ${way.amount}`
  }
}

function all(raises: readonly Raise[], words: (raise: Raise) => string): string {
  return raises.map(words).join(' and ')
}
