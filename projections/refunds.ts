/** Refunds, from the request to the money. */

import { type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import {
  RefundApproved,
  RefundDue,
  RefundFailed,
  RefundPaid,
  RefundPending,
  RefundReconciled,
  RefundRejected,
  RefundRequested,
  RefundRerouted,
  RefundUnknown,
} from '../domain/refund/events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function patch({ streamId, revision }: RecordedEvent, set: Row): readonly Change[] {
  const key = { refund_id: streamId }
  return [{ op: 'patch', table: 'refunds', key, set: { ...set, revision } }]
}

export const refunds = readModel({
  name: 'refunds',
  version: 2,
  tables: {
    refunds: {
      columns: {
        refund_id: { type: 'text' },
        payment_id: { type: 'text', nullable: true },
        return_id: { type: 'text', nullable: true },
        repeats: { type: 'text', nullable: true },
        dealer_id: { type: 'text' },
        amount: { type: 'numeric' },
        reason: { type: 'text' },
        to_way: { type: 'text' },
        method: { type: 'text' },
        source: { type: 'text' },
        status: { type: 'text' },
        status_code: { type: 'text', nullable: true },
        status_reason: { type: 'text', nullable: true },
        needs_approval: { type: 'boolean' },
        requested_by: { type: 'text' },
        decided_by: { type: 'text', nullable: true },
        asked: { type: 'integer' }, // how often the provider was asked what became of it
        ask_again_at: { type: 'timestamptz', nullable: true },
        reference: { type: 'text', nullable: true }, // the bank's, or the provider's
        line_id: { type: 'text', nullable: true }, // the statement line that it was seen in
        requested_at: { type: 'timestamptz' },
        booked_on: { type: 'date' }, // the business day that it was requested on
        effective_on: { type: 'date', nullable: true },
        position: { type: 'bigint' },
        revision: { type: 'bigint' },
      },
      key: ['refund_id'],
      indexes: [
        ['position'],
        ['dealer_id', 'position'],
        ['status', 'position'],
        ['payment_id'],
        ['return_id'],
      ],
    },
  },
  handlers: [
    on(RefundRequested, ({ data, metadata, position, revision }) => [
      {
        op: 'put',
        table: 'refunds',
        row: {
          refund_id: data.refundId,
          payment_id: data.paymentId ?? null,
          return_id: data.returnId ?? null,
          repeats: data.repeats ?? null,
          dealer_id: data.dealerId,
          amount: data.amount,
          reason: data.reason,
          to_way: data.to,
          method: data.method,
          source: data.source,
          status: data.needsApproval ? 'requested' : 'approved',
          status_code: null,
          status_reason: null,
          needs_approval: data.needsApproval,
          requested_by: metadata.actor.user,
          decided_by: null,
          asked: 0,
          ask_again_at: null,
          reference: null,
          line_id: null,
          requested_at: metadata.recordedAt,
          booked_on: metadata.bookedOn,
          effective_on: null,
          position,
          revision,
        },
      },
    ]),
    on(RefundApproved, (event) =>
      patch(event, { status: 'approved', decided_by: event.metadata.actor.user }),
    ),
    on(RefundRejected, (event) =>
      patch(event, {
        status: 'rejected',
        status_code: 'rejected',
        status_reason: event.data.reason,
        decided_by: event.metadata.actor.user,
      }),
    ),
    on(RefundRerouted, (event) =>
      patch(event, {
        status: 'approved',
        to_way: event.data.to,
        method: event.data.method,
        status_code: 'rerouted',
        status_reason: event.data.reason,
        ask_again_at: null,
      }),
    ),
    on(RefundDue, (event) => patch(event, { status: 'due' })),
    on(RefundPending, (event) => patch(event, { status: 'due', ...askingOf(event.data) })),
    on(RefundUnknown, (event) => patch(event, { status: 'unknown', ...askingOf(event.data) })),
    on(RefundPaid, (event) =>
      patch(event, {
        status: 'paid',
        reference: event.data.reference ?? null,
        line_id: event.data.lineId ?? null,
        ask_again_at: null,
        effective_on: valueDateOf(event),
      }),
    ),
    on(RefundFailed, (event) =>
      patch(event, {
        status: 'failed',
        status_code: event.data.code,
        status_reason: event.data.reason,
        ask_again_at: null,
      }),
    ),
    on(RefundReconciled, (event) => patch(event, { line_id: event.data.lineId })),
  ],
})

type Asking = Readonly<{ asked: number; askAgainAt?: string | undefined }>

function askingOf({ asked, askAgainAt }: Asking): Row {
  return { asked, ask_again_at: askAgainAt ?? null }
}
