/** One run of matching: what each line says, what is taken already, and how a rule's finding is told. */

import {
  type BookIndex,
  dayOf,
  type Entry,
  type Filed,
  isPayment,
  isReceivable,
} from './book-index.ts'
import { absolute, amountOf, centsOf } from './cents.ts'
import type {
  Counterpart,
  ExceptionCode,
  Limits,
  MatchResult,
  Rule,
  StatementLine,
} from './types.ts'
import { soundsLikeBounce } from './wording.ts'
import { keysInText } from './words.ts'

/** A line, with what the rules ask of it. */
export type Reading = Readonly<{
  line: StatementLine
  /** Never negative. */
  cents: bigint
  isOut: boolean
  /** Of its value date. */
  day: number
  /** Whose name or account stands there. */
  payers: readonly string[]
  /** The payer, if there is no doubt. */
  dealerId: string | undefined
  /** What its text names: as it stands there, or if nothing is, in spite of blanks and dashes. */
  filed: readonly Filed[]
  /** It seems to be money going back: a person has to look. */
  isDoubtful: boolean
}>

export type Run = Readonly<{
  index: BookIndex
  limits: Limits
  /** The lines that items were taken by, in this run. */
  taken: Map<string, number>
  /** What payments that are taken settle: it is not free any more, even if not all of it is settled. */
  settled: Set<string>
}>

/** More things than that are not told apart one by one. */
export const MOST_COMPARED = 20
/** As many as one receipt may name. */
export const MOST_RECEIVABLES = 1_000
/** More receivables of the names in one text are not added up. */
export const MOST_NAMED = 60

export function readingOf({ index }: Run, line: StatementLine): Reading {
  const signed = centsOf(line.amount)
  const payers = index.payersOf(line)
  return {
    line,
    cents: absolute(signed),
    isOut: signed < 0n,
    day: dayOf(line.valueOn ?? line.date),
    payers,
    dealerId: payers.length === 1 ? payers[0] : undefined,
    filed: filedIn(index, line.text),
    isDoubtful: soundsLikeBounce(line.text),
  }
}

function filedIn({ byName }: BookIndex, text: string): readonly Filed[] {
  const filed = [...keysInText(text)].flatMap((key) => byName.get(key) ?? [])
  const exact = filed.filter(({ key }) => !key.startsWith('~'))
  return exact.some(({ isTelling }) => isTelling) ? exact : filed
}

export function dealerOf({ item }: Entry): string | undefined {
  return item.kind === 'settlement' ? undefined : item.dealerId
}

/** Whether an item may be what a line's text names; where it names nothing, everything may. */
export function agrees({ filed }: Reading, entries: readonly Entry[]): boolean {
  const telling = filed.filter((one) => one.isTelling)
  const isNamed = ({ keys: { own, shared } }: Entry) =>
    telling.some(({ key }) => own.includes(key) || shared.includes(key))
  return telling.length === 0 || entries.some(isNamed)
}

/** Whether it is known to be paid already, before this run. */
export function isReconciled({ item }: Entry): boolean {
  return item.kind === 'payment' && item.state === 'reconciled'
}

function isBounced({ item }: Entry): boolean {
  return item.kind === 'payment' && item.state === 'bounced'
}

/** Whether a payment that was taken settles it. */
function isSettled({ settled }: Run, { id, item }: Entry): boolean {
  if (item.kind !== 'receivable') return false
  return settled.has(id) || (item.orderId !== undefined && settled.has(`order ${item.orderId}`))
}

export function counterpartOf(entries: readonly Entry[]): Counterpart {
  const [first] = entries
  if (first === undefined) throw new Error('nothing stands for nothing')
  const { item } = first
  switch (item.kind) {
    case 'payment':
      return item.via === 'bank'
        ? { paymentId: item.paymentId }
        : { settles: item.paymentId, gross: amountOf(first.cents), fee: '0.00' }
    case 'receivable': {
      const ids = entries.filter(isReceivable).map((entry) => entry.item.receivableId)
      return { receivableIds: ids.sort() }
    }
    case 'refund':
      return { refundId: item.refundId }
    case 'settlement':
      return { settlement: item.statementId }
  }
}

function head({ line }: Reading, rule: Rule) {
  return { line: line.line, lineKey: line.lineKey, rule }
}

function ofDealer(dealerId: string | undefined) {
  return dealerId === undefined ? {} : { dealerId }
}

/** The line stands for these items, which now are taken; unless another line took one of them before. */
export function take(
  run: Run,
  reading: Reading,
  entries: readonly Entry[],
  rule: Rule,
  message: string,
): MatchResult {
  const other = entries.map(({ id }) => run.taken.get(id)).find((line) => line !== undefined)
  if (other !== undefined) {
    return exception(reading, rule, 'duplicate', `Line ${other} stands for the same.`, [entries])
  }
  const doubt = doubtOf(run, reading, entries)
  if (doubt !== undefined) return suggestion(run, reading, [entries], rule, `${message} ${doubt}`)
  for (const entry of entries) {
    run.taken.set(entry.id, reading.line.line)
    if (!isPayment(entry)) continue
    for (const id of entry.item.receivableIds) run.settled.add(`receivable ${id}`)
    for (const id of entry.item.orderIds) run.settled.add(`order ${id}`)
  }
  const [first] = entries
  return {
    ...head(reading, rule),
    class: 'matched',
    message,
    counterpart: counterpartOf(entries),
    ...ofDealer(first && dealerOf(first)),
  }
}

function doubtOf(run: Run, { isDoubtful }: Reading, entries: readonly Entry[]) {
  if (isDoubtful) return 'But it may be money going back.'
  if (entries.some(isBounced)) return 'But that payment bounced: this may be it, or new money.'
  if (entries.some((entry) => isSettled(run, entry))) {
    return 'But a payment of another line may have settled it.'
  }
  return undefined
}

/** One answer is the counterpart, to be confirmed; more are candidates. */
export function suggestion(
  { limits, taken }: Run,
  reading: Reading,
  all: readonly (readonly Entry[])[],
  rule: Rule,
  message: string,
): MatchResult {
  const free = all.filter((entries) => !entries.some(({ id }) => taken.has(id)))
  const answers = free.length > 0 ? free : all
  const [first] = answers
  const dealers = new Set(answers.flat().map(dealerOf))
  const [dealerId] = dealers.size === 1 ? dealers : [reading.dealerId]
  const told =
    answers.length === 1 && first !== undefined
      ? { counterpart: counterpartOf(first) }
      : { candidates: answers.slice(0, limits.candidates).map(counterpartOf) }
  return { ...head(reading, rule), class: 'suggested', message, ...told, ...ofDealer(dealerId) }
}

/** A line that stands for something of which the books keep no item. */
export function outside(
  reading: Reading,
  lineClass: 'matched' | 'suggested',
  rule: Rule,
  counterpart: Counterpart,
  message: string,
  dealerId?: string,
): MatchResult {
  return { ...head(reading, rule), class: lineClass, message, counterpart, ...ofDealer(dealerId) }
}

const MOST_MEANT = 10

export function exception(
  reading: Reading,
  rule: Rule,
  code: ExceptionCode,
  message: string,
  meant: readonly (readonly Entry[])[] = [],
): MatchResult {
  const candidates = meant.slice(0, MOST_MEANT).map(counterpartOf)
  const [first] = meant.flat()
  return {
    ...head(reading, rule),
    class: 'exception',
    code,
    message,
    ...(candidates.length === 0 ? {} : { candidates }),
    ...ofDealer(reading.dealerId ?? (first && dealerOf(first))),
  }
}
