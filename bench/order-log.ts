/** A log of orders' lives, made in memory: what read models see when business goes well. */

import { PaymentReceived } from '../domain/facility/cash-events.ts'
import { HoldPlaced, HoldReleased } from '../domain/facility/credit-events.ts'
import { ReceivableRecognised } from '../domain/facility/receivable-events.ts'
import type { DecidedEvent, RecordedEvent } from '../domain/kernel/event.ts'
import type { Batch, EventLog, Follow, ReadAll } from '../domain/kernel/event-log.ts'
import { START } from '../domain/kernel/position.ts'
import {
  FulfilmentPlanned,
  OrderCompleted,
  OrderConfirmed,
  OrderPlaced,
} from '../domain/order/events.ts'
import { FulfilmentDelivered, FulfilmentShipped } from '../domain/order/fulfilment-events.ts'
import { StockIssued, StockReserved } from '../domain/stock/events.ts'

export const ORDER_LOG_DEALERS = 200
const SKUS = 500
const WAREHOUSES = 4
const LINES = 3
const POSITION_STEP = 100n
const DAY = '2026-01-05'
const INSTANT = '2026-01-05T02:00:00.000Z'

/** The events of some orders, all of each order's before the next one's. */
export function orderEvents(orders: number): readonly RecordedEvent[] {
  const revisions = new Map<string, bigint>()
  const events: RecordedEvent[] = []
  for (let order = 0; order < orders; order += 1) {
    for (const [stream, decided] of lifeOf(order)) {
      const revision = revisions.get(stream) ?? 0n
      revisions.set(stream, revision + 1n)
      events.push(record(stream, decided, revision, events.length, order))
    }
  }
  return events
}

function record(
  stream: string,
  { type, data }: DecidedEvent,
  revision: bigint,
  index: number,
  order: number,
): RecordedEvent {
  const dash = stream.indexOf('-')
  const id = `00000000-0000-5000-8000-${String(index).padStart(12, '0')}`
  return {
    id,
    type,
    stream,
    category: stream.slice(0, dash),
    streamId: stream.slice(dash + 1),
    revision,
    position: BigInt(index) * POSITION_STEP,
    data,
    metadata: {
      commandId: id,
      correlationId: `O${order}`,
      causationId: id,
      actor: { user: `clerk${order % 50}`, role: 'dealer', dealerId: dealerOf(order) },
      recordedAt: INSTANT,
      bookedOn: DAY,
      schema: 1,
      payloadHash: '',
      currency: 'CNY',
    },
  }
}

function dealerOf(order: number): string {
  return `D${order % ORDER_LOG_DEALERS}`
}

type InStream = readonly [stream: string, event: DecidedEvent]

function lifeOf(order: number): readonly InStream[] {
  const orderId = `O${order}`
  const dealerId = dealerOf(order)
  const warehouseId = `W${order % WAREHOUSES}`
  const facilityId = dealerId
  const fulfilmentId = `${orderId}.1`
  const receivableId = `${facilityId}.${order}`
  const lines = Array.from({ length: LINES }, (_, line) => ({
    sku: `SKU${(order * 7 + line * 31) % SKUS}`,
    quantity: 10,
  }))
  const gross = { amount: '339.00', net: '300.00', tax: '39.00' }
  const toOrder = (event: DecidedEvent): InStream => [`order-${orderId}`, event]
  const toFacility = (event: DecidedEvent): InStream => [`facility-${facilityId}`, event]
  const toStock = (event: DecidedEvent): InStream => [`stock-${warehouseId}`, event]
  const parts = [{ warehouseId, lines }]
  return [
    toOrder(placed(order, orderId, dealerId, lines)),
    toOrder(
      FulfilmentPlanned({
        ...{ orderId, dealerId, facilityId, attempt: 1, attemptsAllowed: 3, parts },
        ...{ shortages: [], toHold: '339.00', expiresAt: INSTANT },
      }),
    ),
    toFacility(HoldPlaced({ dealerId, orderId, amount: '339.00' })),
    toStock(StockReserved({ warehouseId, orderId, attempt: 1, lines, expiresAt: INSTANT })),
    toOrder(OrderConfirmed({ orderId, fulfilments: [{ fulfilmentId, warehouseId, lines }] })),
    toOrder(
      FulfilmentShipped({
        ...{ orderId, fulfilmentId, shipmentId: fulfilmentId, shipment: 1, warehouseId },
        ...{ dealerId, facilityId, charges: [], left: [], carrier: 'SF', ...gross },
        trackingNumber: `T${order}`,
        lines: lines.map((line) => ({ ...line, amount: '113.00', net: '100.00', tax: '13.00' })),
      }),
    ),
    toStock(
      StockIssued({
        ...{ warehouseId, orderId, fulfilmentId },
        lines: lines.map((line) => ({ ...line, cost: '60.00' })),
        journal: moved('180.00', '6401', '1405'),
      }),
    ),
    toFacility(
      ReceivableRecognised({
        ...{ receivableId, dealerId, orderId, fulfilmentId, holdReduced: '339.00', dueOn: DAY },
        ...gross,
        journal: moved('339.00', '1122', '6001', dealerId),
      }),
    ),
    toFacility(HoldReleased({ dealerId, orderId, amount: '0.00', reason: 'completed' })),
    toFacility(
      PaymentReceived({
        ...{ paymentId: `P${order}`, dealerId, amount: '339.00', method: 'bank-transfer' },
        ...{ allocations: [{ receivableId, amount: '339.00' }], unapplied: '0.00' },
        journal: moved('339.00', '1002', '1122', dealerId),
      }),
    ),
    toOrder(FulfilmentDelivered({ orderId, fulfilmentId })),
    toOrder(OrderCompleted({ orderId })),
  ]
}

