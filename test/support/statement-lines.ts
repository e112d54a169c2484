/** Lines and items of tests, with all that does not matter filled in. */

import { match } from '../../domain/reconciliation/match.ts'
import {
  DEFAULT_LIMITS,
  type Limits,
  type MatchResult,
  type OpenItem,
  type Payer,
  type PaymentItem,
  type ReceivableItem,
  type RefundItem,
  type StatementLine,
} from '../../domain/reconciliation/types.ts'

export const DAY = '2026-03-31'

/** The line number follows from the place; `keyed` gives it. */
export function line(amount: string, said: Partial<StatementLine> = {}): StatementLine {
  return { line: 1, lineKey: 'key-1', date: DAY, amount, text: '', ...said }
}

export function receivable(
  receivableId: string,
  amount: string,
  more: Partial<ReceivableItem> = {},
): ReceivableItem {
  return { kind: 'receivable', receivableId, dealerId: 'A', amount, dueOn: DAY, ...more }
}

export function payment(
  paymentId: string,
  amount: string,
  more: Partial<PaymentItem> = {},
): PaymentItem {
  const head = { kind: 'payment', paymentId, dealerId: 'A', state: 'open', via: 'bank' } as const
  return { ...head, amount, on: DAY, orderIds: [], receivableIds: [], ...more }
}

export function refund(
  refundId: string,
  amount: string,
  more: Partial<RefundItem> = {},
): RefundItem {
  return { kind: 'refund', refundId, dealerId: 'A', amount, on: DAY, via: 'bank', ...more }
}

export const PAYERS: readonly Payer[] = [
  { dealerId: 'A', names: ['宁波食品有限公司', 'Ningbo Foods'], accounts: ['6222-01'] },
  { dealerId: 'B', names: ['Hangzhou Tea Co., Ltd.'], accounts: [] },
]

export function keyed(lines: readonly StatementLine[]): readonly StatementLine[] {
  return lines.map((one, at) => ({ ...one, line: at + 1, lineKey: `key-${at + 1}` }))
}

/** The results of lines, by default those of dealers A and B. */
export function matched(
  lines: readonly StatementLine[],
  items: readonly OpenItem[],
  payers: readonly Payer[] = PAYERS,
  limits: Partial<Limits> = {},
): readonly MatchResult[] {
  return match(keyed(lines), { items, payers }, { ...DEFAULT_LIMITS, ...limits })
}
