/** Goods that came back with a return: at the cost they were issued at, restocked or scrapped. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, type Refusal, refusal } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { type Decimal, decimal, runningPart, sum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { postGoodsReturned } from '../ledger/goods.ts'
import { valued } from '../value-date.ts'
import type { BatchPart } from './batches.ts'
import { StockReturned } from './events.ts'
import { tooMuch } from './refusals.ts'
import { levelOf, type StockState } from './state.ts'

/** Units of a SKU that had left with a shipment: those after `before`, of all that were shipped. */
type OfShipment = Readonly<{
  shipmentId: string
  before: number
  quantity: number
  shipped: number
}>

type ReturnedLine = Readonly<{
  sku: string
  restocked: number
  scrapped: number
  /** Restocked and scrapped units together; the restocked ones first. */
  from: readonly OfShipment[]
}>

export type RestockReturn = Readonly<{
  warehouseId: string
  orderId: string
  returnId: string
  /** A SKU stands in one line. */
  lines: readonly ReturnedLine[]
  /** The day they came; today if not given. Judged where the return was decided. */
  effectiveOn?: LocalDate | undefined
}>

/** A SKU that left with a shipment, and the cost of all of it. */
export type Issued = Readonly<{ shipmentId: string; sku: string; quantity: number; cost: string }>

/**
 * Takes goods back into stock, with no batch, and writes off what can't be sold again. Each unit costs what
 * it was issued at: the rounded running total over the units of its shipment, so that a shipment that comes
 * back whole costs what it had. A return that is known changes nothing. Refuses `goods-not-issued` while
 * the warehouse that shipped them has not said what they cost, and `stock-too-large`.
 */
export function restockReturn(
  state: StockState,
  { warehouseId, orderId, returnId, lines, effectiveOn }: RestockReturn,
  issued: readonly Issued[],
  { today, policy }: DecisionContext,
): Decision {
  if (state.returned.includes(returnId)) return accept()
  const costs = new Map(issued.map((goods) => [keyOf(goods), goods]))
  const refused = notIssued(returnId, lines, costs)
  if (refused) return { accepted: false, refusal: refused }
  const returned = lines.map((line) => returnedLine(line, costs))
  const noRoom = roomRefusal(state, returned)
  if (noRoom) return { accepted: false, refusal: noRoom }
  const cost = sum(returned.map((line) => decimal(line.cost)))
  const scrapped = sum(returned.map(({ scrapCost }) => decimal(scrapCost)))
  return accept(
    StockReturned(
      {
        ...{ warehouseId, orderId, returnId, lines: returned },
        journal: postGoodsReturned(policy.chart, { restocked: cost.minus(scrapped), scrapped }),
      },
      valued(effectiveOn, today),
    ),
  )
}

function keyOf({ shipmentId, sku }: Readonly<{ shipmentId: string; sku: string }>): string {
  return `${shipmentId} ${sku}`
}

type Costs = ReadonlyMap<string, Issued>
type Line = EventOf<typeof StockReturned>['data']['lines'][number]

function returnedLine({ sku, restocked, scrapped, from }: ReturnedLine, costs: Costs): Line {
  let good = restocked
  const parts = from.map(({ shipmentId, before, quantity }) => {
    const first = Math.min(good, quantity)
    good -= first
    return {
      whole: costOf(costs, { shipmentId, sku }, before, before + quantity),
      scrap: costOf(costs, { shipmentId, sku }, before + first, before + quantity),
    }
  })
  const batches: BatchPart[] = restocked > 0 ? [{ quantity: restocked }] : []
  return {
    ...{ sku, restocked, scrapped },
    cost: toAmount(sum(parts.map(({ whole }) => whole))),
    scrapCost: toAmount(sum(parts.map(({ scrap }) => scrap))),
    batches,
  }
}

/** What the units of a SKU in a shipment cost from one of them to another. */
function costOf(
  costs: Costs,
  goods: Readonly<{ shipmentId: string; sku: string }>,
  from: number,
  to: number,
): Decimal {
  const { cost, quantity } = costs.get(keyOf(goods)) ?? { cost: '0', quantity: to }
  return quantity === 0 ? decimal('0') : runningPart(decimal(cost), quantity, from, to)
}

function notIssued(
  returnId: string,
  lines: readonly ReturnedLine[],
  costs: Costs,
): Refusal | undefined {
  const missing = lines.flatMap(({ sku, from }) =>
    from
      .filter(({ shipmentId, before, quantity }) => {
        const issued = costs.get(keyOf({ shipmentId, sku }))?.quantity ?? 0
        return issued < before + quantity
      })
      .map(({ shipmentId }) => ({ shipmentId, sku })),
  )
  if (missing.length === 0) return undefined
  return refusal('goods-not-issued', {
    kind: 'state',
    message: `return ${returnId} brings back goods of which it is not known what they cost`,
    inputs: { returnId, goods: missing },
    ways: ['try again once the warehouse has issued them'],
  })
}

function roomRefusal(state: StockState, lines: readonly Line[]): Refusal | undefined {
  for (const { sku, restocked, cost, scrapCost } of lines) {
    const more = { quantity: restocked, cost: decimal(cost).minus(scrapCost) }
    const refused = tooMuch(sku, levelOf(state, sku), more)
    if (refused) return refused
  }
  return undefined
}
