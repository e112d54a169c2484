/** What of an order is put on an invoice, and what comes off it again. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import { decimal, sum, toAmount } from '../kernel/money.ts'
import type { InvoiceKind, InvoiceLine, Portion } from './invoice-events.ts'
import { InvoiceRequested } from './invoice-events.ts'
import { type Invoicing, lineKeyOf, withReturnFound } from './invoicing.ts'
import { onFulfilment, orderIdOf, orderUnknown } from './refusals.ts'
import { returnedInvoices } from './returned-invoices.ts'
import type { Order, OrderState } from './state.ts'

export type RequestInvoice = Readonly<{
  orderId?: string | undefined
  /** Only what was shipped of this fulfilment. */
  fulfilmentId?: string | undefined
  kind: InvoiceKind
  buyerTaxId: string
  title: string
}>

/** The order that an invoice is wanted of. */
export function invoicedOrder({
  orderId,
  fulfilmentId = '',
}: Pick<RequestInvoice, 'orderId' | 'fulfilmentId'>): string {
  return orderId ?? orderIdOf(fulfilmentId)
}

/**
 * Puts all that is shipped of an order, or of one fulfilment, in no invoice and not returned, on an
 * invoice, with the amounts of the shipments. Refuses `order-unknown`, `fulfilment-unknown` (404) and
 * `nothing-to-invoice` (409).
 */
export function requestInvoice(
  state: OrderState,
  input: RequestInvoice,
  context: DecisionContext,
): Decision {
  if (!state) return orderUnknown(invoicedOrder(input))
  const { fulfilmentId } = input
  if (fulfilmentId === undefined) return requested(state, input, context)
  return onFulfilment(state, fulfilmentId, (order) => requested(order, input, context))
}

function requested(order: Order, input: RequestInvoice, context: DecisionContext): Decision {
  const found = returnsFound(order)
  const portions = found.invoicing.open.filter(
    ({ fulfilmentId }) => input.fulfilmentId === undefined || fulfilmentId === input.fulfilmentId,
  )
  const totals = totalsOf(portions)
  if (decimal(totals.amount).isZero()) return nothingToInvoice(order, input)
  const { orderId, dealerId } = order
  const invoice = InvoiceRequested({
    invoiceId: `${orderId}.i${order.invoicing.invoices.length + 1}`,
    orderId,
    dealerId,
    fulfilmentIds: distinct(portions.map(({ fulfilmentId }) => fulfilmentId)),
    shipmentIds: distinct(portions.map(({ shipmentId }) => shipmentId)),
    kind: input.kind,
    buyerTaxId: input.buyerTaxId.toUpperCase(),
    title: input.title,
    seller: context.policy.seller,
    lines: [...Map.groupBy(portions, lineKeyOf).values()].map(lineOf),
    ...totals,
  })
  return accept(...found.events, invoice)
}

/** Goods that came back are taken off first, should nobody have asked for their invoices yet. */
function returnsFound({ orderId, invoicing }: Order) {
  let now: Invoicing = invoicing
  const events: DecidedEvent[] = []
  for (const { returnId } of invoicing.returns) {
    const found = returnedInvoices(orderId, now, returnId)
    if (found === undefined) continue
    events.push(found)
    now = withReturnFound(now, found.data)
  }
  return { invoicing: now, events }
}

/** The portions of one line, as one; what they are called now is what the last was called. */
function lineOf(portions: readonly Portion[]): InvoiceLine {
  const [first] = portions
  const last = portions.at(-1)
  return {
    ...(first?.sku === undefined ? {} : { sku: first.sku }),
    name: last?.name ?? '',
    quantity: portions.reduce((total, { quantity }) => total + quantity, 0),
    ...totalsOf(portions),
    taxRate: last?.taxRate ?? '0',
  }
}

function totalsOf(portions: readonly Portion[]) {
  const amount = sum(portions.map((portion) => decimal(portion.amount)))
  const net = sum(portions.map((portion) => decimal(portion.net)))
  return { amount: toAmount(amount), net: toAmount(net), tax: toAmount(amount.minus(net)) }
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}

function nothingToInvoice(order: Order, { fulfilmentId }: RequestInvoice): Decision {
  const { orderId, status, shipments, invoicing } = order
  const invoiceIds = invoicing.invoices
    .filter(({ givenUp }) => !givenUp)
    .map(({ invoiceId }) => invoiceId)
  const what = fulfilmentId === undefined ? `order ${orderId}` : `fulfilment ${fulfilmentId}`
  return refuse('nothing-to-invoice', {
    kind: 'state',
    message: `nothing of ${what} is shipped, not returned, and without an invoice`,
    inputs: { orderId, fulfilmentId, status, shipments, invoices: invoiceIds },
    ways:
      shipments === 0
        ? ['ship it first']
        : invoiceIds.length === 0
          ? []
          : ['take an invoice back by a red letter, if it is wrong'],
  })
}
