/** Whatever is shipped, invoiced, taken back and returned, in any order: it adds up. */

import fc from 'fast-check'
import { test } from 'tap'
import type { Decimal } from '../../../domain/kernel/money.ts'
import { decimal, sum } from '../../../domain/kernel/money.ts'
import { FulfilmentShipped } from '../../../domain/order/fulfilment-events.ts'
import { asking, confirming, inShop, OPERATIONS, ORDER } from '../order/shop.ts'
import { type InvoicedOrder, invoicedOrder } from './invoiced-order.ts'

const FIRST = `${ORDER}.1`
const SECOND = `${ORDER}.2`
const SKUS = ['MILK', 'TEA'] as const

const confirmed = confirming(
  asking({
    lines: [
      { sku: 'MILK', quantity: 120, priceOverride: { unitPrice: '10.2253', reason: 'promotion' } },
      { sku: 'TEA', quantity: 7 },
    ],
    charges: [{ kind: 'freight', amount: '10.90', taxRate: '0.09' }],
  }),
  inShop({ actor: OPERATIONS }),
)

/** What happens next; what can't happen is left out. */
type Step = Readonly<{ what: (typeof STEPS)[number]; sku: 0 | 1; quantity: number; lot: number }>

const STEPS = ['ship', 'ship', 'invoice', 'invoice-part', 'return', 'red', 'whole'] as const
const ASIDE = ['see', 'see', 'see', 'number', 'number', 'refuse', 'fail', 'find'] as const

const steps = (withReturns: boolean) =>
  fc.array(
    fc.record({
      what: fc.constantFrom(...STEPS.filter((step) => withReturns || step !== 'return'), ...ASIDE),
      sku: fc.constantFrom(0, 1),
      quantity: fc.integer({ min: 1, max: 60 }),
      lot: fc.nat(100),
    }),
    { maxLength: 40 },
  )

type Aside = Readonly<{ what: (typeof ASIDE)[number] }>
type Play = Readonly<{ returned: Map<string, number>; returnIds: string[] }>

function play(world: InvoicedOrder, all: readonly (Step | (Omit<Step, 'what'> & Aside))[]): Play {
  const returned = new Map<string, number>()
  const returnIds: string[] = []
  for (const { what, sku: at, quantity, lot } of all) {
    const sku = SKUS[at]
    const pending = world.pending()
    const document = pending[lot % Math.max(pending.length, 1)]
    const invoiceIds = [...world.invoices.keys()]
    const invoiceId = invoiceIds[lot % Math.max(invoiceIds.length, 1)] ?? `${ORDER}.i1`
    const fulfilmentId = at === 0 ? FIRST : SECOND
    const most = shippedOf(world, sku) - (returned.get(sku) ?? 0)
    if (what === 'ship') world.ship(fulfilmentId, [{ sku, quantity: 1 + (quantity % 50) }])
    else if (what === 'invoice') world.invoice()
    else if (what === 'invoice-part') world.invoice({ fulfilmentId })
    else if (what === 'red') world.redLetter(invoiceId, [{ sku, quantity }])
    else if (what === 'whole') world.redLetter(invoiceId)
    else if (what === 'see') world.see()
    else if (what === 'find') returnIds.forEach(world.forReturn)
    else if (what === 'return' && most > 0) {
      const back = Math.min(quantity, most)
      returned.set(sku, (returned.get(sku) ?? 0) + back)
      returnIds.push(world.receive(sku, back))
    } else if (document === undefined) continue
    else if (what === 'number') world.number(document)
    else if (what === 'refuse' && document.redLetterId === undefined) {
      world.decide('RecordInvoiceRefusal', { ...document, code: 'x', reason: 'no' })
    } else if (what === 'fail') {
      world.decide('RecordInvoiceAttempt', { ...document, attempt: lot % 3, reason: 'no answer' })
    }
    neverTwice(world)
  }
  return { returned, returnIds }
}

function shippedOf({ order }: InvoicedOrder, sku: string): number {
  return order().lines.find((line) => line.sku === sku)?.shipped ?? 0
}

