/** The first weeks of Northwind's history on a real system, over HTTP. */

import { test } from 'tap'
import { z } from 'zod'
import { loadNorthwind } from '../../demo/demo.ts'
import { type Figures, figuresOf } from '../../demo/figures.ts'
import { httpPorts } from '../../demo/http.ts'
import type { Northwind } from '../../demo/northwind.ts'
import { FIRST_DAY, type Plan, planOf } from '../../demo/plan.ts'
import { play } from '../../demo/play.ts'
import { SILENT } from '../../demo/progress.ts'
import { periodOf } from '../../domain/kernel/dates.ts'
import { decimal, round, sum } from '../../domain/kernel/money.ts'
import { startSystem } from '../support/system.ts'

const ORDERS = 12
const NEVER_SHIPPED = '10255'

const plan = planOf(firstWeeks(await loadNorthwind()))

/** The first orders, one of them not shipped, and the customers who placed them. */
function firstWeeks(data: Northwind): Northwind {
  const orders = data.orders
    .slice(0, ORDERS)
    .map((row) => (row.order_id === NEVER_SHIPPED ? { ...row, shipped_date: undefined } : row))
  const buyers = new Set(orders.map((row) => row.customer_id))
  return { ...data, orders, customers: data.customers.filter((row) => buyers.has(row.customer_id)) }
}

test('a history that is interrupted and played again is there once, to the cent', async (t) => {
  const system = await startSystem(t, { businessDate: FIRST_DAY })
  const ports = httpPorts(system)

  const interruption = new AbortController()
  const { signal } = interruption
  const progress = {
    ...SILENT,
    advance: ({ date }: Readonly<{ date: string }>) => {
      if (date === '1996-07-12') interruption.abort()
    },
  }
  await t.rejects(play(plan, ports, { progress, signal }), { name: 'AbortError' })

  const position = await play(plan, ports, { progress: SILENT })
  const figures = await figuresOf(plan, position, ports)
  t.strictSame(texts(figures), texts(expectedOf(plan, figures)))
  const { trialBalance, balanceSheet } = figures
  t.ok(trialBalance.totalDebit.equals(trialBalance.totalCredit))
  t.ok(balanceSheet.totalAssets.equals(balanceSheet.totalLiabilitiesAndEquity))

  t.equal(await play(plan, ports, { progress: SILENT }), position, 'the third time adds nothing')
  const after = `${BigInt(position) + 1n}`
  const later = await ports.get(`/audit/events?fromPosition=${after}`, 'auditor')
  t.strictSame(later, { items: [], nextCursor: null })

  const unshipped = plan.orders.find(({ orderNumber }) => orderNumber === NEVER_SHIPPED)
  const credit = await ports.get(`/dealers/${unshipped?.dealerId}/credit`, 'brand-finance')
  t.match(credit, { holds: unshipped?.total, receivables: '0.00', unappliedCash: '0.00' })

  for (const { orderNumber, shipping } of plan.orders) {
    const { items } = Orders.parse(await ports.get(`/orders?q=${orderNumber}`, 'brand-ops'))
    const status = shipping === undefined ? 'confirmed' : 'completed'
    t.match(items, [{ status }], `order ${orderNumber}`)
  }

  const entries = Entries.parse(await ports.get('/ledger/entries?limit=500', 'auditor'))
  const elsewhere = entries.items.filter(
    ({ event, bookedOn, effectiveOn }) => event !== 'PaymentReceived' && bookedOn !== effectiveOn,
  )
  t.strictSame(elsewhere, [], 'everything but money is in the books of its day')
})

const Orders = z.object({ items: z.array(z.object({ status: z.string() })) })

const Entries = z.object({
  items: z.array(z.object({ bookedOn: z.string(), effectiveOn: z.string(), event: z.string() })),
})

/** What the plan says that the figures should be. */
function expectedOf(
  { orders, days, transfers }: Plan,
  { trialBalance, balanceSheet, stockValue }: Figures,
): Figures {
  const lines = orders.flatMap((order) => order.lines)
  const shipped = orders.filter(({ shipping }) => shipping !== undefined)
  const amounts = lines.map(({ unitPrice, quantity }) => decimal(unitPrice).times(quantity))
  const rounded = sum(amounts.map(round))
  const total = sum(orders.map((order) => decimal(order.total)))
  const incoming = transfers.map(({ amount }) => decimal(amount)).filter((one) => one.isPositive())
  return {
    orders: ORDERS,
    lines: lines.length,
    linesBeforeDiscount: decimal('16834.80'), // added up by hand
    linesAfterDiscount: sum(amounts),
    linesRounded: rounded,
    freight: total.minus(rounded),
    total,
    neverShipped: 1,
    shippedLate: 0,
    receivables: sum(shipped.map((order) => decimal(order.total))),
    outstanding: decimal(0),
    paid: sum(incoming),
    stockValue,
    statementLines: transfers.length,
    statementLinesBooked: transfers.length,
    monthsClosed: new Set(days.map(({ date }) => periodOf(date))).size,
    trialBalance,
    balanceSheet,
  }
}

function texts({ trialBalance: _, balanceSheet: __, ...figures }: Figures) {
  return Object.fromEntries(Object.entries(figures).map(([name, one]) => [name, one.toString()]))
}
