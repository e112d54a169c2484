/** What of an order is invoiced, what may be, and what came back: the part of its state that invoices need. */

import type { EventOf } from '../kernel/event.ts'
import { decimal, runningPart, toAmount } from '../kernel/money.ts'
import type { FulfilmentShipped } from './fulfilment-events.ts'
import type {
  InvoiceGivenUp,
  InvoiceRequested,
  InvoiceReversed,
  Portion,
  ReturnedInvoicesFound,
} from './invoice-events.ts'
import type { ReturnReceived } from './return-events.ts'

/** A line of an invoice, and the portions that it is made of. */
export type CoveredLine = Readonly<{
  portions: readonly Portion[]
  quantity: number
  /** Taken back by red letters. */
  reversed: number
  /** Came back from the dealer; a red letter for it is on its way. */
  returned: number
}>

export type Covered = Readonly<{
  invoiceId: string
  lines: readonly CoveredLine[]
  redLetterIds: readonly string[]
  givenUp: boolean
}>

type Returned = Readonly<{
  returnId: string
  lines: readonly Readonly<{ sku: string; quantity: number }>[]
}>

export type Invoicing = Readonly<{
  /** Shipped, not returned, and in no invoice. */
  open: readonly Portion[]
  invoices: readonly Covered[]
  /** Received, and it is not known yet which invoices covered it. */
  returns: readonly Returned[]
}>

export const NOTHING_INVOICED: Invoicing = { open: [], invoices: [], returns: [] }

/** What is the same line on an invoice: one SKU (or kind of charge) at one rate. */
export function lineKeyOf({ sku, name, taxRate }: Pick<Portion, 'sku' | 'name' | 'taxRate'>) {
  return sku === undefined ? `charge ${name} ${taxRate}` : `${sku} ${taxRate}`
}

type Named = Readonly<{ sku: string; name: string; taxRate: string }>

export function withShipment(
  invoicing: Invoicing,
  shipment: EventOf<typeof FulfilmentShipped>['data'],
  orderedLines: readonly Named[],
): Invoicing {
  const { shipmentId, fulfilmentId } = shipment
  const ordered = new Map(orderedLines.map((line) => [line.sku, line]))
  const goods = shipment.lines.map(({ sku, quantity, amount, net }) => ({
    ...{ shipmentId, fulfilmentId, sku, quantity, amount, net },
    name: ordered.get(sku)?.name ?? sku,
    taxRate: ordered.get(sku)?.taxRate ?? '0',
  }))
  const charges = shipment.charges.map(({ kind, amount, net, taxRate }) => ({
    ...{ shipmentId, fulfilmentId, name: kind, taxRate, quantity: 1, amount, net },
  }))
  return { ...invoicing, open: [...invoicing.open, ...goods, ...charges] }
}

/** An invoice takes all that is open of the shipments it names. */
export function withInvoice(
  invoicing: Invoicing,
  { invoiceId, shipmentIds }: EventOf<typeof InvoiceRequested>['data'],
): Invoicing {
  const covers = new Set(shipmentIds)
  const taken = invoicing.open.filter(({ shipmentId }) => covers.has(shipmentId))
  const lines = [...Map.groupBy(taken, lineKeyOf).values()].map((portions) => ({
    portions,
    quantity: portions.reduce((total, { quantity }) => total + quantity, 0),
    reversed: 0,
    returned: 0,
  }))
  return {
    ...invoicing,
    open: invoicing.open.filter(({ shipmentId }) => !covers.has(shipmentId)),
    invoices: [...invoicing.invoices, { invoiceId, lines, redLetterIds: [], givenUp: false }],
  }
}

type Uncovered = Pick<EventOf<typeof InvoiceReversed>['data'], 'invoiceId' | 'lines' | 'open'>

export function withoutInvoice(
  invoicing: Invoicing,
  data: EventOf<typeof InvoiceGivenUp>['data'],
): Invoicing {
  return uncover(invoicing, data, { givenUp: true })
}

export function withRedLetter(
  invoicing: Invoicing,
  data: EventOf<typeof InvoiceReversed>['data'],
): Invoicing {
  const before = invoicing.invoices.find(({ invoiceId }) => invoiceId === data.invoiceId)
  return uncover(invoicing, data, {
    redLetterIds: [...(before?.redLetterIds ?? []), data.redLetterId],
  })
}

function uncover(
  invoicing: Invoicing,
  { invoiceId, lines, open }: Uncovered,
  change: Partial<Covered>,
): Invoicing {
  const byLine = new Map(lines.map((line) => [line.line, line]))
  const after = (covered: Covered): Covered => ({
    ...covered,
    ...change,
    lines: covered.lines.map((line, index) => {
      const { quantity = 0, returned = 0 } = byLine.get(index + 1) ?? {}
      return {
        ...line,
        reversed: line.reversed + quantity,
        returned: line.returned - returned,
      }
    }),
  })
  return {
    ...invoicing,
    open: [...invoicing.open, ...open],
    invoices: invoicing.invoices.map((one) => (one.invoiceId === invoiceId ? after(one) : one)),
  }
}

export function withReturn(
  invoicing: Invoicing,
  { returnId, lines }: EventOf<typeof ReturnReceived>['data'],
): Invoicing {
  const received = lines.map(({ sku, quantity }) => ({ sku, quantity }))
  return { ...invoicing, returns: [...invoicing.returns, { returnId, lines: received }] }
}

/** What came back is not open any more, and is marked in the invoices that cover it. */
export function withReturnFound(
  invoicing: Invoicing,
  { returnId, notInvoiced, invoices }: EventOf<typeof ReturnedInvoicesFound>['data'],
): Invoicing {
  const found = new Map(invoices.map(({ invoiceId, lines }) => [invoiceId, lines]))
  return {
    open: notInvoiced.reduce(withoutUnits, invoicing.open),
    invoices: invoicing.invoices.map((covered) => ({
      ...covered,
      lines: covered.lines.map((line, index) => ({
        ...line,
        returned:
          line.returned +
          (found.get(covered.invoiceId)?.find((one) => one.line === index + 1)?.quantity ?? 0),
      })),
    })),
    returns: invoicing.returns.filter((one) => one.returnId !== returnId),
  }
}

type Units = Readonly<{ shipmentId: string; sku: string; quantity: number }>

/** The first units of the portions of a SKU in a shipment leave. */
function withoutUnits(open: readonly Portion[], units: Units): readonly Portion[] {
  let left = units.quantity
  return open.flatMap((portion) => {
    if (portion.shipmentId !== units.shipmentId || portion.sku !== units.sku) return [portion]
    const gone = Math.min(left, portion.quantity)
    left -= gone
    return gone === portion.quantity ? [] : [unitsOf(portion, gone, portion.quantity)]
  })
}

/** Some units of a portion, by running totals: all its parts add up to it. */
export function unitsOf(portion: Portion, from: number, to: number): Portion {
  if (from === 0 && to === portion.quantity) return portion
  const part = (whole: string) => toAmount(runningPart(decimal(whole), portion.quantity, from, to))
  return {
    ...portion,
    quantity: to - from,
    amount: part(portion.amount),
    net: part(portion.net),
  }
}
