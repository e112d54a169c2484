/** What goods that came back are worth to their dealer (DOMAIN: Returns and invoices). */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type Decimal, decimal, minimum, sum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { postReturn } from '../ledger/goods.ts'
import { valued } from '../value-date.ts'
import { openOfOrder } from './allocation.ts'
import { applied } from './evolve.ts'
import { lossOf } from './losses.ts'
import { asMember } from './members.ts'
import { unfreezing } from './overdue.ts'
import { paidBackOf, receivablesOf } from './paid-back.ts'
import { ReturnCredited } from './receivable-events.ts'
import { returnedOf } from './returned.ts'
import { type FacilityState, type OrderCredit, orderOf } from './state.ts'
import type { Allocation } from './values.ts'

export type CreditReturn = Readonly<{
  facilityId: string
  dealerId: string
  orderId: string
  returnId: string
  /** Gross, before the fee: net and tax together. */
  amount: string
  net: string
  tax: string
  /** Kept of it; no more than all of it. */
  restockingFee: string
  /** The day it came; today if not given. Judged where the return was decided. */
  effectiveOn?: LocalDate | undefined
}>

/**
 * Credits a return: first to what is open of its order, the oldest due date first, then to what was
 * written off of it. The rest had been paid: the discount for paying early that was in it is taken back,
 * in proportion, and the money is payable. Crediting it again changes nothing. Refuses `dealer-unknown`,
 * and `return-exceeds-order` for more than the order's shipments, as far as they are recognised, are
 * worth.
 */
export function creditReturn(
  state: FacilityState,
  input: CreditReturn,
  context: DecisionContext,
): Decision {
  if (state.returns.has(input.returnId)) return accept()
  return asMember(state, input.dealerId, context, (current) => {
    const order = orderOf(current, input.dealerId, input.orderId)
    const worth = worthOf(current, order)
    if (worth.lessThan(input.amount)) return exceedsOrder(input, worth)
    return credited(current, order, input, context)
  })
}

/** What the order's shipments are worth, without what came back. */
function worthOf(state: FacilityState, order: OrderCredit): Decimal {
  const shipped = receivablesOf(state, order).map(({ amount }) => decimal(amount))
  return sum(shipped).minus(returnedOf(order).amount)
}

function credited(
  state: FacilityState,
  order: OrderCredit,
  input: CreditReturn,
  { today, policy: { chart } }: DecisionContext,
): Decision {
  const { returnId, orderId, dealerId, effectiveOn } = input
  const amount = decimal(input.amount)
  const restockingFee = minimum(decimal(input.restockingFee), amount)
  const open = openOfOrder(state, dealerId, orderId).map((receivableId) => ({
    receivableId,
    amount: decimal(state.receivables.get(receivableId)?.outstanding ?? '0'),
  }))
  const lost = receivablesOf(state, order).map((receivable) => ({
    receivableId: receivable.receivableId,
    amount: decimal(lossOf(receivable).writtenOff).minus(lossOf(receivable).recovered),
  }))
  const onOpen = spread(amount.minus(restockingFee), open)
  const onLost = spread(onOpen.rest, lost)
  const paid = paidBackOf(state, order, onLost.rest)
  const event = ReturnCredited(
    {
      ...{ returnId, orderId, dealerId, amount: toAmount(amount) },
      ...{ net: toAmount(decimal(input.net)), tax: toAmount(decimal(input.tax)) },
      restockingFee: toAmount(restockingFee),
      allocations: [...onOpen.allocations],
      ...(onLost.allocations.length === 0 ? {} : { losses: [...onLost.allocations] }),
      discountBack: toAmount(paid.discountBack),
      ...(paid.discounts.length === 0 ? {} : { discounts: [...paid.discounts] }),
      refundPayable: toAmount(paid.refundPayable),
      refunds: [...paid.refunds],
      journal: postReturn(chart, dealerId, {
        ...{ net: decimal(input.net), tax: decimal(input.tax), restockingFee },
        ...{ settled: onOpen.spent, lossBack: onLost.spent },
        ...{ refundPayable: paid.refundPayable, discountBack: paid.discountBack },
      }),
    },
    valued(effectiveOn, today),
  )
  const after = applied(state, [event], today)
  return accept(event, ...unfreezing(after, [dealerId], today))
}

type Spread = Readonly<{ allocations: readonly Allocation[]; spent: Decimal; rest: Decimal }>

/** Divides an amount over parts, in their order, each up to its own. */
function spread(
  amount: Decimal,
  parts: readonly Readonly<{ receivableId: string; amount: Decimal }>[],
): Spread {
  let rest = amount
  const allocations = parts.flatMap(({ receivableId, amount: most }) => {
    const part = minimum(rest, most)
    if (!part.greaterThan(ZERO)) return []
    rest = rest.minus(part)
    return [{ receivableId, amount: toAmount(part) }]
  })
  return { allocations, spent: amount.minus(rest), rest }
}

function exceedsOrder({ orderId, returnId, amount }: CreditReturn, worth: Decimal): Decision {
  return refuse('return-exceeds-order', {
    kind: 'state',
    message: `return ${returnId} is worth more than the ${toAmount(worth)} that order ${orderId} was shipped for`,
    inputs: { returnId, orderId, amount, worth: toAmount(worth) },
    ways: ['credit the return once the shipments of the order are recognised'],
  })
}