type Lines = readonly Readonly<{ sku: string; quantity: number }>[]

function placed(order: number, orderId: string, dealerId: string, lines: Lines): DecidedEvent {
  return OrderPlaced({
    orderId,
    orderNumber: `N-${order}`,
    dealerId,
    facilityId: dealerId,
    shipToRegion: 'east',
    lines: lines.map((line, index) => ({
      ...line,
      ...{ lineId: index + 1, name: `Goods ${line.sku}`, productId: `P${line.sku}` },
      ...{ unitPrice: '11.30', listPrice: '11.30', discount: '0.00', amount: '113.00' },
      ...{ net: '100.00', tax: '13.00', taxRate: '0.13', divisible: true },
    })),
    charges: [],
    ...{ total: '339.00', net: '300.00', tax: '39.00', payment: 'term', placedAt: INSTANT },
  })
}

function moved(amount: string, to: string, from: string, dealerId?: string) {
  const whose = dealerId === undefined ? {} : { dealerId }
  return [
    { account: to, debit: amount, ...whose },
    { account: from, credit: amount, ...whose },
  ]
}

/** A log that holds the first events at once, and gives out the rest when it is told to. */
export type HeldLog = EventLog & Readonly<{ release: () => void }>

export function heldLog(events: readonly RecordedEvent[], atOnce: number): HeldLog {
  let end = atOnce
  const { promise: released, resolve } = Promise.withResolvers<void>()
  return {
    release: () => {
      end = events.length
      resolve()
    },
    head: async () => events[end - 1]?.position ?? START,
    readAll: (range) => read(events.slice(0, end), range),
    follow: (options) => follow(events, () => end, released, options),
  }
}

function indexAfter(position: bigint): number {
  return Number(position / POSITION_STEP) + (position < 0n ? 0 : 1)
}

async function* read(
  events: readonly RecordedEvent[],
  { after, upTo }: ReadAll,
): AsyncGenerator<RecordedEvent> {
  for (let index = indexAfter(after); index < events.length; index += 1) {
    const event = events[index]
    if (event === undefined || (upTo !== undefined && event.position > upTo)) return
    yield event
  }
}

function follow(
  events: readonly RecordedEvent[],
  end: () => number,
  released: Promise<void>,
  { after, maxBatch = 512, onBatch }: Follow,
): ReturnType<EventLog['follow']> {
  let isStopped = false
  const { promise: stopped, resolve: interrupt } = Promise.withResolvers<void>()
  const run = async () => {
    let next = indexAfter(after)
    while (!isStopped) {
      const taken = events.slice(next, Math.min(end(), next + maxBatch))
      const last = taken.at(-1)
      if (last === undefined) {
        await Promise.race([next >= events.length ? stopped : released, stopped])
        continue
      }
      next += taken.length
      const batch: Batch = { events: taken, position: last.position, live: next === end() }
      await onBatch(batch)
    }
  }
  const ended = run()
  return {
    ended,
    stop: async () => {
      isStopped = true
      interrupt()
      await ended.catch(() => undefined)
    },
  }
}
