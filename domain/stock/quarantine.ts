/** Goods that are there, and promised to nobody, until somebody says that they are good. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { BatchPart } from './batches.ts'
import { free, liftable, named, outdated, sellable, take, unitsOf } from './batches.ts'
import { QuarantineLifted, StockQuarantined } from './events.ts'
import { notThere, unknownPlace } from './refusals.ts'
import { afterLoss } from './shortage.ts'
import { levelOf, type StockState } from './state.ts'

export type QuarantineStock = Readonly<{
  warehouseId: string
  sku: string
  quantity: number
  /** Where none is named: those that would leave first. */
  batch?: string | undefined
  reason: string
  /** True: the goods are good again. */
  release?: boolean | undefined
}>

/**
 * Sets goods apart, or makes them good again. Orders to which they were promised are let go, the newest
 * first. Refuses more than is there; what has expired stays in quarantine.
 */
export function quarantineStock(
  state: StockState,
  input: QuarantineStock,
  context: DecisionContext,
): Decision {
  const refused = unknownPlace(context.reference, input)
  if (refused) return { accepted: false, refusal: refused }
  return input.release === true ? lift(state, input, context) : setApart(state, input, context)
}

function setApart(
  state: StockState,
  input: QuarantineStock,
  { today, reference }: DecisionContext,
): Decision {
  const { warehouseId, sku, quantity, batch } = input
  const batches = named(levelOf(state, sku).batches, batch)
  const found = unitsOf(batches, free)
  if (quantity > found) {
    return { accepted: false, refusal: notThere(input, found, 'not in quarantine yet') }
  }
  const isSold = sellable(today)
  const losses = [{ sku, quantity: Math.min(quantity, unitsOf(batches, isSold)) }]
  return accept(
    StockQuarantined(dataOf(input, take(batches, quantity, isSold, outdated(today)))),
    ...afterLoss(state, losses, { warehouseId, today, reference }),
  )
}

function lift(state: StockState, input: QuarantineStock, { today }: DecisionContext): Decision {
  const batches = named(levelOf(state, input.sku).batches, input.batch)
  const found = unitsOf(batches, liftable(today))
  if (input.quantity > found) {
    return { accepted: false, refusal: notThere(input, found, 'in quarantine') }
  }
  return accept(QuarantineLifted(dataOf(input, take(batches, input.quantity, liftable(today)))))
}

function dataOf({ warehouseId, sku, quantity, reason }: QuarantineStock, batches: BatchPart[]) {
  return { warehouseId, sku, quantity, batches, reason }
}
