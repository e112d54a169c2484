/**
 * Lets orders that wait for a SKU try again when some of it arrives: one instance a SKU, first come, first
 * served. What arrives is given out to what is missing of the first, then of the next; whoever has all
 * that it misses is tried. Nothing is reserved by that: stock decides, and an order that is still short
 * keeps its place. An instance is as large as the number of orders that wait for its SKU, and ends with
 * the last.
 */

import type { EventDefinition, EventOf, RecordedEvent } from '../domain/kernel/event.ts'
import {
  FulfilmentPlanned,
  OrderAmended,
  OrderBackordered,
  OrderCancelled,
} from '../domain/order/events.ts'
import { availableChanges } from '../domain/stock/available.ts'
import {
  QuarantineLifted,
  ReservationReduced,
  ReservationReleased,
  StockCounted,
  StockReceived,
  StockReturned,
  StockTransferReceived,
} from '../domain/stock/events.ts'
import { WarehouseOpened } from '../domain/warehouse/warehouse.ts'
import type { Listening, Reaction, SagaCommand } from './saga.ts'
import { BROADCAST, listen, saga } from './saga.ts'

type Waiting = Readonly<{
  orderId: string
  /** When it was first put off. */
  since: string
  /** Base units. */
  missing: number
  /** What has arrived for it so far; below `missing`. */
  given: number
  shipToRegion: string
  /** Those that cover its region. */
  warehouseIds: readonly string[]
}>

/** Plain JSON; who waits longest comes first. */
export type Queue = readonly Waiting[]

export const backorder = saga<Queue>({
  name: 'backorder',
  version: 1,
  listens: [
    listen(
      OrderBackordered,
      ({ data: { shortages, waitedFor = [] } }) => [
        ...shortages.map(({ sku }) => sku),
        ...waitedFor,
      ],
      joined,
    ),
    leaving(FulfilmentPlanned),
    leaving(OrderAmended),
    leaving(OrderCancelled),
    arrival(StockReceived),
    arrival(StockTransferReceived),
    arrival(ReservationReleased),
    arrival(ReservationReduced),
    arrival(QuarantineLifted),
    arrival(StockCounted),
    arrival(StockReturned),
    listen(
      WarehouseOpened,
      () => BROADCAST,
      (queue, { data: { warehouseId, regions } }) =>
        queue && { state: queue.map((one) => served(one, warehouseId, regions)) },
    ),
  ],
})

/** An event by which stock may become available. */
function arrival<Type extends string, Data extends Readonly<{ warehouseId: string }>>(
  definition: EventDefinition<Type, Data>,
): Listening<Queue> {
  return listen<Queue, Type, Data>(
    definition,
    (event) => more(event).map(({ sku }) => sku),
    (queue, event, sku) => queue && arrived(queue, event.data.warehouseId, unitsOf(event, sku)),
  )
}

function more(event: RecordedEvent) {
  return availableChanges(event).filter(({ quantity }) => quantity > 0)
}

function unitsOf(event: RecordedEvent, sku: string): number {
  return more(event).reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0)
}

type Leaving = Readonly<{ orderId: string; waitedFor?: readonly string[] | undefined }>

/** An event by which an order waits no more for the SKUs that it names. */
function leaving<Type extends string, Data extends Leaving>(
  definition: EventDefinition<Type, Data>,
): Listening<Queue> {
  return listen<Queue, Type, Data>(
    definition,
    ({ data }) => data.waitedFor,
    (queue, { data }) => queue && reactionOf(without(queue, data.orderId)),
  )
}

/**
 * Takes an order in at its place, or out if it has all of this SKU. What arrived between its plan and this
 * event was given to nobody: so it is tried once more at once, by one of its instances.
 */
function joined(
  queue: Queue = [],
  { data }: RecordedEvent<string, EventOf<typeof OrderBackordered>['data']>,
  sku: string,
): Reaction<Queue> {
  const { orderId, since, shortages, shipToRegion, warehouseIds } = data
  const others = without(queue, orderId)
  const short = shortages.find((shortage) => shortage.sku === sku)
  if (!short) return reactionOf(others)
  const { missing } = short
  const waiting = { orderId, since, missing, given: 0, shipToRegion, warehouseIds }
  const later = others.findIndex((other) => other.since > since)
  const place = later < 0 ? others.length : later
  return reactionOf(others.toSpliced(place, 0, waiting), shortages[0] === short ? [orderId] : [])
}

/** Gives out what arrived in a warehouse; whoever has all that it misses is tried. */
function arrived(queue: Queue, warehouseId: string, quantity: number): Reaction<Queue> | undefined {
  let left = quantity
  const tried: string[] = []
  const after = queue.map((waiting) => {
    const { orderId, missing, given, warehouseIds } = waiting
    if (left === 0 || !warehouseIds.includes(warehouseId)) return waiting
    const part = Math.min(left, missing - given)
    left -= part
    if (given + part < missing) return { ...waiting, given: given + part }
    tried.push(orderId)
    return { ...waiting, given: 0 }
  })
  return left === quantity ? undefined : reactionOf(after, tried)
}

function reactionOf(queue: Queue, tried: readonly string[] = []): Reaction<Queue> {
  return { state: queue.length > 0 ? queue : null, commands: tried.map(retry) }
}

function retry(orderId: string): SagaCommand {
  return { command: 'RetryBackorder', input: { orderId } }
}

function without(queue: Queue, orderId: string): Queue {
  return queue.filter((waiting) => waiting.orderId !== orderId)
}

/** A new warehouse may serve it as well. */
function served(waiting: Waiting, warehouseId: string, regions: readonly string[]): Waiting {
  if (!regions.includes(waiting.shipToRegion)) return waiting
  return { ...waiting, warehouseIds: [...waiting.warehouseIds, warehouseId] }
}
