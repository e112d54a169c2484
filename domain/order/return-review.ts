/** Whether goods may come back, and what is kept of their worth for it. */

import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal } from '../kernel/decision.ts'
import { lineTwice } from '../kernel/lines.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import { ReturnApproved, ReturnRejected } from './return-events.ts'
import { exceedsReturn, onReturn, wrongReturnStatus } from './return-refusals.ts'
import { unitsOf } from './return-request.ts'
import { totalOf, worthOf } from './return-worth.ts'
import type { Return } from './returns.ts'
import type { Order, OrderState } from './state.ts'

type Looked = Readonly<{ sku: string; quantity: number; resalable: boolean }>

export type ApproveReturn = Readonly<{
  returnId: string
  /** Kept of what is given back, if all that is approved comes; nothing, if left out. */
  restockingFee?: string | undefined
  /** All that was asked for, as resalable, if left out; a line that is left out is not approved. */
  lines?: readonly Looked[] | undefined
  note?: string | undefined
}>

/**
 * Lets goods come back, all or fewer. The same again changes nothing. Refuses `return-unknown` (404),
 * `return-not-requested` (409), `line-twice`, `return-exceeds-requested` and `fee-exceeds-worth`.
 */
export function approveReturn(state: OrderState, input: ApproveReturn): Decision {
  return onReturn(state, input.returnId, (order, found) => {
    const { requested, status } = found
    const { returnId, note } = input
    const lines =
      input.lines ??
      requested.lines.map(({ sku, quantity }) => ({ sku, quantity, resalable: true }))
    const restockingFee = toAmount(decimal(input.restockingFee ?? '0'))
    if (isApprovedSo(found, lines, restockingFee)) return accept()
    if (status !== 'requested') return wrongReturnStatus(found, 'requested')
    const units = unitsOf(lines)
    const refused =
      lineTwice(lines) ??
      exceedsReturn(found, units, requested.lines, 'requested') ??
      feeExceedsWorth(order, returnId, units, restockingFee)
    if (refused) return { accepted: false, refusal: refused }
    return accept(
      ReturnApproved({
        ...{ orderId: order.orderId, returnId, restockingFee, lines: [...lines] },
        ...(note !== undefined && { note }),
      }),
    )
  })
}

function isApprovedSo(
  { status, approved }: Return,
  lines: readonly Looked[],
  fee: string,
): boolean {
  return (
    status !== 'rejected' &&
    approved !== undefined &&
    approved.restockingFee === fee &&
    isSame(approved.lines, lines, ({ sku, quantity, resalable }) =>
      [sku, quantity, resalable].join(' '),
    )
  )
}

/** Whether two lists have the same lines, in any order. */
function isSame<Line>(
  lines: readonly Line[],
  others: readonly Line[],
  keyOf: (line: Line) => string,
): boolean {
  const keys = lines.map(keyOf).sort()
  const otherKeys = others.map(keyOf).sort()
  return keys.length === otherKeys.length && keys.every((key, index) => key === otherKeys[index])
}

function feeExceedsWorth(
  order: Order,
  returnId: string,
  units: ReadonlyMap<string, number>,
  restockingFee: string,
): Refusal | undefined {
  const { amount } = totalOf(worthOf(order, units))
  if (!decimal(restockingFee).greaterThan(amount)) return undefined
  return refusal('fee-exceeds-worth', {
    message: `a restocking fee of ${restockingFee} is more than the ${amount} that return ${returnId} is worth`,
    inputs: { returnId, restockingFee, worth: amount },
    ways: [`keep ${amount} or less`, 'reject the return'],
  })
}

export type RejectReturn = Readonly<{ returnId: string; reason: string }>

/**
 * Ends a return of which nothing comes: it was not approved, or nothing came although it was. Its goods may
 * be asked for again. Rejecting again changes nothing. Refuses `return-unknown` (404) and
 * `return-not-requested` (409) once goods came.
 */
export function rejectReturn(state: OrderState, { returnId, reason }: RejectReturn): Decision {
  return onReturn(state, returnId, ({ orderId }, found) => {
    const { status } = found
    if (status === 'rejected') return accept()
    if (status !== 'requested' && status !== 'approved') {
      return wrongReturnStatus(found, 'requested')
    }
    return accept(ReturnRejected({ orderId, returnId, reason }))
  })
}
