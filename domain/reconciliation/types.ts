/** What reconciliation speaks of: lines of statements, what is open in the books, and what stands for what. */

import type { LocalDate } from '../kernel/values.ts'

/** One movement of money as a bank or a provider states it. */
export type StatementLine = Readonly<{
  /** Its place among the lines of its file, from 1. */
  line: number
  /** Of its content: the same in every file that it comes in. */
  lineKey: string
  /** The day on which the bank booked it. */
  date: LocalDate
  /** The bank's value date, where it states another. */
  valueOn?: LocalDate
  /** Signed, two places, never zero; below zero it went out. For a settlement: what was paid out, net. */
  amount: string
  /** All that is written beside it; may be empty. */
  text: string
  payerName?: string
  payerAccount?: string
  /** The bank's own number of the movement, or the provider's of the settlement. */
  bankId?: string
  /** What the bank's transaction code says that it is. */
  kind?: 'charge' | 'bounce'
  /** A provider's line: what it collected for a payment, and what it kept. */
  settlement?: Readonly<{ paymentId: string; gross: string; fee: string }>
}>

/** `provider`: the money comes with a provider's settlement, not at the bank by itself. */
export type Via = 'bank' | 'provider'

/**
 * A payment. `open`: its money is not known to have come; `captured`: it is, but no statement shows it
 * yet; `bounced`: it was taken back before a statement showed it, so that one may still show both;
 * `reconciled`: a statement shows it (kept for some time, to know what comes twice or bounces).
 */
export type PaymentItem = Readonly<{
  kind: 'payment'
  paymentId: string
  dealerId: string
  state: 'open' | 'captured' | 'bounced' | 'reconciled'
  via: Via
  amount: string
  /** When it was announced; once captured, the day that it is effective on. */
  on: LocalDate
  /** What the payer was asked to write on the transfer. */
  reference?: string
  /** What it is to settle. */
  orderIds: readonly string[]
  receivableIds: readonly string[]
  /** By what else a payer may call it: the dealer's own number of the order, say. */
  names?: readonly string[]
}>

/** An open receivable. */
export type ReceivableItem = Readonly<{
  kind: 'receivable'
  receivableId: string
  dealerId: string
  /** Outstanding, above zero. */
  amount: string
  dueOn: LocalDate
  orderId?: string
  /** By what else a payer may call it: the dealer's own order number, an invoice number. */
  names?: readonly string[]
}>

/** A refund that is to be paid out. */
export type RefundItem = Readonly<{
  kind: 'refund'
  refundId: string
  dealerId: string
  amount: string
  /** Since when it is to be paid. */
  on: LocalDate
  via: Via
  paymentId?: string
}>

/** What a provider said that it paid out in one sum, and that no bank statement shows yet. */
export type SettlementItem = Readonly<{
  kind: 'settlement'
  statementId: string
  /** Below zero if it takes money: it gave back more for us than it collected. */
  amount: string
  on: LocalDate
  /** The provider's numbers of it. */
  names: readonly string[]
}>

export type OpenItem = PaymentItem | ReceivableItem | RefundItem | SettlementItem

/** By what a payer is known: the dealer's names, and accounts learnt from matches that were confirmed. */
export type Payer = Readonly<{
  dealerId: string
  names: readonly string[]
  accounts: readonly string[]
}>

/** All that lines are matched with. The order of items and payers means nothing. */
export type Books = Readonly<{ items: readonly OpenItem[]; payers: readonly Payer[] }>

/** What a line stands for. */
export type Counterpart =
  | Readonly<{ paymentId: string }>
  | Readonly<{ receivableIds: string[] }>
  | Readonly<{ refundId: string }>
  /** The bank's own; interest, if it came in. */
  | Readonly<{ charge: true }>
  /** The bank took that payment's money back. */
  | Readonly<{ bounce: string }>
  /** The sum that a provider paid out, with that file. */
  | Readonly<{ settlement: string }>
  /** A payment that a provider settles, less its fee. */
  | Readonly<{ settles: string; gross: string; fee: string }>

export type LineClass = 'matched' | 'suggested' | 'exception'

export type ExceptionCode =
  | 'partial'
  | 'duplicate'
  | 'over-paid'
  | 'unknown-payer'
  | 'no-counterpart'

/** Which rule spoke, the strongest first; `none` for an exception that no rule came near. */
export type Rule =
  | 'settlement'
  | 'named'
  | 'bank-code'
  | 'payer-amount'
  | 'combination'
  | 'tolerance'
  | 'wording'
  | 'none'

export type MatchResult = Readonly<{
  line: number
  lineKey: string
  class: LineClass
  rule: Rule
  /** Of an exception. */
  code?: ExceptionCode
  /** Why, for a person. */
  message: string
  /** Always of a matched line; of a suggested one if there is one answer. */
  counterpart?: Counterpart
  dealerId?: string
  /** What may be meant, if not known for sure; at most `limits.candidates`. */
  candidates?: readonly Counterpart[]
  /** The search for a combination was cut short: there may be one. */
  gaveUp?: true
}>

export type Limits = Readonly<{
  /** How far a value date may lie from a payment's day or a receivable's due date, either way. */
  days: number
  /** What a bank may have taken off on the way: this share of what is open… */
  toleranceRate: string
  /** …and at most so much. */
  toleranceMost: string
  /** Different sums kept for each half of a payer's receivables, in the search for a combination. */
  combinationSums: number
  /**
   * A combination is matched only if chance is unlikely to have made it: for each combination of as many
   * receivables there must be so many amounts (in cents) that their sum could have been.
   */
  amountsPerCombination: number
  candidates: number
}>

export const DEFAULT_LIMITS: Limits = {
  days: 3,
  toleranceRate: '0.005',
  toleranceMost: '5.00',
  combinationSums: 4_096,
  amountsPerCombination: 10,
  candidates: 10,
}
