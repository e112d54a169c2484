/** The credit of each dealer by itself; what its superiors bear is summed when it is read. */

import {
  DealerJoined,
  GuaranteeGiven,
  GuaranteeRevoked,
  HoldPlaced,
  HoldReleased,
  LimitSet,
  PaymentReceived,
  ReceivableRecognised,
  TemporaryLimitSet,
  UnappliedCashAllocated,
} from '../domain/facility/events.ts'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

const minus = (amount: string) => toAmount(decimal(amount).negated())

function add(dealerId: string, amounts: Row): Change {
  return { op: 'add', table: 'credit', key: { dealer_id: dealerId }, add: amounts }
}

function hold(orderId: string, dealerId: string, amount: string): Change {
  const key = { order_id: orderId }
  return { op: 'add', table: 'holds', key, add: { amount }, set: { dealer_id: dealerId } }
}

type Allocations = readonly Readonly<{ receivableId: string; amount: string }>[]

function allocated(allocations: Allocations): string {
  return toAmount(sum(allocations.map(({ amount }) => decimal(amount))))
}

export const credit = readModel({
  name: 'credit',
  version: 1,
  tables: {
    credit: {
      columns: {
        dealer_id: { type: 'text' },
        facility_id: { type: 'text', nullable: true },
        parent_dealer_id: { type: 'text', nullable: true },
        limit_amount: { type: 'numeric' },
        terms: { type: 'jsonb', nullable: true },
        grace_days: { type: 'integer' },
        late_fee_daily_rate: { type: 'numeric' },
        holds: { type: 'numeric' },
        receivables: { type: 'numeric' },
        unapplied_cash: { type: 'numeric' },
      },
      key: ['dealer_id'],
      indexes: [['parent_dealer_id']],
    },
    holds: {
      columns: {
        order_id: { type: 'text' },
        dealer_id: { type: 'text' },
        amount: { type: 'numeric' },
      },
      key: ['order_id'],
      indexes: [['dealer_id']],
    },
    temporary_limits: {
      columns: {
        temporary_limit_id: { type: 'text' },
        dealer_id: { type: 'text' },
        amount: { type: 'numeric' },
        from_date: { type: 'date' },
        to_date: { type: 'date' },
        reason: { type: 'text' },
      },
      key: ['temporary_limit_id'],
      indexes: [['dealer_id']],
    },
    guarantees: {
      columns: {
        guarantee_id: { type: 'text' },
        guarantor_dealer_id: { type: 'text' },
        dealer_id: { type: 'text' },
        amount: { type: 'numeric' },
        until_date: { type: 'date' },
        order_id: { type: 'text', nullable: true },
      },
      key: ['guarantee_id'],
      indexes: [['dealer_id']],
    },
  },
  handlers: [
    on(DealerJoined, ({ streamId, data: { dealerId, parentDealerId } }) => [
      {
        op: 'put',
        table: 'credit',
        row: {
          dealer_id: dealerId,
          facility_id: streamId,
          parent_dealer_id: parentDealerId ?? null,
          limit_amount: '0.00',
          terms: null,
          grace_days: 0,
          late_fee_daily_rate: '0',
          holds: '0.00',
          receivables: '0.00',
          unapplied_cash: '0.00',
        },
      },
    ]),
    on(LimitSet, ({ data }) => [
      {
        op: 'patch',
        table: 'credit',
        key: { dealer_id: data.dealerId },
        set: {
          limit_amount: data.limit,
          terms: data.terms,
          grace_days: data.graceDays,
          late_fee_daily_rate: data.lateFeeDailyRate,
        },
      },
    ]),
    on(HoldPlaced, ({ data: { dealerId, orderId, amount } }) => [
      add(dealerId, { holds: amount }),
      hold(orderId, dealerId, amount),
    ]),
    on(HoldReleased, ({ data: { dealerId, orderId, amount } }) => [
      add(dealerId, { holds: minus(amount) }),
      { op: 'remove', table: 'holds', key: { order_id: orderId } },
    ]),
    on(ReceivableRecognised, ({ data: { dealerId, orderId, amount, holdReduced } }) => [
      add(dealerId, { holds: minus(holdReduced), receivables: amount }),
      ...(decimal(holdReduced).isZero() ? [] : [hold(orderId, dealerId, minus(holdReduced))]),
    ]),
    on(PaymentReceived, ({ data: { dealerId, allocations, unapplied } }) => [
      add(dealerId, { receivables: minus(allocated(allocations)), unapplied_cash: unapplied }),
    ]),
    on(UnappliedCashAllocated, ({ data: { dealerId, amount } }) => [
      add(dealerId, { receivables: minus(amount), unapplied_cash: minus(amount) }),
    ]),
    on(TemporaryLimitSet, ({ data }) => [
      {
        op: 'put',
        table: 'temporary_limits',
        row: {
          temporary_limit_id: data.temporaryLimitId,
          dealer_id: data.dealerId,
          amount: data.amount,
          from_date: data.from,
          to_date: data.to,
          reason: data.reason,
        },
      },
    ]),
    on(GuaranteeGiven, ({ data }) => [
      {
        op: 'put',
        table: 'guarantees',
        row: {
          guarantee_id: data.guaranteeId,
          guarantor_dealer_id: data.guarantorDealerId,
          dealer_id: data.dealerId,
          amount: data.amount,
          until_date: data.until,
          order_id: data.orderId ?? null,
        },
      },
    ]),
    on(GuaranteeRevoked, ({ data: { guaranteeId, used } }) => [
      {
        op: 'patch',
        table: 'guarantees',
        key: { guarantee_id: guaranteeId },
        set: { amount: used },
      },
    ]),
  ],
})
