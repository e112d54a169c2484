/** What is open, so filed that each question of the rules is one look-up, however much there is. */

import { daysBetween } from '../kernel/dates.ts'
import { absolute, centsOf } from './cents.ts'
import type { Books, OpenItem, Payer, PaymentItem, ReceivableItem } from './types.ts'
import { isTelling, keysOfName, plain } from './words.ts'

/** An open item, with what is compared. */
export type Entry<Item extends OpenItem = OpenItem> = Readonly<{
  /** Unique over all kinds. */
  id: string
  item: Item
  /** Never negative. */
  cents: bigint
  /** Of its date, as a number of days. */
  day: number
  /** By what it is known itself, and by what together with others. */
  keys: Readonly<{ own: readonly string[]; shared: readonly string[] }>
}>

/** Items by their amount, each list by day. */
export type ByAmount = Map<bigint, Entry[]>

/** What bears a name: things with that id or reference; and things of the order with that number. */
export type Filed = Readonly<{ key: string; isTelling: boolean; own: Shelf; shared: Shelf }>

/** Items of one name, in order; those of an amount are found at once, however many there are. */
export type Shelf = { all: readonly Entry[]; byAmount?: ByAmount }

const EMPTY: Shelf = { all: [] }
/** So few are looked through. */
const FEW = 8

export function ofAmount(shelf: Shelf, cents: bigint): readonly Entry[] {
  if (shelf.all.length <= FEW) return shelf.all.filter((entry) => entry.cents === cents)
  shelf.byAmount ??= Map.groupBy(shelf.all, (entry) => entry.cents)
  return shelf.byAmount.get(cents) ?? []
}

export type BookIndex = Readonly<{
  byName: ReadonlyMap<string, Filed>
  payments: ReadonlyMap<string, Entry<PaymentItem>>
  /** Payments on their way, by what they are to settle. */
  announced: ReadonlyMap<string, ByAmount>
  /** Whose name or account a text is; more than one if they share it. */
  payersOf: (line: Readonly<{ payerName?: string; payerAccount?: string }>) => readonly string[]
  entries: readonly Entry[]
}>

const EPOCH = '1970-01-01'

export function dayOf(date: string): number {
  return daysBetween(EPOCH, date)
}

export function indexOf({ items, payers }: Books): BookIndex {
  const entries = entriesOf(items)
  const byName = new Map<string, Filed>()
  const payments = new Map<string, Entry<PaymentItem>>()
  const announced = new Map<string, ByAmount>()
  const lists: Lists = { own: new Map(), shared: new Map() }
  for (const entry of entries) {
    listByNames(lists, entry)
    if (!isPayment(entry)) continue
    const { paymentId, state, via, orderIds, receivableIds } = entry.item
    payments.set(paymentId, entry)
    if (state !== 'open' || via !== 'bank') continue
    for (const id of orderIds) append(listOf(announced, `order ${id}`), entry.cents, entry)
    for (const id of receivableIds)
      append(listOf(announced, `receivable ${id}`), entry.cents, entry)
  }
  fileByNames(byName, lists)
  return { byName, payments, announced, payersOf: payersIn(payers), entries }
}

/** In an order of their own, so that the order in which they came means nothing; each id once. */
function entriesOf(items: readonly OpenItem[]): readonly Entry[] {
  const entries = new Map<string, Entry>()
  for (const item of items) {
    const [id, date] = identityOf(item)
    const cents = absolute(centsOf(item.amount))
    entries.set(id, { id, item, cents, day: dayOf(date), keys: keysOf(item) })
  }
  return [...entries.values()].sort(
    (one, other) => one.day - other.day || (one.id < other.id ? -1 : 1),
  )
}

function identityOf(item: OpenItem): readonly [string, string] {
  switch (item.kind) {
    case 'payment':
      return [`payment ${item.paymentId}`, item.on]
    case 'receivable':
      return [`receivable ${item.receivableId}`, item.dueOn]
    case 'refund':
      return [`refund ${item.refundId}`, item.on]
    case 'settlement':
      return [`settlement ${item.statementId}`, item.on]
  }
}

export function isPayment(entry: Entry): entry is Entry<PaymentItem> {
  return entry.item.kind === 'payment'
}

export function isReceivable(entry: Entry): entry is Entry<ReceivableItem> {
  return entry.item.kind === 'receivable'
}

