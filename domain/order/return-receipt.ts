/** Goods came back and are counted: what they are worth, and where they go. */

import type { DecisionContext } from '../context.ts'
import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import { lineTwice } from '../kernel/lines.ts'
import { decimal, minimum, round, toAmount } from '../kernel/money.ts'
import { warehouseUnknown } from '../stock/refusals.ts'
import { valueDateRefusal, valued } from '../value-date.ts'
import { ReturnClosed, ReturnReceived } from './return-events.ts'
import { placesFor } from './return-places.ts'
import { exceedsReturn, onReturn, wrongReturnStatus } from './return-refusals.ts'
import { deliveredOf, unitsOf } from './return-request.ts'
import { totalOf, type Worth, worthOf } from './return-worth.ts'
import type { Return } from './returns.ts'
import type { Order, OrderState } from './state.ts'

type Counted = Readonly<{ sku: string; quantity: number; resalable: boolean }>

export type ReceiveReturn = Readonly<{
  returnId: string
  /** A SKU has a line for what can be sold again, and one for what can't. */
  lines: readonly Counted[]
  /** Where it came; if left out, each unit goes to the warehouse that shipped it. */
  warehouseId?: string | undefined
  /** The day it came, if it is not the open business day. */
  effectiveOn?: string | undefined
}>

/**
 * Takes in what came of an approved return: no more of a SKU than was approved; what did not come may be
 * asked for again. The same count again changes nothing. Refuses `return-unknown` (404),
 * `return-not-approved` (409), `line-twice`, `return-exceeds-approved`, `warehouse-unknown` and value dates
 * as `valueDateRefusal` does.
 */
export function receiveReturn(
  state: OrderState,
  input: ReceiveReturn,
  context: DecisionContext,
): Decision {
  return onReturn(state, input.returnId, (order, found) => {
    if (found.received) {
      const isRepeated = isCountedSo(found.received.lines, input.lines)
      return isRepeated ? accept() : wrongReturnStatus(found, 'approved')
    }
    const { approved } = found
    if (found.status !== 'approved' || !approved) return wrongReturnStatus(found, 'approved')
    const units = unitsOf(input.lines)
    const refused =
      lineTwice(input.lines, ({ sku, resalable }) => `${sku} ${resalable}`) ??
      exceedsReturn(found, units, approved.lines, 'approved') ??
      noSuchWarehouse(input.warehouseId, context) ??
      valueDateRefusal(input.effectiveOn, context)
    if (refused) return { accepted: false, refusal: refused }
    return accept(
      ReturnReceived(receiptOf(order, found, input), valued(input.effectiveOn, context.today)),
    )
  })
}

function isCountedSo(
  received: readonly Readonly<{ sku: string; quantity: number; resalable: number }>[],
  lines: readonly Counted[],
): boolean {
  const units = unitsOf(lines)
  const resalable = resalableOf(lines)
  return (
    received.length === units.size &&
    received.every(
      (line) =>
        units.get(line.sku) === line.quantity && (resalable.get(line.sku) ?? 0) === line.resalable,
    )
  )
}

function resalableOf(lines: readonly Counted[]): ReadonlyMap<string, number> {
  return unitsOf(lines.filter(({ resalable }) => resalable))
}

function noSuchWarehouse(
  warehouseId: string | undefined,
  { reference }: DecisionContext,
): Refusal | undefined {
  if (warehouseId === undefined || reference.warehouses.has(warehouseId)) return undefined
  return warehouseUnknown(warehouseId)
}

function receiptOf(order: Order, found: Return, { lines, warehouseId }: ReceiveReturn) {
  const { orderId, dealerId, facilityId } = order
  const resalable = resalableOf(lines)
  const delivered = deliveredOf(order)
  const worths = worthOf(order, unitsOf(lines))
  const counted = worths.map(({ sku, quantity, before, ...amounts }) => ({
    ...{ sku, quantity, resalable: resalable.get(sku) ?? 0, before },
    ...{ delivered: delivered.get(sku) ?? quantity, ...amounts },
  }))
  return {
    ...{ orderId, returnId: found.returnId, dealerId, facilityId },
    lines: counted,
    places: placesFor(order, counted, warehouseId),
    restockingFee: feeFor(order, found, worths),
    ...totalOf(worths),
  }
}

/** As much of the fee as what came is of what was approved, by worth. */
function feeFor(order: Order, { approved }: Return, came: readonly Worth[]): string {
  if (approved === undefined) return '0.00'
  const fee = decimal(approved.restockingFee)
  const whole = decimal(totalOf(worthOf(order, unitsOf(approved.lines))).amount)
  if (whole.isZero()) return '0.00'
  const amount = decimal(totalOf(came).amount)
  return toAmount(minimum(round(fee.times(amount).dividedBy(whole)), amount))
}

export type CloseReturn = Readonly<{ orderId: string; returnId: string }>

/** Ends a return whose goods are put away and whose worth is credited. Again: nothing. */
export function closeReturn(state: OrderState, { orderId, returnId }: CloseReturn): Decision {
  return onReturn(state, returnId, (_, found) => {
    if (found.status === 'closed') return accept()
    if (found.status !== 'received') return wrongReturnStatus(found, 'received')
    return accept(ReturnClosed({ orderId, returnId }))
  })
}
