/** Payments, from their announcement to the money, and what became of the money. */

import { PaymentRedated } from '../domain/facility/cash-events.ts'
import { type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import {
  BounceReconciled,
  PaymentBounced,
  PaymentCaptured,
  PaymentFailed,
  PaymentInitiated,
  PaymentPending,
  PaymentReconciled,
  PaymentRefunded,
  PaymentRefundReleased,
  PaymentRefundReserved,
  PaymentUnknown,
  ProviderSettled,
} from '../domain/payment/events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function patch({ streamId, revision }: RecordedEvent, set: Row): Change {
  return {
    op: 'patch',
    table: 'payments',
    key: { payment_id: streamId },
    set: { ...set, revision },
  }
}

function add({ streamId, revision }: RecordedEvent, sums: Row): Change {
  return {
    op: 'add',
    table: 'payments',
    key: { payment_id: streamId },
    add: sums,
    set: { revision },
  }
}

export const payments = readModel({
  name: 'payments',
  version: 5,
  tables: {
    payments: {
      columns: {
        payment_id: { type: 'text' },
        dealer_id: { type: 'text' },
        amount: { type: 'numeric' }, // what came, once it came
        asked_amount: { type: 'numeric' },
        method: { type: 'text' },
        status: { type: 'text' },
        status_reason: { type: 'jsonb', nullable: true },
        reference: { type: 'text' },
        bank_reference: { type: 'text', nullable: true },
        provider_reference: { type: 'text', nullable: true },
        qr: { type: 'text', nullable: true },
        mandate_reference: { type: 'text', nullable: true }, // of a debit
        asked: { type: 'integer' }, // how often the provider was asked what became of it
        ask_again_at: { type: 'timestamptz', nullable: true },
        line_id: { type: 'text', nullable: true }, // the statement line that it was seen in
        settled_by: { type: 'text', nullable: true }, // the line of the provider's settlement
        provider_fee: { type: 'numeric', nullable: true },
        bounced_in: { type: 'text', nullable: true },
        refunded: { type: 'numeric' }, // went back the way it came
        refund_reserved: { type: 'numeric' }, // is about to
        order_ids: { type: 'text[]' },
        receivable_ids: { type: 'text[]' },
        initiated_at: { type: 'timestamptz' },
        booked_on: { type: 'date' }, // the business day that it was announced on
        effective_on: { type: 'date', nullable: true },
        position: { type: 'bigint' },
        revision: { type: 'bigint' },
      },
      key: ['payment_id'],
      indexes: [['position'], ['dealer_id', 'position'], ['status', 'position'], ['reference']],
    },
    payment_orders: {
      columns: { order_id: { type: 'text' }, payment_id: { type: 'text' } },
      key: ['order_id', 'payment_id'],
    },
  },
  handlers: [
    on(PaymentInitiated, (event) => {
      const { data, metadata, position, revision } = event
      return [
        {
          op: 'put',
          table: 'payments',
          row: {
            payment_id: data.paymentId,
            dealer_id: data.dealerId,
            amount: data.amount,
            asked_amount: data.amount,
            method: data.method,
            status: 'initiated',
            status_reason: null,
            reference: data.reference,
            bank_reference: null,
            provider_reference: null,
            qr: data.qr ?? null,
            mandate_reference: data.debit?.mandateReference ?? null,
            asked: 0,
            ask_again_at: null,
            line_id: null,
            settled_by: null,
            provider_fee: null,
            bounced_in: null,
            refunded: '0',
            refund_reserved: '0',
            order_ids: data.orderIds,
            receivable_ids: data.receivableIds,
            initiated_at: metadata.recordedAt,
            booked_on: metadata.bookedOn,
            effective_on: null,
            position,
            revision,
          },
        },
        ...data.orderIds.map(
          (orderId): Change => ({
            op: 'put',
            table: 'payment_orders',
            row: { order_id: orderId, payment_id: data.paymentId },
          }),
        ),
      ]
    }),
    on(PaymentPending, (event) => {
      const { asked, askAgainAt, providerReference, qr } = event.data
      return [
        patch(event, {
          status: 'pending',
          asked,
          ask_again_at: askAgainAt ?? null,
          ...(providerReference && { provider_reference: providerReference }),
          ...(qr && { qr }),
        }),
      ]
    }),
    on(PaymentUnknown, (event) => {
      const { asked, askAgainAt } = event.data
      return [patch(event, { status: 'unknown', asked, ask_again_at: askAgainAt ?? null })]
    }),
    on(PaymentCaptured, (event) => {
      const { amount, method, reference, lineId } = event.data
      const named = method === 'bank-transfer' ? 'bank_reference' : 'provider_reference'
      return [
        patch(event, {
          status: 'captured',
          status_reason: null,
          amount,
          ...(reference && { [named]: reference }),
          line_id: lineId ?? null,
          ask_again_at: null,
          effective_on: valueDateOf(event),
        }),
      ]
    }),
    on(PaymentRedated, ({ data: { paymentId }, metadata }) => [
      {
        op: 'patch',
        table: 'payments',
        key: { payment_id: paymentId },
        set: { effective_on: valueDateOf({ metadata }) },
      },
    ]),
    on(PaymentFailed, (event) => [
      patch(event, {
        status: 'failed',
        status_reason: { code: 'payment-failed', message: event.data.reason },
        ask_again_at: null,
      }),
    ]),
    on(PaymentReconciled, (event) => [patch(event, { line_id: event.data.lineId })]),
    on(ProviderSettled, (event) => [
      patch(event, { settled_by: event.data.lineId, provider_fee: event.data.fee }),
    ]),
    on(PaymentBounced, (event) => [
      patch(event, {
        status: 'failed',
        status_reason: { code: 'payment-bounced', message: event.data.reason },
        bounced_in: event.data.lineId ?? null,
      }),
    ]),
    on(BounceReconciled, (event) => [patch(event, { bounced_in: event.data.lineId })]),
    on(PaymentRefundReserved, (event) => [add(event, { refund_reserved: event.data.amount })]),
    on(PaymentRefundReleased, (event) => [
      add(event, { refund_reserved: `-${event.data.amount}` }),
    ]),
    on(PaymentRefunded, (event) => [
      add(event, { refund_reserved: `-${event.data.amount}`, refunded: event.data.amount }),
    ]),
  ],
})
