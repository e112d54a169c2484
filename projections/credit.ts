/** The credit of each dealer by itself; what its superiors bear is summed when it is read. */

import {
  AllocationsReversed,
  PaymentReceived,
  ReceiptReversed,
  UnappliedCashAllocated,
} from '../domain/facility/cash-events.ts'
import {
  DealerJoined,
  DealerMoved,
  GuaranteeEnded,
  GuaranteeGiven,
  GuaranteeRevoked,
  HoldPlaced,
  HoldReleased,
  LimitSet,
  OrderingFrozen,
  OrderingUnfrozen,
  TemporaryLimitEnded,
  TemporaryLimitSet,
} from '../domain/facility/credit-events.ts'
import { DebitMandateGiven, DebitMandateRevoked } from '../domain/facility/debit-events.ts'
import {
  LateFeesCharged,
  LateFeesCorrected,
  ReceivableRecognised,
  ReceivableWrittenOff,
  ReturnCredited,
} from '../domain/facility/receivable-events.ts'
import {
  RefundCashReleased,
  RefundCashReserved,
  RefundPaidOut,
} from '../domain/facility/refund-events.ts'
import type { ReversedAllocation } from '../domain/facility/values.ts'
import type { EventOf } from '../domain/kernel/event.ts'
import { decimal, sum, toAmount } from '../domain/kernel/money.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

const minus = (amount: string) => toAmount(decimal(amount).negated())

function add(dealerId: string, amounts: Row): Change {
  return { op: 'add', table: 'credit', key: { dealer_id: dealerId }, add: amounts }
}

function patch(dealerId: string, set: Row): Change {
  return { op: 'patch', table: 'credit', key: { dealer_id: dealerId }, set }
}

function hold(orderId: string, dealerId: string, amount: string): Change {
  const key = { order_id: orderId }
  return { op: 'add', table: 'holds', key, add: { amount }, set: { dealer_id: dealerId } }
}

/** How far an order was let go past the limits; what an earlier hold was, counts no more. */
function release(
  facilityId: string,
  { orderId, dealerId, releasedFor }: EventOf<typeof HoldPlaced>['data'],
): Change {
  return releasedFor === undefined
    ? { op: 'remove', table: 'releases', key: { order_id: orderId } }
    : {
        op: 'put',
        table: 'releases',
        row: {
          order_id: orderId,
          facility_id: facilityId,
          dealer_id: dealerId,
          released_for: releasedFor,
        },
      }
}

/** By how much receivables are smaller: money, and discounts for paying early. */
function settled(allocations: readonly ReversedAllocation[]): string {
  return toAmount(
    sum(allocations.map(({ amount, discount }) => decimal(amount).plus(discount ?? 0))),
  )
}

