/** What lines of statements are matched with, besides receivables: payments and refunds, by what statements show of them. */

import type { RecordedEvent } from '../domain/kernel/event.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import {
  PaymentBounced,
  PaymentCaptured,
  PaymentFailed,
  PaymentInitiated,
  PaymentReconciled,
  ProviderSettled,
} from '../domain/payment/events.ts'
import {
  RefundDue,
  RefundFailed,
  RefundPaid,
  RefundReconciled,
  RefundRerouted,
} from '../domain/refund/events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function viaOf(method: string): 'bank' | 'provider' {
  return method === 'bank-transfer' ? 'bank' : 'provider'
}

function patch({ streamId }: RecordedEvent, set: Row): readonly Change[] {
  return [{ op: 'patch', table: 'open_payments', key: { payment_id: streamId }, set }]
}

function done({ streamId }: RecordedEvent): readonly Change[] {
  return [{ op: 'remove', table: 'open_refunds', key: { refund_id: streamId } }]
}

export const openItems = readModel({
  name: 'open_items',
  version: 2,
  tables: {
    open_payments: {
      columns: {
        payment_id: { type: 'text' },
        dealer_id: { type: 'text' },
        state: { type: 'text' }, // open, captured, reconciled, failed, bounced
        is_shown: { type: 'boolean' }, // on a statement, whatever became of it
        via: { type: 'text' },
        amount: { type: 'numeric' },
        on_date: { type: 'date' },
        reference: { type: 'text' },
        order_ids: { type: 'text[]' },
        receivable_ids: { type: 'text[]' },
      },
      key: ['payment_id'],
      indexes: [['state', 'on_date']],
    },
    open_refunds: {
      columns: {
        refund_id: { type: 'text' },
        dealer_id: { type: 'text' },
        via: { type: 'text' },
        amount: { type: 'numeric' },
        on_date: { type: 'date' },
        payment_id: { type: 'text', nullable: true },
      },
      key: ['refund_id'],
    },
  },
  handlers: [
    on(PaymentInitiated, ({ data, metadata }) => [
      {
        op: 'put',
        table: 'open_payments',
        row: {
          payment_id: data.paymentId,
          dealer_id: data.dealerId,
          state: 'open',
          is_shown: false,
          via: viaOf(data.method),
          amount: data.amount,
          on_date: valueDateOf({ metadata }),
          reference: data.reference,
          order_ids: data.orderIds,
          receivable_ids: data.receivableIds,
        },
      },
    ]),
    on(PaymentCaptured, (event) =>
      patch(event, {
        state: event.data.lineId === undefined ? 'captured' : 'reconciled',
        is_shown: event.data.lineId !== undefined,
        amount: event.data.amount,
        on_date: valueDateOf(event),
      }),
    ),
    on(PaymentReconciled, (event) => patch(event, { state: 'reconciled', is_shown: true })),
    on(ProviderSettled, (event) => patch(event, { state: 'reconciled', is_shown: true })),
    on(PaymentFailed, (event) => patch(event, { state: 'failed' })),
    on(PaymentBounced, (event) => patch(event, { state: 'bounced' })),
    on(RefundDue, ({ data, metadata }) => [
      {
        op: 'put',
        table: 'open_refunds',
        row: {
          refund_id: data.refundId,
          dealer_id: data.dealerId,
          via: viaOf(data.method),
          amount: data.amount,
          on_date: valueDateOf({ metadata }),
          payment_id: data.paymentId ?? null,
        },
      },
    ]),
    // Paid, as a person said: it still is to be seen at the bank.
    on(RefundPaid, (event) => (event.data.lineId === undefined ? [] : done(event))),
    on(RefundReconciled, done),
    on(RefundFailed, done),
    on(RefundRerouted, done),
  ],
})