/** What a line without a name may settle: open at the bank, and to be paid to us. */
export function isDue(entry: Entry): entry is Entry<PaymentItem> | Entry<ReceivableItem> {
  const { item } = entry
  if (item.kind === 'payment') return item.via === 'bank' && item.state !== 'reconciled'
  return item.kind === 'receivable'
}

/** Names of the thing itself, and names that it shares with others. */
function namesOf(item: OpenItem): Readonly<{ own: readonly string[]; shared: readonly string[] }> {
  switch (item.kind) {
    case 'payment': {
      const { paymentId, reference = paymentId, orderIds, names = [] } = item
      return { own: [paymentId, reference], shared: [...orderIds, ...names] }
    }
    case 'receivable': {
      const { receivableId, orderId, names = [] } = item
      return { own: [receivableId], shared: orderId === undefined ? names : [orderId, ...names] }
    }
    case 'refund':
      return { own: [item.refundId], shared: item.paymentId === undefined ? [] : [item.paymentId] }
    case 'settlement':
      return { own: [item.statementId, ...item.names], shared: [] }
  }
}

function keysOf(item: OpenItem): Entry['keys'] {
  const { own, shared } = namesOf(item)
  const ownKeys = new Set(own.flatMap(keysOfName))
  const sharedKeys = new Set(shared.flatMap(keysOfName)).difference(ownKeys)
  return { own: [...ownKeys], shared: [...sharedKeys] }
}

/** Few names are borne by things of both kinds: nothing is kept for the other. */
function fileByNames(byName: Map<string, Filed>, { own, shared }: Lists): void {
  for (const [key, all] of own) byName.set(key, filed(key, { all }, EMPTY))
  for (const [key, all] of shared) {
    byName.set(key, filed(key, byName.get(key)?.own ?? EMPTY, { all }))
  }
}

function filed(key: string, own: Shelf, shared: Shelf): Filed {
  return { key, isTelling: isTelling(key), own, shared }
}

type Lists = Readonly<Record<'own' | 'shared', Map<string, Entry[]>>>

function listByNames({ own, shared }: Lists, entry: Entry): void {
  for (const key of entry.keys.own) append(own, key, entry)
  for (const key of entry.keys.shared) append(shared, key, entry)
}

function append<Key>(lists: Map<Key, Entry[]>, key: Key, entry: Entry): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [entry])
  else list.push(entry)
}

export function listOf(lists: Map<string, ByAmount>, key: string): ByAmount {
  const found = lists.get(key)
  if (found !== undefined) return found
  const list: ByAmount = new Map()
  lists.set(key, list)
  return list
}

export function byDealerAndAmount(entries: Iterable<Entry>): ReadonlyMap<string, ByAmount> {
  const lists = new Map<string, ByAmount>()
  for (const entry of entries) {
    const { item, cents } = entry
    if (item.kind !== 'settlement') append(listOf(lists, item.dealerId), cents, entry)
  }
  return lists
}

/** Those of a list by day that lie within some days of a day; at most so many. */
export function within<Of extends Readonly<{ day: number }>>(
  list: readonly Of[],
  day: number,
  days: number,
  most: number,
): readonly Of[] {
  const from = firstFrom(list, day - days)
  return list.slice(from, Math.min(firstFrom(list, day + days + 1), from + most))
}

function firstFrom(list: readonly Readonly<{ day: number }>[], day: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle]?.day ?? day) < day) low = middle + 1
    else high = middle
  }
  return low
}

/** An account says more than a name; where both are known and speak of different dealers, neither counts. */
function payersIn(payers: readonly Payer[]): BookIndex['payersOf'] {
  const byName = new Map<string, Set<string>>()
  const byAccount = new Map<string, Set<string>>()
  for (const { dealerId, names, accounts } of payers) {
    for (const name of names) know(byName, plain(name), dealerId)
    for (const account of accounts) know(byAccount, plain(account), dealerId)
  }
  return ({ payerName = '', payerAccount = '' }) => {
    const named = byName.get(plain(payerName))
    const paying = byAccount.get(plain(payerAccount))
    if (named === undefined || paying === undefined) return [...(named ?? paying ?? [])].sort()
    const both = named.intersection(paying)
    return [...(both.size > 0 ? both : named.union(paying))].sort()
  }
}

function know(known: Map<string, Set<string>>, key: string, dealerId: string): void {
  if (key === '') return
  const dealers = known.get(key) ?? new Set()
  known.set(key, dealers.add(dealerId))
}
