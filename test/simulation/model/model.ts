/**
 * A model of the business, fed with nothing but what is recorded. It shares no fold, no posting rule and
 * no arithmetic with the code: plain maps, whole cents, and sums made anew where that is simplest.
 */

import type { Envelope } from '../../../domain/kernel/event.ts'
import type { StoredEvent } from '../../../infra/event-store/codec.ts'
import { text, total } from './cents.ts'
import { createCredit } from './credit.ts'
import { createDebts } from './debts.ts'
import type { Seen } from './law.ts'
import { law } from './law.ts'
import { createBooks } from './ledger.ts'
import { createOrders, type Order } from './orders.ts'
import { createStock } from './stock.ts'
import { createTree } from './tree.ts'

export type Model = ReturnType<typeof createModel>

export function createModel() {
  const books = createBooks()
  const tree = createTree()
  const credit = createCredit(tree)
  const debts = createDebts(tree)
  const stock = createStock()
  const orders = createOrders()
  const commands = new Map<string, string>()
  const ids = new Set<string>()
  let openDay = ''
  let closingDay = ''
  let last: Seen | undefined
  let lastCommand: string | undefined

  /** One more event, in the order of the log. */
  function see(event: StoredEvent): void {
    const metadata = event.metadata as Envelope
    const seen = seenOf(event, metadata)
    once(seen)
    for (const part of [stock, credit, debts, orders]) part.see(seen)
    books.take(seen)
    days(seen)
    if (seen.type === 'OrderConfirmed') served(seen)
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

  function days(seen: Seen): void {
    if (seen.type === 'BusinessDayOpened') openDay = seen.data.date
    if (seen.type === 'BusinessDayClosing') {
      openDay = seen.data.next
      closingDay = seen.data.date
    }
    if (seen.type !== 'BusinessDayClosed') return
    closingDay = ''
    const totals = books.dayTotals(seen.data.date)
    law(
      "a closed day's totals are what was booked on it",
      JSON.stringify(seen.data.totals) === JSON.stringify(totals),
      () => `${JSON.stringify(seen.data.totals)}, expected ${JSON.stringify(totals)}`,
      seen,
    )
  }

  /** An order is confirmed with its credit and its stock. */
  function served(seen: Seen): void {
    const order = orders.get(seen.data.orderId)
    if (order === undefined) return
    const held = credit.order(order.orderId)?.held ?? 0n
    law(
      'a confirmed order has its credit',
      order.payment !== 'term' || held === order.total,
      () => `${text(held)} is held for ${text(order.total)}`,
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

  /** Between two writes: what the books say of dealers and stock is what is owed, paid and there. */
  function settled(): void {
    stock.settled()
    credit.settled()
    const at = last ?? { event: undefined }
    law('the sum of all accounts is nought', books.sum() === 0n, () => text(books.sum()), at)
    for (const { dealerId, owed, cash, held, frozen } of tree.takeTouched()) {
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
        cash === advances && cash >= 0n,
        () => `${dealerId}: ${text(advances)} on the account, ${text(cash)} unapplied`,
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
    const [value, inventory] = [stock.value(), books.balance('1405')]
    const both = () => `${text(value)} in stock, ${text(inventory)} on the account`
    law('the stock account is what the stock is worth', value === inventory, both, at)
  }

  /** Once everything has run out: every order has its end, and nothing is left over. */
  function atRest(): void {
    for (const order of orders.all()) ended(order)
    const [open] = stock.open()
    law('no reservation is left over', open === undefined, () => `${open?.[0]}`, undefinedEvent)
  }

  function ended(order: Order): void {
    const { orderId, status } = order
    const at = undefinedEvent
    law(
      'every order has its end',
      orders.isEnded(order),
      () => `${orderId} is ${status}`,
      at,
      orderId,
    )
    const held = credit.order(orderId)?.held ?? 0n
    law('no hold is left over', held === 0n, () => `${text(held)} of ${orderId}`, at, orderId)
    for (const [shipmentId, amount] of order.shipments) {
      const recognised = credit.order(orderId)?.recognised.get(shipmentId)
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
    orders,
    credit,
    debts,
    openDay: () => openDay,
    /** The streams of facilities in which something belongs to a closing day. */
    due: (date: string) => new Set([...debts.due(date), ...credit.ending(date)]),
  }
}

const undefinedEvent = { event: undefined }
