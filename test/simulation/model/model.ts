/**
 * A model of the business, fed with nothing but what is recorded. It shares no fold, no posting rule and
 * no arithmetic with the code: plain maps, whole cents, and sums made anew where that is simplest.
 */

import type { Envelope } from '../../../domain/kernel/event.ts'
import type { StoredEvent } from '../../../infra/event-store/codec.ts'
import { type Cents, text, total } from './cents.ts'
import { createCredit } from './credit.ts'
import { createDebts } from './debts.ts'
import type { Seen } from './law.ts'
import { law } from './law.ts'
import { createBooks } from './ledger.ts'
import { createMoney } from './money.ts'
import { createOrders, type Order } from './orders.ts'
import { createReturns } from './returns.ts'
import { createStatements } from './statements.ts'
import { createStock } from './stock.ts'
import { createTree } from './tree.ts'

const NOWHERE = { event: undefined }
const HALF_A_DAY_MS = 12 * 3_600_000

export type Model = ReturnType<typeof createModel>

export function createModel() {
  const books = createBooks()
  const tree = createTree()
  const credit = createCredit(tree)
  const debts = createDebts(tree)
  const stock = createStock()
  const orders = createOrders()
  const money = createMoney()
  const statements = createStatements()
  const returns = createReturns()
  const commands = new Map<string, string>()
  const ids = new Set<string>()
  /** Orders that ended lately. */
  const ending = new Set<Order>()
  let openDay = ''
  let closingDay = ''
  let last: Seen | undefined
  let lastCommand: string | undefined

  /** One more event, in the order of the log. */
  function see(event: StoredEvent): void {
    const metadata = event.metadata as Envelope
    const seen = seenOf(event, metadata)
    once(seen)
    for (const part of [stock, credit, debts, orders, money, statements, returns]) part.see(seen)
    books.take(seen)
    days(seen)
    if (seen.type === 'OrderConfirmed' || seen.type === 'OrderAmended') served(seen)
    noteEnd(seen)
    last = seen
  }

  function seenOf(event: StoredEvent, metadata: Envelope): Seen {
    const { type, data } = event
    const isClosing = type === 'BusinessDayClosed' || metadata.closing === true
    const stays = isClosing && metadata.bookedOn === closingDay
    const bookedOn = stays || metadata.bookedOn >= openDay ? metadata.bookedOn : openDay
    const effectiveOn = metadata.effectiveOn ?? metadata.bookedOn
    return { event, type, data, metadata, bookedOn, effectiveOn }
  }

  /** A command writes once, in one stream, in one piece; no two events have an id. */
  function once(seen: Seen): void {
    const { stream, id } = seen.event
    const { commandId } = seen.metadata
    law('an event has its own id', !ids.has(id), () => id, seen)
    ids.add(id)
    const piece = `${stream} ${commandId}`
    const goesOn = piece === lastCommand && commands.get(commandId) === stream
    law(
      'a command id appears once',
      goesOn || !commands.has(commandId),
      () => `${commandId} in ${commands.get(commandId)} and in ${stream}`,
      seen,
    )
    commands.set(commandId, stream)
    lastCommand = piece
  }

  function noteEnd({ data }: Seen): void {
    const order = orders.get(data.orderId)
    if (order !== undefined && orders.isEnded(order)) ending.add(order)
  }

  function days(seen: Seen): void {
    if (seen.type === 'BusinessDayOpened') openDay = seen.data.date
    if (seen.type === 'BusinessDayClosing') {
      openDay = seen.data.next
      closingDay = seen.data.date
    }
    if (seen.type === 'PeriodClosed') {
      const { period, totals } = seen.data
      const booked = books.totalsBetween(`${period}-01`, `${period}-31`)
      const isSame = JSON.stringify(totals) === JSON.stringify(booked)
      law("a closed period's totals are what was booked in it", isSame, () => period, seen)
      law('a period closes when its days are over', `${period}-31` < openDay, () => openDay, seen)
    }
    if (seen.type !== 'BusinessDayClosed') return
    closingDay = ''
    daily(seen)
    const totals = books.dayTotals(seen.data.date)
    law(
      "a closed day's totals are what was booked on it",
      JSON.stringify(seen.data.totals) === JSON.stringify(totals),
      () => `${JSON.stringify(seen.data.totals)}, expected ${JSON.stringify(totals)}`,
      seen,
    )
  }

  /** An order is confirmed, or amended, with its credit or its money, and with its stock. */
  function served(seen: Seen): void {
    const order = orders.get(seen.data.orderId)
    if (order === undefined || order.fulfilments.size === 0 || order.shipments.size > 0) return
    const paid = paidFor(order)
    law(
      'a confirmed order has its credit, or its money',
      // What an amendment makes it less is given back afterwards.
      seen.type === 'OrderAmended' ? paid >= order.total : paid === order.total,
      () => `${text(paid)} for ${text(order.total)}`,
      seen,
      order.orderId,
    )
    for (const { warehouseId, left } of order.fulfilments.values()) {
      const reserved = stock.reservedFor(warehouseId, order.orderId)
      law(
        'a confirmed order has its stock',
        [...left].every(([sku, quantity]) => (reserved.get(sku) ?? 0) >= quantity),
        () => `${JSON.stringify([...reserved])} for ${JSON.stringify([...left])} in ${warehouseId}`,
        seen,
        order.orderId,
      )
    }
  }

  /** What is set aside for an order, of credit or of money. */
  function paidFor({ orderId, payment }: Order): Cents {
    const of = credit.order(orderId)
    return (payment === 'prepaid' ? of?.earmarked : of?.held) ?? 0n
  }

  /** Between two writes: what the books say of dealers and stock is what is owed, paid and there. */
  function settled(): void {
    stock.settled()
    credit.settled()
    const at = last ?? { event: undefined }
    law('the sum of all accounts is nought', books.sum() === 0n, () => text(books.sum()), at)
    for (const { dealerId, owed, cash, reserved, payable, held, frozen } of tree.takeTouched()) {
      const open = total([...debts.openOf(dealerId)].map(({ outstanding }) => outstanding))
      const account = books.ofDealer('1122', dealerId)
      law(
        'the receivables account of a dealer is its open receivables',
        open === account && open === owed,
        () => `${dealerId}: ${text(account)} on the account, ${text(open)} open`,
        at,
      )
      const advances = -books.ofDealer('2203', dealerId)
      law(
        'money received less allocations is unapplied cash',
        cash === advances && cash >= reserved,
        () => `${dealerId}: ${text(advances)} on the account, ${text(cash)} unapplied`,
        at,
      )
      const owedBack = -books.ofDealer('2241.02', dealerId)
      law(
        'what is owed for returns is on its account',
        payable === owedBack,
        () => `${dealerId}: ${text(owedBack)} on the account, ${text(payable)} payable`,
        at,
      )
      law('no hold is below nought', held >= 0n, () => `${dealerId}: ${text(held)}`, at)
      law(
        'nobody is frozen who owes nothing overdue',
        frozen !== 'overdue' || debts.freezes(dealerId, openDay),
        () => dealerId,
        at,
        dealerId,
      )
    }
    const [unclear, suspense] = [statements.suspended(), -books.balance('2241.09')]
    law(
      'suspense is what no line is cleared of',
      unclear === suspense,
      () => `${text(unclear)} is not cleared up, ${text(suspense)} is on the account`,
      at,
    )
    const [value, inventory] = [stock.value(), books.balance('1405')]
    const both = () => `${text(value)} in stock, ${text(inventory)} on the account`
    law('the stock account is what the stock is worth', value === inventory, both, at)
  }

  /** With each day: what ended long ago has nothing left, and nothing hangs. */
  function daily(seen: Seen): void {
    const now = Date.parse(seen.metadata.recordedAt)
    for (const order of ending) {
      if (now - Date.parse(order.latest) < HALF_A_DAY_MS) continue
      ending.delete(order)
      nothingLeft(order, seen)
    }
    for (const order of orders.open()) {
      const isAtRest = now - Date.parse(order.latest) > HALF_A_DAY_MS
      const isSettled = order.status === 'confirmed' && !order.isAmending
      if (isAtRest && isSettled && !debts.isUncovered(order.orderId)) exactly(order, seen)
      const since = order.awaitsUntil === '' ? order.latest : order.awaitsUntil
      law(
        'an order does not hang',
        order.status !== 'placed' || now - Date.parse(since) < HALF_A_DAY_MS,
        () => `${order.orderId} is ${order.status} since ${order.latest}`,
        seen,
        order.orderId,
      )
    }
  }

  function exactly(order: Order, seen: Seen): void {
    const paid = paidFor(order)
    law(
      'a confirmed order takes what it costs, no more and no less',
      paid === order.total,
      () => `${text(paid)} for ${text(order.total)} of ${order.orderId}`,
      seen,
      order.orderId,
    )
  }

  /** Once everything has run out: every order has its end, and nothing is left over. */
  function atRest(): void {
    for (const order of orders.all()) {
      const { orderId, status } = order
      const hasEnded = orders.isEnded(order)
      law('every order has its end', hasEnded, () => `${orderId} is ${status}`, NOWHERE, orderId)
      nothingLeft(order, NOWHERE)
    }
    money.atRest()
    statements.atRest()
    returns.atRest()
    const [open] = stock.open()
    law('no reservation is left over', open === undefined, () => `${open}`, NOWHERE)
    const [transfer] = stock.inTransit()
    law('nothing is on its way for ever', transfer === undefined, () => `${transfer}`, NOWHERE)
  }

  function nothingLeft(order: Order, at: Pick<Seen, 'event'> | typeof NOWHERE): void {
    const { orderId } = order
    const of = credit.order(orderId)
    const [held, earmarked] = [of?.held ?? 0n, of?.earmarked ?? 0n]
    law('no hold is left over', held === 0n, () => `${text(held)} of ${orderId}`, at, orderId)
    const kept = () => `${text(earmarked)} of ${orderId}`
    law('no cash is kept for an order that ended', earmarked === 0n, kept, at, orderId)
    const [open] = stock.open().filter((key) => key.endsWith(` ${orderId}`))
    law('no reservation is left over', open === undefined, () => `${open}`, at, orderId)
    for (const [shipmentId, amount] of order.shipments) {
      const recognised = of?.recognised.get(shipmentId)
      law(
        'every shipment becomes a receivable of its amount',
        recognised === amount,
        () => `${shipmentId}: ${text(amount)}, ${recognised && text(recognised)} is owed`,
        at,
        orderId,
      )
      const isIssued = stock.isIssued(shipmentId)
      law('every shipment leaves the stock', isIssued, () => shipmentId, at, orderId)
    }
  }

  return {
    see,
    settled,
    atRest,
    dayTotals: books.dayTotals,
    totalsBetween: books.totalsBetween,
    balance: books.balance,
    money,
    statements,
    returns,
    orders,
    credit,
    debts,
    stock,
    tree,
    openDay: () => openDay,
    /** The streams of facilities in which something belongs to a closing day. */
    due: (date: string) => new Set([...debts.due(date), ...credit.ending(date)]),
  }
}
