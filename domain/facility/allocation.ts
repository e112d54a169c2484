/** Which receivables money settles (DOMAIN: Payments). */

import { type Decimal, decimal, minimum, toAmount } from '../kernel/money.ts'
import type { Allocation } from './events.ts'
import { type FacilityState, memberOf, type Receivable } from './state.ts'

/**
 * At most so many receivables are settled by one event (the store bounds its size); the rest stays
 * unapplied cash until the next receivable is recognised.
 */
export const MAX_ALLOCATIONS = 2000

export type Settlement = Readonly<{
  allocations: readonly Allocation[]
  allocated: Decimal
  /** What is left of the money. */
  rest: Decimal
}>

/** Those of the payer's open receivables that are named, by themselves first, then by their orders. */
export type Named = Readonly<{
  receivableIds: readonly string[]
  orderIds: readonly string[]
}>

const NOBODY: Named = { receivableIds: [], orderIds: [] }

/**
 * Divides money over a dealer's open receivables: the named ones in the order named (an order's by due
 * date), then by due date; ties by number.
 */
export function settle(
  state: FacilityState,
  dealerId: string,
  cash: Decimal,
  named: Named = NOBODY,
): Settlement {
  if (cash.isZero()) return { allocations: [], allocated: cash, rest: cash }
  const allocations: Allocation[] = []
  let rest = cash
  for (const receivableId of inOrder(state, dealerId, named)) {
    if (rest.isZero() || allocations.length === MAX_ALLOCATIONS) break
    const open = decimal(state.receivables.get(receivableId)?.outstanding ?? '0')
    const amount = minimum(rest, open)
    allocations.push({ receivableId, amount: toAmount(amount) })
    rest = rest.minus(amount)
  }
  return { allocations, allocated: cash.minus(rest), rest }
}

/** The dealer's open receivables, each once. Lazy: a dealer may have very many. */
function* inOrder(state: FacilityState, dealerId: string, named: Named): Generator<string> {
  const first = new Set([
    ...openOf(state, dealerId, named.receivableIds),
    ...named.orderIds.flatMap((orderId) => openOfOrder(state, dealerId, orderId)),
  ])
  yield* first
  const { openByDue } = memberOf(state, dealerId)
  for (const dueOn of openByDue.keySeq().toArray().sort()) {
    for (const id of openByDue.get(dueOn)?.keys() ?? []) if (!first.has(id)) yield id
  }
}

function openOfOrder(state: FacilityState, dealerId: string, orderId: string): readonly string[] {
  const ids = state.orders.get(orderId)?.receivableIds ?? []
  return byDueDate(state, openOf(state, dealerId, ids))
}

function openOf(state: FacilityState, dealerId: string, ids: readonly string[]): readonly string[] {
  return ids.filter((id) => {
    const receivable = state.receivables.get(id)
    return receivable?.dealerId === dealerId && !decimal(receivable.outstanding).isZero()
  })
}

function byDueDate(state: FacilityState, ids: readonly string[]): readonly string[] {
  return ids
    .flatMap((id) => {
      const receivable = state.receivables.get(id)
      return receivable === undefined ? [] : [{ id, receivable }]
    })
    .sort((a, b) => compare(a.receivable, b.receivable))
    .map(({ id }) => id)
}

function compare(a: Receivable, b: Receivable): number {
  if (a.dueOn !== b.dueOn) return a.dueOn < b.dueOn ? -1 : 1
  return a.number - b.number
}
