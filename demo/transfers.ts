/**
 * How Northwind's customers pay: what the bank shows of it, line by line, with the oddities that real
 * statements have; and what each line stands for, which only the plan knows. Pure.
 */

import { addDays } from '../domain/kernel/dates.ts'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import { BANK_CHARGE, CHARGES_ABROAD, statementDay, weekdayFrom } from './assumptions.ts'
import type { PlannedOrder, Shipping } from './orders.ts'

/** An order that is shipped, and so paid. */
export type PaidOrder = PlannedOrder & Readonly<{ shipping: Shipping }>

/** What is unusual about a transfer. */
export type Oddity =
  | 'bare' // it names nothing
  | 'short' // a bank abroad kept something
  | 'twice' // it comes again
  | 'stranger' // somebody else pays, and names nothing
  | 'together' // it pays two orders

/** What a line stands for. */
export type Truth =
  | Readonly<{ kind: 'orders'; orders: readonly PaidOrder[]; isAnnounced: boolean; short: string }>
  | Readonly<{ kind: 'again'; order: PaidOrder }>
  | Readonly<{ kind: 'refund'; refundId: string; order: PaidOrder }>
  | Readonly<{ kind: 'charge' }>

/** One line of the bank's statement. */
export type Transfer = Readonly<{
  /** The bank's own number of it. */
  bankId: string
  on: LocalDate
  /** Signed: below zero it goes out. */
  amount: string
  /** What is written beside it; of an announced payment its reference, which tradeline gives. */
  text: string | undefined
  payer: Readonly<{ name: string; account: string }> | undefined
  oddity: Oddity | undefined
  truth: Truth
}>

/** Of a hundred lines three are odd. */
const ONE_ODD_IN = 33
const FIRST_ODD = 16
const ODDITIES: readonly Oddity[] = ['bare', 'short', 'twice', 'stranger', 'together']

/** Of four orders one is announced as a payment, whose reference the payer then writes. */
const ONE_ANNOUNCED_IN = 4

/** Two orders are paid together only if the second would have been paid so soon after the first. */
const TOGETHER_WITHIN_DAYS = 10

/** A bank's fee that is small beside the amount. */
const LEAST_SHORT = 400
/** What is given back without a second person. */
const MOST_TWICE = 5_000

/** Whether its payer was given a payment's reference to write. */
export function isAnnounced({ truth }: Transfer): boolean {
  return truth.kind === 'orders' && truth.isAnnounced
}

/** The orders that a transfer pays. */
export function ordersOf({ truth }: Transfer): readonly PaidOrder[] {
  return truth.kind === 'orders' ? truth.orders : []
}

/** All that the bank shows, in the order of its days; `names` are the customers' companies. */
export function transfersOf(
  orders: readonly PlannedOrder[],
  names: ReadonlyMap<string, string>,
): readonly Transfer[] {
  const paid = orders.filter(isPaid).sort(byPayment)
  const done = new Set<PaidOrder>()
  const transfers = paid.flatMap((order, index) => {
    if (done.has(order)) return []
    const { oddity, together } = oddityOf(order, index, paid, done)
    const paidNow = together === undefined ? [order] : [order, together]
    for (const one of paidNow) done.add(one)
    const name = names.get(order.dealerId) ?? order.dealerId
    const transfer = transferOf(paidNow, { index, oddity, name })
    return oddity === 'twice' ? [transfer, ...twice(transfer, order)] : [transfer]
  })
  return [...transfers, ...chargesUntil(transfers.map(({ on }) => on))].sort(byDay)
}

function isPaid(order: PlannedOrder): order is PaidOrder {
  return order.shipping !== undefined
}

function byPayment(one: PaidOrder, other: PaidOrder): number {
  const byDate = one.shipping.paidOn.localeCompare(other.shipping.paidOn)
  return byDate === 0 ? one.orderNumber.localeCompare(other.orderNumber) : byDate
}

function byDay(one: Transfer, other: Transfer): number {
  return one.on.localeCompare(other.on) || one.bankId.localeCompare(other.bankId)
}

type Odd = Readonly<{ oddity: Oddity | undefined; together?: PaidOrder }>

