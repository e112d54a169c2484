/** Whatever is done in whatever order: no more comes back than came, for what it was sold for. */

import fc from 'fast-check'
import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { decimal, runningPart, sum, toAmount } from '../../../domain/kernel/money.ts'
import { ORDER_EVENTS } from '../../../domain/order/events.ts'
import type { ReturnReceived } from '../../../domain/order/return-events.ts'
import { deliveredOf, unitsOf } from '../../../domain/order/return-request.ts'
import { heldBy } from '../../../domain/order/returns.ts'
import type { Order } from '../../../domain/order/state.ts'
import {
  after,
  approve,
  ask,
  CONFIRMED,
  close,
  DELIVERED,
  type Decide,
  deliver,
  good,
  type Line,
  milk,
  R1,
  receive,
  reject,
  ship,
  spoilt,
} from './returning.ts'
import { inShop, stateAfter } from './shop.ts'

type Act = Readonly<{ kind: number; which: number; sku: string; units: number; good: number }>

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.nat(12),
  which: fc.nat(3),
  sku: fc.constantFrom('MILK', 'MILK', 'TEA'),
  units: fc.integer({ min: 1, max: 40 }),
  good: fc.nat(40),
})

/** What an act wants of an order as it is; some of it is too much. */
function wanted({ kind, which, sku, units, good: most }: Act, { returning }: Order): Decide {
  const { returns } = returning
  const about = returns[which % Math.max(returns.length, 1)]
  const returnId = about?.returnId ?? R1
  const line = about?.approved?.lines[0] ?? { sku, quantity: units }
  const came = which === 3 ? units : Math.min(units, line.quantity)
  const some = Math.min(most, came)
  const counted = [...(some > 0 ? [good(some, line.sku)] : []), ...lost(came - some, line.sku)]
  const fee = decimal(most).dividedBy(10).toFixed(2)
  const wishes: readonly Decide[] = [
    ...[ship(1), ship(2), ship(1, [milk(units)]), deliver(1), deliver(2)],
    ...[ask({ sku, quantity: units }), ask({ sku, quantity: Math.min(units, most + 1) })],
    ...[approve(returnId, { restockingFee: fee }), approve(returnId)],
    ...[receive(returnId, counted), receive(returnId, counted), reject(returnId)],
  ]
  return wishes[kind] ?? close(returnId)
}

function lost(quantity: number, sku: string) {
  return quantity > 0 ? [spoilt(quantity, sku)] : []
}

/** Whether a state and an event keep the laws of returns. */
function keepsLaws(state: Order, events: readonly DecidedEvent[]): boolean {
  const came = deliveredOf(state)
  const held = unitsOf(state.returning.returns.flatMap(heldBy))
  const receipts = state.returning.returns.flatMap(({ received }) => received ?? [])
  return (
    [...held].every(([sku, units]) => units <= (came.get(sku) ?? 0)) &&
    receipts.every(isWhole) &&
    state.lines.every((line) => isRunningTotal(line, receipts)) &&
    state.returning.shipments.every(({ lines }) =>
      lines.every(({ back, quantity }) => back >= 0 && back <= quantity),
    ) &&
    totalBack(state) === receipts.flatMap(({ lines }) => lines).reduce(plus, 0) &&
    events.every(({ type, data }) =>
      ORDER_EVENTS.some((one) => one.eventType === type && one.schema.safeParse(data).success),
    )
  )
}

type Receipt = ReturnType<typeof ReturnReceived>['data']

const plus = (total: number, { quantity }: Line) => total + quantity

function totalBack({ returning }: Order): number {
  return returning.shipments
    .flatMap(({ lines }) => lines.map(({ sku, back }) => ({ sku, quantity: back })))
    .reduce(plus, 0)
}

/** The lines of a receipt add up to it, and the places to its lines. */
function isWhole({ lines, places, amount, net, tax, restockingFee }: Receipt): boolean {
  const total = (field: 'amount' | 'net' | 'tax') =>
    toAmount(sum(lines.map((line) => decimal(line[field]))))
  const there = places.flatMap((place) => place.lines)
  return (
    total('amount') === amount &&
    total('net') === net &&
    total('tax') === tax &&
    decimal(net).plus(tax).equals(amount) &&
    decimal(restockingFee).lessThanOrEqualTo(amount) &&
    lines.every(({ sku, quantity, resalable }) => {
      const parts = there.filter((part) => part.sku === sku)
      const restocked = parts.reduce((units, part) => units + part.restocked, 0)
      const scrapped = parts.reduce((units, part) => units + part.scrapped, 0)
      return restocked === resalable && restocked + scrapped === quantity
    }) &&
    there.every(
      ({ restocked, scrapped, from }) =>
        from.reduce((units, { quantity }) => units + quantity, 0) === restocked + scrapped,
    )
  )
}

type Sold = Readonly<{ sku: string; quantity: number; amount: string; net: string }>

/** All that came back of a line so far is worth the rounded running total of it, gross and net. */
function isRunningTotal(line: Sold, receipts: readonly Receipt[]): boolean {
  const parts = receipts.flatMap(({ lines }) => lines).filter(({ sku }) => sku === line.sku)
  const units = parts.reduce(plus, 0)
  return (['amount', 'net'] as const).every((field) =>
    sum(parts.map((part) => decimal(part[field]))).equals(
      runningPart(decimal(line[field]), line.quantity, 0, units),
    ),
  )
}

test('whatever is asked in whatever order, no more comes back than came, for what it was sold for', async (t) => {
  let receipts = 0
  const start = fc.constantFrom(CONFIRMED, DELIVERED)
  const acting = fc.array(act, { minLength: 40, maxLength: 80, size: 'max' })
  const keeps = fc.property(start, acting, (begun, acts) => {
    let events = begun
    for (const one of acts) {
      const decide = wanted(one, stateAfter(...events))
      const before = events.length
      events = after(events, decide)
      if (events.length === before) continue
      const state = stateAfter(...events)
      if (!keepsLaws(state, events.slice(before))) return false
      if (one.kind > 6 && !isRepeatable(decide, state)) return false
    }
    receipts += events.filter(({ type }) => type === 'ReturnReceived').length
    return true
  })
  t.doesNotThrow(() => fc.assert(keeps, { numRuns: 200, seed: 5 }))
  t.ok(receipts > 100, `${receipts} receipts were looked at`)
})

/** Decided again on its result, a step of a return changes nothing. */
function isRepeatable(decide: Decide, state: Order): boolean {
  const again = decide(state, inShop())
  return again.accepted && again.events.length === 0
}
