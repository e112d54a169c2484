/** Which invoices cover what came back of an order. */

import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { ReturnedInvoicesFound } from './invoice-events.ts'
import type { Covered, Invoicing } from './invoicing.ts'
import { orderUnknown } from './refusals.ts'
import type { OrderState } from './state.ts'

export type RequestRedLetterForReturn = Readonly<{ orderId: string; returnId: string }>

/**
 * Names the invoices that cover a received return, and what each covers of it: goods in no invoice come
 * first, then the oldest invoice. Known already, or nothing received: nothing. Refuses `order-unknown`.
 */
export function requestRedLetterForReturn(
  state: OrderState,
  { orderId, returnId }: RequestRedLetterForReturn,
): Decision {
  if (!state) return orderUnknown(orderId)
  const found = returnedInvoices(orderId, state.invoicing, returnId)
  return found === undefined ? accept() : accept(found)
}

type Found = EventOf<typeof ReturnedInvoicesFound>

/** Undefined if it is known, or nothing of that return was received. */
export function returnedInvoices(
  orderId: string,
  { open, invoices, returns }: Invoicing,
  returnId: string,
): Found | undefined {
  const returned = returns.find((one) => one.returnId === returnId)
  if (returned === undefined) return undefined
  const left = new Map<string, number>()
  for (const { sku, quantity } of returned.lines) left.set(sku, (left.get(sku) ?? 0) + quantity)
  const take = (sku: string, most: number) => {
    const taken = Math.min(left.get(sku) ?? 0, most)
    left.set(sku, (left.get(sku) ?? 0) - taken)
    return taken
  }
  const notInvoiced = open.flatMap(({ shipmentId, sku, quantity }) => {
    const taken = sku === undefined ? 0 : take(sku, quantity)
    return sku === undefined || taken === 0 ? [] : [{ shipmentId, sku, quantity: taken }]
  })
  const covering = invoices
    .filter(({ givenUp }) => !givenUp)
    .map(({ invoiceId, lines }) => ({ invoiceId, lines: linesFor(lines, take) }))
    .filter(({ lines }) => lines.length > 0)
  return ReturnedInvoicesFound({ orderId, returnId, notInvoiced, invoices: covering })
}

function linesFor(lines: Covered['lines'], take: (sku: string, most: number) => number) {
  return lines.flatMap(({ portions, quantity, reversed, returned }, index) => {
    const sku = portions[0]?.sku
    const taken = sku === undefined ? 0 : take(sku, quantity - reversed - returned)
    return sku === undefined || taken === 0 ? [] : [{ line: index + 1, sku, quantity: taken }]
  })
}
