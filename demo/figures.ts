/** Northwind's figures, as tradeline's own read models give them. */

import { z } from 'zod'
import { addDays } from '../domain/kernel/dates.ts'
import { type Decimal, decimal, sum } from '../domain/kernel/money.ts'
import type { Role } from '../domain/kernel/roles.ts'
import { priceThenOf } from './orders.ts'
import { FIRST_DAY, type Plan } from './plan.ts'
import type { DemoPorts } from './ports.ts'

const Amount = z.string().transform(decimal)

const Order = z.object({
  orderId: z.string(),
  status: z.string(),
  requestedOn: z.string(),
  total: Amount,
  lines: z.array(
    z.object({
      quantity: z.number().int(),
      unitPrice: Amount,
      amount: Amount,
      overrideReason: z.string().optional(),
    }),
  ),
  charges: z.array(z.object({ kind: z.string(), amount: Amount })),
})
type Order = z.output<typeof Order>

const Receivable = z.object({
  orderId: z.string(),
  effectiveOn: z.string(),
  amount: Amount,
  outstanding: Amount,
})
type Receivable = z.output<typeof Receivable>

const Payment = z.object({ amount: Amount, status: z.string() })

const StockLevel = z.object({ value: Amount })

const TrialBalance = z.object({
  accounts: z.array(
    z.object({ account: z.string(), debit: Amount, credit: Amount, balance: Amount }),
  ),
  totalDebit: Amount,
  totalCredit: Amount,
})
export type TrialBalance = z.output<typeof TrialBalance>

const BalanceSheet = z.object({ totalAssets: Amount, totalLiabilitiesAndEquity: Amount })
export type BalanceSheet = z.output<typeof BalanceSheet>

const Period = z.object({ period: z.string(), status: z.string() })

const Lines = z.object({
  classes: z.array(z.object({ status: z.string(), lines: z.number().int() })),
})

export type Figures = Readonly<{
  orders: number
  lines: number
  linesBeforeDiscount: Decimal
  /** Quantity times unit price, not rounded. */
  linesAfterDiscount: Decimal
  linesRounded: Decimal
  freight: Decimal
  total: Decimal
  neverShipped: number
  shippedLate: number
  /** What was shipped, with its share of the freight. */
  receivables: Decimal
  outstanding: Decimal
  paid: Decimal
  stockValue: Decimal
  /** Statement lines, and those of them whose money is where it belongs. */
  statementLines: number
  statementLinesBooked: number
  monthsClosed: number
  /** Of all that is booked. */
  trialBalance: TrialBalance
  balanceSheet: BalanceSheet
}>

/** Reads everything once the read models have seen a position of the log. */
export async function figuresOf(
  { days }: Plan,
  position: string,
  ports: DemoPorts,
): Promise<Figures> {
  const read = readerAt(position, ports)
  const lastDay = days.at(-1)?.date ?? FIRST_DAY
  const [orders, receivables, payments, stock, balance, sheet, periods, lines] = await Promise.all([
    read.list(`/orders?from=${FIRST_DAY}&to=${addDays(lastDay, 1)}`, Order, 'brand-ops'),
    read.list('/receivables?', Receivable, 'brand-finance'),
    read.list('/payments?status=captured', Payment, 'brand-finance'),
    read.list('/stock?', StockLevel, 'brand-warehouse'),
    read.one('/ledger/trial-balance?', TrialBalance, 'brand-finance'),
    read.one('/ledger/balance-sheet?', BalanceSheet, 'brand-finance'),
    read.list('/periods?', Period, 'brand-finance'),
    read.one('/reconciliation?', Lines, 'brand-finance'),
  ])
  return {
    ...ordered(orders),
    ...shipped(
      orders,
      receivables.filter(({ effectiveOn }) => effectiveOn <= lastDay),
    ),
    receivables: sum(receivables.map(({ amount }) => amount)),
    outstanding: sum(receivables.map(({ outstanding }) => outstanding)),
    paid: sum(payments.map(({ amount }) => amount)),
    stockValue: sum(stock.map(({ value }) => value)),
    ...reconciled(lines),
    monthsClosed: periods.filter(({ status }) => status === 'closed').length,
    trialBalance: balance,
    balanceSheet: sheet,
  }
}

function reconciled({ classes }: z.output<typeof Lines>) {
  const count = (rows: typeof classes) => rows.reduce((total, { lines }) => total + lines, 0)
  return {
    statementLines: count(classes),
    statementLinesBooked: count(classes.filter(({ status }) => status === 'booked')),
  }
}

function ordered(orders: readonly Order[]) {
  const lines = orders.flatMap((order) => order.lines)
  const charges = orders.flatMap((order) => order.charges)
  return {
    orders: orders.length,
    lines: lines.length,
    linesBeforeDiscount: sum(lines.map((line) => priceThen(line).times(line.quantity))),
    linesAfterDiscount: sum(lines.map(({ unitPrice, quantity }) => unitPrice.times(quantity))),
    linesRounded: sum(lines.map(({ amount }) => amount)),
    freight: sum(charges.filter(({ kind }) => kind === 'freight').map(({ amount }) => amount)),
    total: sum(orders.map(({ total }) => total)),
  }
}

/** The price before discount: an override's reason names it, else the line has none. */
function priceThen({ unitPrice, overrideReason }: Order['lines'][number]): Decimal {
  return (overrideReason === undefined ? undefined : priceThenOf(overrideReason)) ?? unitPrice
}

/** An order is shipped on the day its last receivable is effective. */
function shipped(orders: readonly Order[], receivables: readonly Receivable[]) {
  const shippedOn = new Map<string, string>()
  for (const { orderId, effectiveOn } of receivables) {
    const before = shippedOn.get(orderId)
    if (before === undefined || before < effectiveOn) shippedOn.set(orderId, effectiveOn)
  }
  return {
    neverShipped: orders.filter(({ orderId }) => !shippedOn.has(orderId)).length,
    shippedLate: orders.filter((order) => (shippedOn.get(order.orderId) ?? '') > order.requestedOn)
      .length,
  }
}

const Page = z.object({ items: z.array(z.unknown()), nextCursor: z.string().nullable() })

const WAIT_MS = 30_000

function readerAt(position: string, ports: DemoPorts) {
  const at = `after=${position}&waitMs=${WAIT_MS}`

  async function one<Body>(path: string, body: z.ZodType<Body>, role: Role): Promise<Body> {
    return body.parse(await ports.get(`${path}&${at}`, role))
  }

  async function list<Item>(path: string, item: z.ZodType<Item>, role: Role) {
    const items: Item[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const from = cursor === '' ? '' : `&cursor=${cursor}`
      const page: z.output<typeof Page> = await one(`${path}&limit=500${from}`, Page, role)
      items.push(...z.array(item).parse(page.items))
      cursor = page.nextCursor
    }
    return items
  }

  return { one, list }
}
