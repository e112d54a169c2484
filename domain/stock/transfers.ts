/**
 * Goods on their way from one warehouse to another. What was sent has left the one, with its cost; it is
 * in the other, and may be promised, only once it was counted there. Until then it stays inventory (1405)
 * that no warehouse has, so that only what is lost on the way needs an entry.
 */

import type { DecisionContext } from '../context.ts'
import type { Decision, Refusal } from '../kernel/decision.ts'
import { accept, refusal } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { decimal, runningPart, sum, toAmount } from '../kernel/money.ts'
import { postGoodsLost } from '../ledger/goods.ts'
import type { Batches, BatchPart } from './batches.ts'
import { MAX_BATCHES, named, sellable, take, unitsOf, withAdded, withoutTaken } from './batches.ts'
import { StockTransferExpected, StockTransferReceived, StockTransferSent } from './events.ts'
import { expiredOnArrival } from './expiry.ts'
import { notThere, tooMuch, unknownPlace, warehouseUnknown } from './refusals.ts'
import { bySku } from './reservations.ts'
import { afterLoss } from './shortage.ts'
import type { Inbound, Level, StockState } from './state.ts'
import { availableOf, costOf, levelOf } from './state.ts'

type Wanted = Readonly<{ sku: string; quantity: number; batch?: string | undefined }>

export type SendTransfer = Readonly<{
  fromWarehouseId: string
  toWarehouseId: string
  /** Where no batch is named: those that leave first. */
  lines: readonly Wanted[]
  reference?: string | undefined
}>

/** Sends goods to another warehouse; refuses more than is available, with the figures. */
export function sendTransfer(
  state: StockState,
  input: SendTransfer,
  { reference, today, newId }: DecisionContext,
): Decision {
  const { fromWarehouseId: warehouseId, toWarehouseId } = input
  const isSold = sellable(today)
  const parts = new Map<string, { left: Batches; taken: Batches }>()
  const refused = placeRefusal(input, reference)
  if (refused) return { accepted: false, refusal: refused }
  for (const line of input.lines) {
    const level = levelOf(state, line.sku)
    const { left, taken } = parts.get(line.sku) ?? { left: level.batches, taken: [] }
    const most = mostOf(level, left, taken, line, today)
    if (line.quantity > most) {
      return { accepted: false, refusal: notThere(line, Math.max(0, most), 'available') }
    }
    const part = take(named(left, line.batch), line.quantity, isSold)
    parts.set(line.sku, { left: withoutTaken(left, part), taken: withAdded(taken, part) })
  }
  const lines = bySku(input.lines).map(({ sku, quantity }) => ({
    sku,
    quantity,
    cost: toAmount(costOf(levelOf(state, sku), quantity)),
    batches: (parts.get(sku)?.taken ?? []).map(({ quarantined: _, ...part }) => part),
  }))
  const entries = lines.reduce((count, { batches }) => count + batches.length, 0)
  if (entries > MAX_BATCHES) return { accepted: false, refusal: tooManyBatches(entries) }
  return accept(
    StockTransferSent({
      transferId: newId('transfer'),
      warehouseId,
      toWarehouseId,
      lines,
      ...(input.reference !== undefined && { reference: input.reference }),
    }),
    ...afterLoss(state, lines, { warehouseId, today, reference }),
  )
}

/** What of a line may go: what is left of its batch, and no more than is promised to nobody. */
function mostOf(
  level: Level,
  left: Batches,
  taken: Batches,
  { batch }: Wanted,
  today: string,
): number {
  const gone = taken.reduce((units, one) => units + one.quantity, 0)
  const inBatch = unitsOf(named(left, batch), sellable(today))
  return Math.min(availableOf(level, today) - gone, inBatch)
}

function placeRefusal(
  { fromWarehouseId, toWarehouseId, lines }: SendTransfer,
  reference: DecisionContext['reference'],
): Refusal | undefined {
  if (fromWarehouseId === toWarehouseId) {
    return refusal('same-warehouse', {
      message: 'goods are sent from one warehouse to another',
      inputs: { fromWarehouseId, toWarehouseId },
      ways: ['name another warehouse'],
    })
  }
  if (!reference.warehouses.has(toWarehouseId)) return warehouseUnknown(toWarehouseId)
  for (const { sku } of lines) {
    const refused = unknownPlace(reference, { warehouseId: fromWarehouseId, sku })
    if (refused) return refused
  }
  return undefined
}

function tooManyBatches(batches: number): Refusal {
  return refusal('too-many-batches', {
    message: `a transfer can't hold goods of ${batches} batches`,
    inputs: { batches, most: MAX_BATCHES },
    ways: ['send fewer lines at once'],
  })
}