export const credit = readModel({
  name: 'credit',
  version: 4,
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
        earmarked: { type: 'numeric' },
        reserved: { type: 'numeric' },
        frozen: { type: 'jsonb', nullable: true },
        debit_mandate: { type: 'jsonb', nullable: true },
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
    releases: {
      columns: {
        order_id: { type: 'text' },
        facility_id: { type: 'text' },
        dealer_id: { type: 'text' },
        released_for: { type: 'jsonb' },
      },
      key: ['order_id'],
      indexes: [['facility_id']],
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
        revoked: { type: 'boolean' },
      },
      key: ['guarantee_id'],
      indexes: [['dealer_id'], ['guarantor_dealer_id']],
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
          earmarked: '0.00',
          reserved: '0.00',
          frozen: null,
          debit_mandate: null,
        },
      },
    ]),
    on(DealerMoved, ({ data: { dealerId, parentDealerId } }) => [
      patch(dealerId, { parent_dealer_id: parentDealerId }),
    ]),
    on(LimitSet, ({ data }) => [
      patch(data.dealerId, {
        limit_amount: data.limit,
        terms: data.terms,
        grace_days: data.graceDays,
        late_fee_daily_rate: data.lateFeeDailyRate,
      }),
    ]),
    on(HoldPlaced, ({ streamId, data }) => [
      add(data.dealerId, { holds: data.amount, earmarked: data.earmarked ?? '0.00' }),
      hold(data.orderId, data.dealerId, data.amount),
      release(streamId, data),
    ]),
    on(HoldReleased, ({ data: { dealerId, orderId, amount, reason, prepaymentFreed } }) => [
      add(dealerId, { holds: minus(amount), earmarked: minus(prepaymentFreed ?? '0.00') }),
      // The release of an attempt that a later one has replaced gives nothing back.
      ...(reason === 'compensation' && decimal(amount).isZero()
        ? []
        : [{ op: 'remove', table: 'holds', key: { order_id: orderId } } as const]),
    ]),
    on(ReceivableRecognised, ({ data: { dealerId, orderId, amount, holdReduced } }) => [
      add(dealerId, { holds: minus(holdReduced), receivables: amount }),
      ...(decimal(holdReduced).isZero() ? [] : [hold(orderId, dealerId, minus(holdReduced))]),
    ]),
    on(PaymentReceived, ({ data: { dealerId, allocations, unapplied, earmarked = [] } }) => [
      add(dealerId, {
        receivables: minus(settled(allocations)),
        unapplied_cash: unapplied,
        earmarked: toAmount(sum(earmarked.map(({ amount }) => decimal(amount)))),
      }),
    ]),
    on(UnappliedCashAllocated, ({ data: { dealerId, allocations, amount, orderId } }) => [
      add(dealerId, {
        receivables: minus(settled(allocations)),
        unapplied_cash: minus(amount),
        earmarked: orderId === undefined ? '0.00' : minus(amount),
      }),
    ]),
    on(AllocationsReversed, ({ data: { dealerId, allocations, amount } }) => [
      add(dealerId, { receivables: settled(allocations), unapplied_cash: amount }),
    ]),
    on(
      ReceiptReversed,
      ({ data: { dealerId, allocations, unapplied, unearmarked = [], owed } }) => [
        add(dealerId, {
          receivables: toAmount(decimal(settled(allocations)).plus(owed?.amount ?? 0)),
          unapplied_cash: minus(unapplied),
          earmarked: minus(toAmount(sum(unearmarked.map(({ amount }) => decimal(amount))))),
        }),
      ],
    ),
    on(ReceivableWrittenOff, ({ data: { dealerId, amount } }) => [
      add(dealerId, { receivables: minus(amount) }),
    ]),
    on(ReturnCredited, ({ data: { dealerId, allocations } }) => [
      add(dealerId, { receivables: minus(settled(allocations)) }),
    ]),
    on(RefundCashReserved, ({ data: { dealerId, amount, source } }) =>
      source === 'return' ? [] : [add(dealerId, { reserved: amount })],
    ),
    on(RefundCashReleased, ({ data: { dealerId, amount, source } }) =>
      source === 'unapplied-cash' ? [add(dealerId, { reserved: minus(amount) })] : [],
    ),
    on(RefundPaidOut, ({ data: { dealerId, amount, source } }) =>
      source === 'return'
        ? []
        : [add(dealerId, { unapplied_cash: minus(amount), reserved: minus(amount) })],
    ),
    on(LateFeesCharged, ({ data: { fees } }) =>
      fees.map(({ dealerId, amount }) => add(dealerId, { receivables: amount })),
    ),
    on(LateFeesCorrected, ({ data: { corrections } }) =>
      corrections.map(({ dealerId, open, paid }) =>
        add(dealerId, { receivables: minus(open), unapplied_cash: paid }),
      ),
    ),
    on(OrderingFrozen, ({ data: { dealerId, cause, receivableIds, reason = null } }) => [
      patch(dealerId, { frozen: { cause, receivableIds, reason } }),
    ]),
    on(DebitMandateGiven, ({ data: { dealerId, method, mandateReference } }) => [
      patch(dealerId, { debit_mandate: { method, mandateReference } }),
    ]),
    on(DebitMandateRevoked, ({ data: { dealerId } }) => [patch(dealerId, { debit_mandate: null })]),
    on(OrderingUnfrozen, ({ data: { dealerId } }) => [patch(dealerId, { frozen: null })]),
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
    on(TemporaryLimitEnded, ({ data: { temporaryLimitId } }) => [
      {
        op: 'remove',
        table: 'temporary_limits',
        key: { temporary_limit_id: temporaryLimitId },
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
          revoked: false,
        },
      },
    ]),
    on(GuaranteeRevoked, ({ data: { guaranteeId, used } }) => [
      {
        op: 'patch',
        table: 'guarantees',
        key: { guarantee_id: guaranteeId },
        set: { amount: used, revoked: true },
      },
    ]),
    on(GuaranteeEnded, ({ data: { guaranteeId } }) => [
      { op: 'remove', table: 'guarantees', key: { guarantee_id: guaranteeId } },
    ]),
  ],
})
