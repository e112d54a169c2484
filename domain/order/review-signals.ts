/** Which orders a review rule is for, with the figures that say so; each kind of rule has its own. */

import type { DecisionContext } from '../context.ts'
import { decimal, sum, toAmount } from '../kernel/money.ts'
import type { RecentOrder } from '../reference/recent-orders.ts'
import { riskAddressOf, since } from '../reference/recent-orders.ts'
import type { ReviewRule, ReviewWhen } from '../reviewRule/rule.ts'
import type { ReviewReason } from './values.ts'

/** What is known of an order that is placed or amended. */
export type Judged = Readonly<{
  orderId: string
  dealerId: string
  /** Tax-inclusive. */
  total: string
  lines: readonly Readonly<{ sku: string; quantity: number }>[]
}>

type Signal = Readonly<{
  message: string
  inputs: ReviewReason['decision']['inputs']
  ways: readonly string[]
}>

type When<Kind extends ReviewWhen['kind']> = Extract<ReviewWhen, { kind: Kind }>

/** Why an order falls under a rule, with the rule's figures; undefined: it does not. */
export function reasonOf(
  rule: ReviewRule,
  order: Judged,
  context: DecisionContext,
): ReviewReason | undefined {
  const signal = signalOf(rule.when, order, context)
  return (
    signal && {
      code: rule.when.kind,
      message: signal.message,
      decision: {
        rule: rule.ruleId,
        ruleVersion: rule.version,
        inputs: signal.inputs,
        ways: [...signal.ways, ...wayThrough(rule)],
      },
    }
  )
}

function wayThrough({ effect, chain }: ReviewRule): readonly string[] {
  return effect === 'reject' ? [] : [`approval by ${chain.map(({ role }) => role).join(', then ')}`]
}

function signalOf(when: ReviewWhen, order: Judged, context: DecisionContext): Signal | undefined {
  switch (when.kind) {
    case 'amount':
      return largeTotal(when, order)
    case 'special-goods':
      return specialGoods(when, order, context)
    case 'burst':
      return burst(when, order, context)
    case 'order-cut-up':
      return cutUp(when, order, context)
    case 'dealer':
      return watchedDealer(when, order)
    case 'over-limit':
    case 'stock-lost':
      return undefined // credit and stock say so, later
  }
}

function largeTotal({ over }: When<'amount'>, { total }: Judged): Signal | undefined {
  if (!decimal(total).greaterThan(over)) return undefined
  return {
    message: `the total of ${total} is over ${over}`,
    inputs: { total, over, excess: toAmount(decimal(total).minus(over)) },
    ways: [`order for at most ${over}`],
  }
}

function specialGoods(
  { skus, categories }: When<'special-goods'>,
  { lines }: Judged,
  { reference }: DecisionContext,
): Signal | undefined {
  const asMarked = skus === undefined && categories === undefined
  const found = lines.flatMap(({ sku, quantity }) => {
    const terms = reference.skus.get(sku)
    const isMeant = asMarked
      ? terms?.special === true
      : skus?.includes(sku) === true || categories?.includes(terms?.category ?? '') === true
    return isMeant ? [{ sku, quantity, category: terms?.category ?? '' }] : []
  })
  if (found.length === 0) return undefined
  const names = found.map(({ sku }) => sku).join(', ')
  return {
    message: `special goods: ${names}`,
    inputs: { lines: found },
    ways: [`leave out ${names}`],
  }
}

function burst(
  { by, orders, minutes }: When<'burst'>,
  { orderId, dealerId }: Judged,
  { reference, actor, now }: DecisionContext,
): Signal | undefined {
  const key = by === 'dealer' ? dealerId : riskAddressOf(actor)
  if (key === undefined) return undefined
  const others = []
  for (const other of since(reference.recentOrders, by, key, windowStart(now, minutes))) {
    if (other.orderId !== orderId) others.push(other.orderId)
    if (others.length + 1 >= orders) break
  }
  if (others.length + 1 < orders) return undefined
  const whose = by === 'dealer' ? `of dealer ${dealerId}` : 'from one network address'
  return {
    message: `${orders} orders ${whose} within ${minutes} minutes`,
    inputs: { by, orders, minutes, others },
    ways: ['order later'],
  }
}

/** As many pieces of one order as are looked at. */
const MOST_PIECES = 200

function cutUp(
  { threshold, minutes }: When<'order-cut-up'>,
  order: Judged,
  { reference, now }: DecisionContext,
): Signal | undefined {
  const most = decimal(threshold)
  const total = decimal(order.total)
  if (total.greaterThan(most)) return undefined
  const pieces: RecentOrder[] = []
  const from = windowStart(now, minutes)
  for (const other of since(reference.recentOrders, 'dealer', order.dealerId, from)) {
    const isPiece = !other.ended && !other.total.greaterThan(most)
    if (isPiece && other.orderId !== order.orderId) pieces.push(other)
    if (pieces.length >= MOST_PIECES) break
  }
  const before = sum(pieces.map((piece) => piece.total))
  const together = before.plus(total)
  if (pieces.length === 0 || !together.greaterThan(most)) return undefined
  const left = most.minus(before)
  return {
    message: `${pieces.length + 1} orders of dealer ${order.dealerId} within ${minutes} minutes make ${toAmount(together)}, over ${threshold}`,
    inputs: {
      threshold,
      minutes,
      together: toAmount(together),
      orders: pieces.map((piece) => ({ orderId: piece.orderId, total: toAmount(piece.total) })),
    },
    ways: [...(left.greaterThan(0) ? [`order for at most ${toAmount(left)}`] : []), 'order later'],
  }
}

function watchedDealer({ dealerId }: When<'dealer'>, order: Judged): Signal | undefined {
  if (dealerId !== order.dealerId) return undefined
  return {
    message: `every order of dealer ${dealerId} is looked at`,
    inputs: { dealerId },
    ways: [],
  }
}

function windowStart(now: string, minutes: number): number {
  return Date.parse(now) - minutes * 60_000
}
