/** The first rule: the text names a payment, an order, a receivable, a refund, and the amount is its own. */

import { type Entry, isPayment, isReceivable, ofAmount, within } from './book-index.ts'
import {
  dealerOf,
  exception,
  isReconciled,
  MOST_COMPARED,
  MOST_NAMED,
  type Reading,
  type Run,
  suggestion,
  take,
} from './run.ts'
import type { MatchResult } from './types.ts'

/** Undefined if the text names nothing of this amount. */
export function byName(run: Run, reading: Reading): MatchResult | undefined {
  return byOne(run, reading, 'own') ?? byOne(run, reading, 'shared') ?? byAll(run, reading)
}

function byOne(run: Run, reading: Reading, how: 'own' | 'shared'): MatchResult | undefined {
  const { filed, cents } = reading
  const same = filed.flatMap((one) => {
    const equal = ofAmount(one[how], cents).slice(0, MOST_COMPARED)
    return equal.map((entry) => ({ entry, isTelling: one.isTelling }))
  })
  const fitting = same.filter(
    ({ entry, isTelling }) => isDirected(reading, entry) && (isTelling || isPayers(reading, entry)),
  )
  const found = [...new Set(fitting.map(({ entry }) => entry))]
  const open = found.filter((entry) => !isReconciled(entry))
  if (open.length > 0) return amongNamed(run, reading, open)
  if (found.length === 0) return undefined
  const message = 'What the text names is on a statement already.'
  return exception(
    reading,
    'named',
    'duplicate',
    message,
    found.map((entry) => [entry]),
  )
}

/**
 * Money that comes in settles what is owed to us or paid out to us; money that goes out, refunds, and what
 * a provider takes for more refunds than it collected.
 */
export function isDirected({ isOut }: Reading, { item }: Entry): boolean {
  if (item.kind === 'settlement') return isOut === item.amount.startsWith('-')
  return isOut === (item.kind === 'refund')
}

function isPayers({ dealerId }: Reading, entry: Entry): boolean {
  return dealerId !== undefined && dealerOf(entry) === dealerId
}

function amongNamed(run: Run, reading: Reading, open: readonly Entry[]): MatchResult {
  const answers = narrowed(run, reading, announcedFor(run, open))
  const [only] = answers
  if (answers.length === 1 && only !== undefined) {
    return take(run, reading, [only], 'named', 'The text names it, and the amount is the same.')
  }
  const message = 'The text names several of this amount.'
  return suggestion(
    run,
    reading,
    answers.map((entry) => [entry]),
    'named',
    message,
  )
}

/** Of several, those of the payer; of one order's instalments, that which is due about now. */
function narrowed({ limits }: Run, reading: Reading, open: readonly Entry[]): readonly Entry[] {
  if (open.length < 2 || open.length >= MOST_COMPARED) return open
  const ofPayer = open.filter((entry) => isPayers(reading, entry))
  const theirs = ofPayer.length > 0 ? ofPayer : open
  const orders = new Set(theirs.map((entry) => isReceivable(entry) && entry.item.orderId))
  const [order] = orders
  if (orders.size > 1 || typeof order !== 'string') return theirs
  const now = within(theirs, reading.day, limits.days, MOST_COMPARED)
  return now.length > 0 ? now : theirs
}

/**
 * A receivable for which a payment of the same amount is on its way stands for that payment: it says
 * itself what it settles. Each answer once.
 */
export function announcedFor({ index }: Run, entries: readonly Entry[]): readonly Entry[] {
  const answers = entries.flatMap((entry) => {
    if (!isReceivable(entry)) return entry
    const { orderId } = entry.item
    const payments = [entry.id, ...(orderId === undefined ? [] : [`order ${orderId}`])].flatMap(
      (id) => index.announced.get(id)?.get(entry.cents)?.slice(0, MOST_COMPARED) ?? [],
    )
    const theirs = payments.filter((payment) => dealerOf(payment) === entry.item.dealerId)
    return theirs.length > 0 ? theirs : entry
  })
  return [...new Set(answers)]
}

/** All that is open of the orders that the text names, together. */
function byAll(run: Run, reading: Reading): MatchResult | undefined {
  if (reading.isOut) return undefined
  const all = receivablesNamed(reading)
  const [first] = all
  if (first === undefined || all.length < 2) return undefined
  const total = all.reduce((sum, { cents }) => sum + cents, 0n)
  if (total !== reading.cents || all.some((one) => dealerOf(one) !== dealerOf(first))) {
    return undefined
  }
  return take(run, reading, all, 'named', 'It is all that is open of what the text names.')
}

/** Nothing if they are too many to add up for each line. */
export function receivablesNamed(reading: Reading): readonly Entry[] {
  const { filed } = reading
  const size = filed.reduce((sum, { own, shared }) => sum + own.all.length + shared.all.length, 0)
  if (size > MOST_NAMED) return []
  const entries = filed.flatMap(({ own, shared, isTelling }) =>
    [...own.all, ...shared.all].filter((entry) => isTelling || isPayers(reading, entry)),
  )
  return [...new Set(entries)].filter(isReceivable)
}

/** The payments that the text names by their own names; those of an order only if none is. */
export function paymentsNamed({ filed }: Reading): readonly Entry[] {
  const telling = filed.filter(({ isTelling }) => isTelling)
  const own = telling.flatMap((one) => one.own.all.slice(0, MOST_COMPARED)).filter(isPayment)
  if (own.length > 0) return [...new Set(own)]
  const shared = telling.flatMap((one) => one.shared.all.slice(0, MOST_COMPARED)).filter(isPayment)
  return [...new Set(shared)]
}

/** What a provider paid out or took by a settlement that the text names. */
export function settlementNamed(reading: Reading): Entry | undefined {
  const telling = reading.filed.filter(({ isTelling }) => isTelling)
  return telling
    .flatMap((one) => one.own.all.slice(0, MOST_COMPARED))
    .find((entry) => entry.item.kind === 'settlement' && isDirected(reading, entry))
}