/** What stands on invoices: neither refused, nor taken back by a red letter with a number. */
function standing({ invoices }: InvoicedOrder) {
  return [...invoices.values()].flatMap((invoice) => {
    if (invoice === undefined || invoice.status === 'refused') return []
    const issued = invoice.redLetters.filter(({ status }) => status === 'issued')
    const takenBack = issued.flatMap(({ requested }) => requested.lines)
    return [
      ...invoice.opened.lines.map((line) => ({ ...line, sign: 1 })),
      ...takenBack.map((line) => ({ ...line, sign: -1 })),
    ]
  })
}

type Line = Readonly<{ sku?: string | undefined; quantity: number; sign: number }>

function unitsOf(lines: readonly Line[], sku: string): number {
  return lines
    .filter((line) => line.sku === sku)
    .reduce((total, { quantity, sign }) => total + sign * quantity, 0)
}

function amountsOf(
  lines: readonly Readonly<{ amount: string; net: string; sign: number }>[],
  field: 'amount' | 'net',
): Decimal {
  return sum(lines.map((line) => decimal(line[field]).times(line.sign)))
}

function neverTwice(world: InvoicedOrder): void {
  const lines = standing(world)
  for (const sku of SKUS) {
    if (unitsOf(lines, sku) > shippedOf(world, sku)) throw new Error(`${sku} is invoiced twice`)
  }
  const shipped = sum(shipments(world).map(({ amount }) => decimal(amount)))
  if (amountsOf(lines, 'amount').greaterThan(shipped)) throw new Error('more than was shipped')
  for (const line of lines) {
    if (decimal(line.amount).isNegative() || decimal(line.net).isNegative()) {
      throw new Error('a line is below zero')
    }
  }
}

function shipments({ log }: InvoicedOrder) {
  return log
    .filter(({ type }) => type === 'FulfilmentShipped')
    .map(({ data }) => FulfilmentShipped.schema.parse(data))
}

test('in the end, all that was shipped and did not come back stands on invoices, and no more', async () => {
  fc.assert(
    fc.property(steps(true), (all) => {
      const world = invoicedOrder(confirmed)
      const { returned, returnIds } = play(world, all)
      returnIds.forEach(world.forReturn)
      world.settle()
      world.invoice()
      world.settle()
      const lines = standing(world)
      const free = world.order().invoicing.open.filter(({ amount }) => !decimal(amount).isZero())
      return (
        free.length === 0 &&
        SKUS.every(
          (sku) => unitsOf(lines, sku) === shippedOf(world, sku) - (returned.get(sku) ?? 0),
        )
      )
    }),
    { numRuns: 300 },
  )
})

test('without returns, what stands on invoices in the end is what was shipped, to the cent', async () => {
  fc.assert(
    fc.property(steps(false), (all) => {
      const world = invoicedOrder(confirmed)
      play(world, all)
      world.settle()
      world.invoice()
      world.settle()
      const lines = standing(world)
      const shipped = shipments(world)
      return (['amount', 'net'] as const).every((field) =>
        amountsOf(lines, field).equals(sum(shipped.map((one) => decimal(one[field])))),
      )
    }),
    { numRuns: 300 },
  )
})

test('an invoice that is taken back bit by bit is taken back to the cent', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }), (bits) => {
      const world = invoicedOrder(confirmed)
      world.ship(FIRST)
      world.ship(SECOND)
      world.invoice()
      world.settle()
      const invoiceId = `${ORDER}.i1`
      for (const quantity of bits) {
        world.redLetter(invoiceId, [{ sku: 'MILK', quantity }])
        if (quantity % 2 === 0) world.settle()
      }
      world.redLetter(invoiceId)
      world.settle()
      const lines = standing(world)
      return (
        amountsOf(lines, 'amount').isZero() &&
        amountsOf(lines, 'net').isZero() &&
        unitsOf(lines, 'MILK') === 0
      )
    }),
    { numRuns: 200 },
  )
})
