/** Payments, from their announcement to the money. */

import { PaymentRedated } from '../domain/facility/events.ts'
import { type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { PaymentCaptured, PaymentFailed, PaymentInitiated } from '../domain/payment/events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function patch({ streamId, revision }: RecordedEvent, set: Row): Change {
  return {
    op: 'patch',
    table: 'payments',
    key: { payment_id: streamId },
    set: { ...set, revision },
  }
}

export const payments = readModel({
  name: 'payments',
  version: 2,
  tables: {
    payments: {
      columns: {
        payment_id: { type: 'text' },
        dealer_id: { type: 'text' },
        amount: { type: 'numeric' },
        method: { type: 'text' },
        status: { type: 'text' },
        status_reason: { type: 'text', nullable: true },
        reference: { type: 'text' },
        bank_reference: { type: 'text', nullable: true },
        order_ids: { type: 'text[]' },
        receivable_ids: { type: 'text[]' },
        initiated_at: { type: 'timestamptz' },
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
    on(PaymentInitiated, ({ data, metadata, position, revision }) => [
      {
        op: 'put',
        table: 'payments',
        row: {
          payment_id: data.paymentId,
          dealer_id: data.dealerId,
          amount: data.amount,
          method: data.method,
          status: 'initiated',
          status_reason: null,
          reference: data.reference,
          bank_reference: null,
          order_ids: data.orderIds,
          receivable_ids: data.receivableIds,
          initiated_at: metadata.recordedAt,
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
    ]),
    on(PaymentCaptured, (event) => [
      patch(event, {
        status: 'captured',
        bank_reference: event.data.reference ?? null,
        effective_on: valueDateOf(event),
      }),
    ]),
    on(PaymentRedated, ({ data: { paymentId }, metadata }) => [
      {
        op: 'patch',
        table: 'payments',
        key: { payment_id: paymentId },
        set: { effective_on: valueDateOf({ metadata }) },
      },
    ]),
    on(PaymentFailed, (event) => [
      patch(event, { status: 'failed', status_reason: event.data.reason }),
    ]),
  ],
})