export type ExpectTransfer = Readonly<{
  warehouseId: string
  transferId: string
  fromWarehouseId: string
  lines: Inbound['lines']
}>

/** Tells a warehouse what is on its way; what it knows, or has received, changes nothing. */
export function expectTransfer(state: StockState, input: ExpectTransfer): Decision {
  const { transferId } = input
  const isKnown = state.inbound.has(transferId) || state.arrived.includes(transferId)
  return isKnown ? accept() : accept(StockTransferExpected(input))
}

export type ReceiveTransfer = Readonly<{
  warehouseId: string
  transferId: string
  /** What was counted, for every SKU of the transfer; absent: all that was sent. */
  lines?: readonly Readonly<{ sku: string; quantity: number }>[] | undefined
}>

/**
 * Takes a transfer in, once, at the cost it was sent at. What was counted less is written off; refuses
 * more than was sent, and a count that leaves out a SKU.
 */
export function receiveTransfer(
  state: StockState,
  input: ReceiveTransfer,
  { today, policy }: DecisionContext,
): Decision {
  const { warehouseId, transferId } = input
  const inbound = state.inbound.get(transferId)
  if (inbound === undefined) return { accepted: false, refusal: notOnItsWay(state, input) }
  const counts = new Map(
    bySku(input.lines ?? inbound.lines).map((line) => [line.sku, line.quantity]),
  )
  const lines = inbound.lines.map((line) => arrivedLine(line, counts.get(line.sku) ?? 0))
  const refused = countRefusal(inbound, counts) ?? roomRefusal(state, lines)
  if (refused) return { accepted: false, refusal: refused }
  const lost = sum(lines.map((line) => decimal(line.lost)))
  return accept(
    StockTransferReceived({
      transferId,
      warehouseId,
      fromWarehouseId: inbound.fromWarehouseId,
      lines,
      journal: postGoodsLost(policy.chart, lost),
    }),
    ...expiredOnArrival(warehouseId, lines, today),
  )
}

type Arrived = EventOf<typeof StockTransferReceived>['data']['lines'][number]

/** What did not arrive is taken to be of what expires last, so that nothing is sold for too long. */
function arrivedLine(
  { sku, quantity: sent, cost, batches }: Inbound['lines'][number],
  quantity: number,
): Arrived {
  const whole = decimal(cost)
  const arrived = quantity > sent ? whole : runningPart(whole, sent, 0, quantity)
  return {
    sku,
    sent,
    quantity,
    cost: toAmount(arrived),
    lost: toAmount(whole.minus(arrived)),
    batches: firstOf(batches, quantity),
  }
}

function firstOf(batches: readonly BatchPart[], quantity: number): BatchPart[] {
  const whole = batches.map((part) => ({ ...part, quarantined: 0 }))
  return take(whole, quantity, (batch) => batch.quantity)
}

function notOnItsWay(
  { arrived }: StockState,
  { transferId, warehouseId }: ReceiveTransfer,
): Refusal {
  const inputs = { transferId, warehouseId }
  if (arrived.includes(transferId)) {
    return refusal('transfer-received', {
      kind: 'state',
      message: `transfer ${transferId} has been received already`,
      inputs,
      ways: ['count the goods, if the count on arrival was wrong'],
    })
  }
  return refusal('transfer-unknown', {
    kind: 'unknown',
    message: `no transfer ${transferId} is on its way to ${warehouseId}`,
    inputs,
    ways: ['name the warehouse that it was sent to'],
  })
}

function countRefusal(
  { lines }: Inbound,
  counts: ReadonlyMap<string, number>,
): Refusal | undefined {
  const sent = new Map(lines.map(({ sku, quantity }) => [sku, quantity]))
  const isWrong =
    lines.some(({ sku }) => !counts.has(sku)) ||
    [...counts].some(([sku, counted]) => counted > (sent.get(sku) ?? -1))
  if (!isWrong) return undefined
  return refusal('transfer-count', {
    message: 'what is counted must name every SKU that was sent, no other, and no more of it',
    inputs: {
      sent: [...sent].map(([sku, quantity]) => ({ sku, quantity })),
      counted: [...counts].map(([sku, quantity]) => ({ sku, quantity })),
    },
    ways: ['name each SKU, with 0 if none arrived', 'count what is too much after receiving'],
  })
}

function roomRefusal(state: StockState, lines: readonly Arrived[]): Refusal | undefined {
  for (const { sku, quantity, cost } of lines) {
    const refused = tooMuch(sku, levelOf(state, sku), { quantity, cost: decimal(cost) })
    if (refused) return refused
  }
  return undefined
}
