/** What people find in a warehouse: spoiled goods, and other quantities than the books have. */

import type { DecisionContext } from '../context.ts'
import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal } from '../kernel/decision.ts'
import { toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { postGoodsFound, postGoodsLost } from '../ledger/goods.ts'
import type { Batches, BatchName } from './batches.ts'
import {
  isExpired,
  named,
  nameOf,
  outdated,
  quarantined,
  sellable,
  take,
  total,
  unitsOf,
} from './batches.ts'
import { StockCounted, StockSpoiled } from './events.ts'
import { expiredOnArrival } from './expiry.ts'
import { notThere, tooMuch, unknownPlace } from './refusals.ts'
import { afterLoss } from './shortage.ts'
import { costOf, foundCost, type Level, levelOf, type StockState } from './state.ts'

export type SpoilStock = Readonly<{
  warehouseId: string
  sku: string
  quantity: number
  /** Where none is named: those that would leave first. */
  batch?: string | undefined
  reason: string
}>

/**
 * Writes goods off at moving average cost: those in quarantine first, then those that have expired. Orders
 * to which they were promised are let go, the newest first. Refuses more than is on hand.
 */
export function spoilStock(
  state: StockState,
  input: SpoilStock,
  { today, reference, policy }: DecisionContext,
): Decision {
  const { warehouseId, sku, quantity, batch, reason } = input
  const level = levelOf(state, sku)
  const batches = named(level.batches, batch)
  const found = total(batches)
  const refused =
    unknownPlace(reference, input) ??
    (quantity > found ? notThere(input, found, 'on hand') : undefined)
  if (refused) return { accepted: false, refusal: refused }
  const unsold = unitsOf(batches, quarantined) + unitsOf(batches, outdated(today))
  const losses = [{ sku, quantity: Math.max(0, quantity - unsold) }]
  const cost = costOf(level, quantity)
  return accept(
    StockSpoiled({
      warehouseId,
      sku,
      quantity,
      batches: take(batches, quantity, quarantined, outdated(today), sellable(today)),
      cost: toAmount(cost),
      reason,
      journal: postGoodsLost(policy.chart, cost),
    }),
    ...afterLoss(state, losses, { warehouseId, today, reference }),
  )
}

export type CountStock = Readonly<{
  warehouseId: string
  sku: string
  /** What is there, in base units, quarantined goods included. */
  quantity: number
  /** Where none is named, all of the SKU was counted. */
  batch?: string | undefined
  /** The date of a batch that was not known to be here. */
  expiresOn?: LocalDate | undefined
  reason: string
}>

/**
 * Makes what was counted the quantity on hand, and books the difference at moving average cost; a count
 * that finds what the books have is recorded as well. With less than is promised, the newest reservations
 * are let go. Refuses to find goods whose cost nobody knows.
 */
export function countStock(
  state: StockState,
  input: CountStock,
  context: DecisionContext,
): Decision {
  const refused = unknownPlace(context.reference, input)
  if (refused) return { accepted: false, refusal: refused }
  const { warehouseId, sku, batch, quantity: counted, reason } = input
  const level = levelOf(state, sku)
  const batches = named(level.batches, batch)
  const booked = total(batches)
  const data = { warehouseId, sku, ...(batch !== undefined && { batch }), booked, counted, reason }
  if (counted > booked) return surplus(data, { level, batches }, input, context)
  if (counted < booked) return shortage(data, { level, batches }, state, context)
  return accept(StockCounted({ ...data, batches: [], cost: '0.00', journal: [] }))
}

type Counted = Readonly<{
  warehouseId: string
  sku: string
  batch?: string | undefined
  booked: number
  counted: number
  reason: string
}>

type Counting = Readonly<{ level: Level; batches: Batches }>

/** What is missing is taken to be of what would have left first; quarantined goods are missed last. */
function shortage(
  data: Counted,
  { level, batches }: Counting,
  state: StockState,
  { today, reference, policy }: DecisionContext,
): Decision {
  const { warehouseId, sku, booked, counted } = data
  const missing = booked - counted
  const cost = costOf(level, missing)
  const portions = [sellable(today), outdated(today), quarantined]
  const losses = [{ sku, quantity: Math.min(missing, unitsOf(batches, sellable(today))) }]
  return accept(
    StockCounted({
      ...data,
      batches: take(batches, missing, ...portions),
      cost: toAmount(cost),
      journal: postGoodsLost(policy.chart, cost),
    }),
    ...afterLoss(state, losses, { warehouseId, today, reference }),
  )
}

/** What was found joins its batch; where none was named, the goods that leave first. */
function surplus(
  data: Counted,
  { level, batches }: Counting,
  input: CountStock,
  { today, policy }: DecisionContext,
): Decision {
  const { warehouseId, sku } = data
  const quantity = data.counted - data.booked
  const cost = foundCost(level, quantity)
  if (cost === undefined) return { accepted: false, refusal: costUnknown(data) }
  const refused = tooMuch(sku, level, { quantity, cost }) ?? dateRefusal(batches, input)
  if (refused) return { accepted: false, refusal: refused }
  const found = [{ ...foundIn(batches, input, today), quantity }]
  return accept(
    StockCounted({
      ...data,
      batches: found,
      cost: toAmount(cost),
      journal: postGoodsFound(policy.chart, cost),
    }),
    ...expiredOnArrival(warehouseId, [{ sku, batches: found }], today),
  )
}

function foundIn(batches: Batches, { batch, expiresOn }: CountStock, today: LocalDate): BatchName {
  const first = batches.find((one) => batch !== undefined || !isExpired(one, today))
  return nameOf(first ?? { batch, expiresOn })
}

function dateRefusal(batches: Batches, { sku, batch, expiresOn }: CountStock): Refusal | undefined {
  if (batch === undefined || expiresOn === undefined || batches.length === 0) return undefined
  if (batches.some((one) => one.expiresOn === expiresOn)) return undefined
  return refusal('batch-date-differs', {
    message: `batch ${batch} of ${sku} is here with another date`,
    inputs: { sku, batch, expiresOn, known: batches[0]?.expiresOn ?? null },
    ways: ['check the date', 'leave the date out'],
  })
}

function costUnknown({ sku, counted, warehouseId }: Counted): Refusal {
  return refusal('cost-unknown', {
    message: `${sku} was never here, so that nobody knows what the ${counted} found did cost`,
    inputs: { warehouseId, sku, counted },
    ways: ['receive the goods at their unit cost instead'],
  })
}
