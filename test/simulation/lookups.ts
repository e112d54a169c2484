/** What commands ask of the read models, answered by the model. */

import type { Lookups } from '../../commands/command.ts'
import { addDays } from '../../domain/kernel/dates.ts'
import { match } from '../../domain/reconciliation/match.ts'
import {
  DEFAULT_LIMITS,
  type OpenItem,
  type StatementLine,
} from '../../domain/reconciliation/types.ts'
import { text } from './model/cents.ts'
import { isOpen } from './model/money.ts'
import type { Line } from './model/statements.ts'
import { OUTSIDE } from './scheduler.ts'
import type { World } from './world.ts'

const RECEIPT_POLL_MS = 500
const RECEIPT_POLLS = 6

export function lookupsOf(world: () => World): Lookups {
  return {
    bookedTotals: async (date) => world().model.dayTotals(date),
    // The model's laws hold books and sub-ledgers together at every event.
    dayFindings: async () => [],
    periodFigures: async (period) => periodFigures(world(), period),
    missedDeliveries: async (date, after = '', most) =>
      world()
        .model.orders.missed(date)
        .filter(({ fulfilmentId }) => fulfilmentId > after)
        .sort((one, other) => (one.fulfilmentId < other.fulfilmentId ? -1 : 1))
        .slice(0, most),
    facilitiesDue: async (date, after = '', most) => {
      const ids = [...world().model.due(date)].map((stream) => stream.slice('facility-'.length))
      const left = ids.filter((id) => id > after).sort()
      return { facilityIds: left.slice(0, most), last: left.length <= most }
    },
    receivedBy: async (paymentId) => world().model.debts.receivedBy(paymentId),
    awaitReceipt: async (paymentId) => {
      const { model, scheduler } = world()
      for (let polls = 0; polls < RECEIPT_POLLS; polls++) {
        if (model.debts.receivedBy(paymentId) !== undefined) return
        await scheduler.wait(RECEIPT_POLL_MS, OUTSIDE)
      }
    },
    statementPage: async (statementId) => statementPage(world(), statementId),
    issuedWith: async (shipmentIds) => {
      const { model, scheduler } = world()
      const isThere = () => shipmentIds.every((id) => model.stock.isIssued(id))
      for (let polls = 0; polls < RECEIPT_POLLS && !isThere(); polls++) {
        await scheduler.wait(RECEIPT_POLL_MS, OUTSIDE)
      }
      return model.stock.issuedWith(shipmentIds)
    },
    shippedAs: async () => [],
  }
}

/** The totals of a month, and what of it is not cleared up. */
function periodFigures({ model }: World, period: string) {
  const end = `${period}-31`
  const [unknown, refunds, lines] = [
    model.money.payments().filter(({ status, on }) => status === 'unknown' && on <= end),
    model.money.refunds().filter(({ status }) => status === 'due' || status === 'unknown'),
    model.statements.all().filter(({ status, date }) => isUnclear(status) && date <= end),
  ]
  const finding = (check: string, found: readonly object[]) => ({
    check,
    count: found.length,
    examples: [],
  })
  return {
    totals: model.totalsBetween(`${period}-01`, end),
    findings: [
      finding('payments-unknown', unknown),
      finding(
        'refunds-open',
        refunds.filter(({ requestedAt }) => requestedAt.slice(0, 10) <= end),
      ),
      finding('statement-lines-open', lines),
    ],
  }
}

function isUnclear(status: Line['status']): boolean {
  return status !== 'booked' && status !== 'ignored'
}

/** The product's own rules, on what the model says is open; a statement has one page here. */
function statementPage({ model }: World, statementId: string) {
  const own = model.statements.all().filter((line) => line.statementId === statementId)
  const lines = own.map(lineOf)
  const dealers = [...model.tree.dealers().keys()]
  const payers = dealers.map((dealerId) => ({ dealerId, names: [dealerId], accounts: [] }))
  const [first = ''] = lines.map(({ date }) => date).sort()
  const items = itemsOf(model, addDays(first, -DEFAULT_LIMITS.days))
  const results = match(lines, { items, payers }, DEFAULT_LIMITS)
  return results.map(({ candidates, message, ...said }, at) => {
    const { date = '', amount = '', settlement } = lines[at] ?? {}
    return {
      ...{ ...said, date, amount },
      ...(settlement && { settlement: { gross: settlement.gross, fee: settlement.fee } }),
      ...(message === '' ? {} : { message }),
      ...(candidates === undefined ? {} : { candidates: [...candidates] }),
    }
  })
}

function lineOf({ line, lineKey, date, amount, said }: Line): StatementLine {
  return { line, lineKey, date, amount, ...said }
}

/** All that is open, and what was found on statements since some day. */
function itemsOf({ money, debts, statements }: World['model'], since: string): readonly OpenItem[] {
  const payments = money.payments().flatMap((payment): OpenItem[] => {
    const { paymentId, dealerId, status, amount, captured, method, on, reference } = payment
    if (status === 'failed') return []
    const hasBounced = status === 'bounced'
    if (hasBounced && (payment.isShown || method !== 'bank-transfer')) return []
    if (payment.isShown && (on ?? '') < since) return []
    const unseen = hasBounced ? 'bounced' : 'captured'
    const came = payment.isShown ? 'reconciled' : unseen
    const { orderIds, receivableIds } = payment
    const via = viaOf(method)
    const state = isOpen(payment) ? 'open' : came
    const named = { reference, orderIds, receivableIds }
    return [
      {
        kind: 'payment',
        paymentId,
        dealerId,
        state,
        via,
        amount: captured ?? amount,
        on,
        ...named,
      },
    ]
  })
  const receivables = debts.open().map(
    ({ id, dealerId, outstanding, dueOn, orderId }): OpenItem => ({
      ...{ kind: 'receivable', receivableId: id, dealerId, amount: text(outstanding) },
      ...{ dueOn, orderId },
    }),
  )
  const refunds = money.refunds().flatMap((refund): OpenItem[] => {
    const { refundId, dealerId, amount, method, requestedAt, status, isShown } = refund
    if (isShown || !['due', 'unknown', 'paid'].includes(status)) return []
    const on = requestedAt.slice(0, 10)
    return [{ kind: 'refund', refundId, dealerId, amount, on, via: viaOf(method) }]
  })
  const settlements = statements.statements().flatMap((one): OpenItem[] => {
    const { statementId, source, total: amount, isFound, isReconciled } = one
    if (source !== 'provider' || isFound || !isReconciled) return []
    return [{ kind: 'settlement', statementId, amount, on: '2026-01-05', names: [statementId] }]
  })
  return [...payments, ...receivables, ...refunds, ...settlements]
}

function viaOf(method: string): 'bank' | 'provider' {
  return method === 'bank-transfer' ? 'bank' : 'provider'
}