/** What is odd about every so-manieth; another oddity where that one can't be. */
function oddityOf(
  order: PaidOrder,
  index: number,
  paid: readonly PaidOrder[],
  done: ReadonlySet<PaidOrder>,
): Odd {
  if (index % ONE_ODD_IN !== FIRST_ODD) return { oddity: undefined }
  const oddity = ODDITIES[Math.floor(index / ONE_ODD_IN) % ODDITIES.length]
  const total = decimal(order.total)
  if (oddity === 'short' && total.lessThan(LEAST_SHORT)) return { oddity: 'bare' }
  if (oddity === 'twice' && (total.greaterThan(MOST_TWICE) || owesElse(order, paid))) {
    return { oddity: 'stranger' }
  }
  if (oddity !== 'together') return { oddity }
  const together = paid.slice(index + 1).find((other) => isNext(order, other) && !done.has(other))
  return together === undefined ? { oddity: 'bare' } : { oddity, together }
}

function isNext({ dealerId, shipping }: PaidOrder, other: PaidOrder): boolean {
  const { shippedOn, paidOn } = other.shipping
  if (other.dealerId !== dealerId || shippedOn >= shipping.paidOn) return false
  return paidOn <= addDays(shipping.paidOn, TOGETHER_WITHIN_DAYS)
}

/** Whether the customer owes something else when it pays again: that money would settle it. */
function owesElse(order: PaidOrder, paid: readonly PaidOrder[]): boolean {
  const again = statementDay(dayOfRepetition(order))
  return paid.some(
    (other) =>
      other !== order &&
      other.dealerId === order.dealerId &&
      other.shipping.shippedOn <= again &&
      statementDay(other.shipping.paidOn) >= statementDay(order.shipping.paidOn),
  )
}

type Way = Readonly<{ index: number; oddity: Oddity | undefined; name: string }>

function transferOf(orders: readonly PaidOrder[], { index, oddity, name }: Way): Transfer {
  const [{ dealerId, orderNumber, shipping }] = orders as readonly [PaidOrder]
  const total = sum(orders.map((order) => decimal(order.total)))
  const short = decimal(oddity === 'short' ? CHARGES_ABROAD : '0')
  const announced = oddity === undefined && index % ONE_ANNOUNCED_IN === 0
  const isBare = oddity === 'bare' || oddity === 'stranger'
  const named = orders.map((order) => `order ${order.orderNumber}`).join(', ')
  return {
    bankId: `NW-${orderNumber}`,
    on: shipping.paidOn,
    amount: toAmount(total.minus(short)),
    text: announced ? undefined : isBare ? 'payment' : named,
    payer:
      oddity === 'stranger'
        ? { name: `Factoring ${orderNumber}`, account: `F-${orderNumber}` }
        : { name, account: `NW-${dealerId}` },
    oddity,
    truth: { kind: 'orders', orders, isAnnounced: announced, short: toAmount(short) },
  }
}

function dayOfRepetition({ shipping }: PaidOrder): LocalDate {
  return weekdayFrom(addDays(shipping.paidOn, 1))
}

/** The same transfer again, and what goes back with the next statement. */
function twice(transfer: Transfer, order: PaidOrder): readonly Transfer[] {
  const on = dayOfRepetition(order)
  const refundId = `NW-twice-${order.orderNumber}`
  const back = statementDay(addDays(statementDay(on), 1))
  return [
    { ...transfer, bankId: `${transfer.bankId}-2`, on, truth: { kind: 'again', order } },
    {
      ...transfer,
      bankId: refundId,
      on: back,
      amount: `-${transfer.amount}`,
      text: `refund ${refundId}`,
      truth: { kind: 'refund', refundId, order },
    },
  ]
}

/** The bank takes its charge on the day of each month's last statement. */
function chargesUntil(days: readonly LocalDate[]): readonly Transfer[] {
  const months = [...new Set(days.map((day) => day.slice(0, 'YYYY-MM'.length)))].sort()
  return months.map((month) => ({
    bankId: `NW-charge-${month}`,
    on: statementDay(`${month}-28`),
    amount: `-${BANK_CHARGE}`,
    text: `account charge ${month}`,
    payer: undefined,
    oddity: undefined,
    truth: { kind: 'charge' },
  }))
}
