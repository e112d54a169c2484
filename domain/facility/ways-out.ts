/** What would make a refused hold pass; each way is enough by itself. */

import { type Decimal, decimal, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
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
  /** Whether reviewers can look at the order. */
  reviewable: boolean
  /** What the order may be at most; undefined if even the least would not pass. */
  atMost: Decimal | undefined
  today: LocalDate
}>

/** The ways out of a refusal, for every dealer that lacks anything. */
export function waysOut(state: FacilityState, blocked: Blocked): readonly Way[] {
  const { dealerId, shortfalls, atMost, reviewable, release } = blocked
  const raises = shortfalls.map((lacking) => ({
    dealerId: lacking.dealerId,
    amount: toAmount(lacking.amount),
  }))
  const most = shortfalls.map(({ amount }) => amount).reduce(larger)
  return [
    { kind: 'prepay', dealerId, amount: toAmount(most) },
    ...guarantees(state, blocked),
    ...(atMost === undefined ? [] : [{ kind: 'order-less', amount: toAmount(atMost) } as const]),
    { kind: 'raise-limits', raises },
    { kind: 'raise-for-a-time', raises },
    ...(reviewable ? [{ kind: 'release', amount: toAmount(release) } as const] : []),
  ]
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

/** A way in words. */
export function wordsOf(way: Way): string {
  switch (way.kind) {
    case 'prepay':
      return `prepay ${way.amount}`
    case 'guarantee':
      return `a guarantee of ${way.amount} for ${way.dealerId} by ${way.guarantorDealerId}`
    case 'order-less':
      return `order for at most ${way.amount}`
    case 'raise-limits':
      return `raise ${all(way.raises, ({ dealerId, amount }) => `the limit of ${dealerId} by ${amount}`)}`
    case 'raise-for-a-time':
      return `a temporary limit ${all(way.raises, ({ dealerId, amount }) => `of ${amount} for ${dealerId}`)}`
    case 'release':
      return `a reviewer's release of ${way.amount}`
  }
}

function all(raises: readonly Raise[], words: (raise: Raise) => string): string {
  return raises.map(words).join(' and ')
}
