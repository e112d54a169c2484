/** The whole log, folded by the domain's own code: what is true, whatever any read model says. */

import { facility } from '../../domain/facility/facility.ts'
import type { FacilityState } from '../../domain/facility/state.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import { Journal } from '../../domain/kernel/journal.ts'
import { type Decimal, decimal, ZERO } from '../../domain/kernel/money.ts'
import { START } from '../../domain/kernel/position.ts'
import { OrderPlaced } from '../../domain/order/events.ts'
import { FulfilmentShipped } from '../../domain/order/fulfilment-events.ts'
import { order } from '../../domain/order/order.ts'
import type { OrderState } from '../../domain/order/state.ts'
import type { StockState } from '../../domain/stock/state.ts'
import { stock } from '../../domain/stock/stock.ts'

export type Truth = Readonly<{
  orders: ReadonlyMap<string, OrderState>
  facilities: ReadonlyMap<string, FacilityState>
  stocks: ReadonlyMap<string, StockState>
  /** Of each order the ids of the commands that placed it: one, if all is well. */
  placings: ReadonlyMap<string, readonly string[]>
  /** What was shipped of each order, gross. */
  shipped: ReadonlyMap<string, Decimal>
  /** Debits less credits over all journals. */
  balance: Decimal
  events: number
}>

type Folding = {
  orders: Map<string, OrderState>
  facilities: Map<string, FacilityState>
  stocks: Map<string, StockState>
  placings: Map<string, readonly string[]>
  shipped: Map<string, Decimal>
  balance: Decimal
  events: number
}

export async function foldAll(log: EventLog): Promise<Truth> {
  const truth: Folding = {
    orders: new Map(),
    facilities: new Map(),
    stocks: new Map(),
    placings: new Map(),
    shipped: new Map(),
    balance: ZERO,
    events: 0,
  }
  for await (const event of log.readAll({ after: START })) take(truth, event)
  return truth
}

function take(truth: Folding, event: RecordedEvent): void {
  truth.events += 1
  truth.balance = truth.balance.plus(balanceOf(event))
  const { streamId: id, category } = event
  if (category === 'facility') {
    const state = truth.facilities.get(id) ?? facility.initial
    truth.facilities.set(id, facility.evolve(state, event, event))
  } else if (category === 'stock') {
    const state = truth.stocks.get(id) ?? stock.initial
    truth.stocks.set(id, stock.evolve(state, event, event))
  } else if (category === 'order') {
    truth.orders.set(id, order.evolve(truth.orders.get(id), event, event))
    noteOrder(truth, event)
  }
}

function noteOrder(truth: Folding, { type, streamId, data, metadata }: RecordedEvent): void {
  if (type === OrderPlaced.eventType) {
    truth.placings.set(streamId, [...(truth.placings.get(streamId) ?? []), metadata.commandId])
  } else if (type === FulfilmentShipped.eventType) {
    const { amount } = FulfilmentShipped.schema.parse(data)
    const before = truth.shipped.get(streamId) ?? ZERO
    truth.shipped.set(streamId, before.plus(amount))
  }
}

function balanceOf({ data }: RecordedEvent): Decimal {
  if (typeof data !== 'object' || data === null || !('journal' in data)) return ZERO
  return Journal.parse(data.journal).reduce(
    (sum, { debit = '0', credit = '0' }) => sum.plus(decimal(debit)).minus(decimal(credit)),
    ZERO,
  )
}
