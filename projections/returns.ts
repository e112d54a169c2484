/** Returns, from the request to their worth. */

import { ReturnCredited } from '../domain/facility/receivable-events.ts'
import { valueDateOf } from '../domain/kernel/event.ts'
import {
  ReturnApproved,
  ReturnClosed,
  ReturnReceived,
  ReturnRejected,
  ReturnRequested,
} from '../domain/order/return-events.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function patch(returnId: string, set: Row): readonly Change[] {
  return [{ op: 'patch', table: 'returns', key: { return_id: returnId }, set }]
}

export const returns = readModel({
  name: 'returns',
  version: 1,
  tables: {
    returns: {
      columns: {
        return_id: { type: 'text' },
        order_id: { type: 'text' },
        dealer_id: { type: 'text' },
        status: { type: 'text' },
        reason: { type: 'text', nullable: true }, // why it was rejected
        note: { type: 'text', nullable: true }, // of who approved it
        /** As asked for, as approved, and as counted on arrival. */
        lines: { type: 'jsonb' },
        approved: { type: 'jsonb', nullable: true },
        received: { type: 'jsonb', nullable: true },
        /** To which warehouse what went. */
        places: { type: 'jsonb', nullable: true },
        restocking_fee: { type: 'numeric' }, // as approved; once it came, what is kept of its worth
        amount: { type: 'numeric', nullable: true },
        net: { type: 'numeric', nullable: true },
        tax: { type: 'numeric', nullable: true },
        /** What its worth settled, and what of it is payable. */
        credit: { type: 'jsonb', nullable: true },
        requested_by: { type: 'text' },
        decided_by: { type: 'text', nullable: true },
        received_by: { type: 'text', nullable: true },
        requested_at: { type: 'timestamptz' },
        requested_on: { type: 'date' },
        effective_on: { type: 'date', nullable: true }, // of its worth
        position: { type: 'bigint' },
      },
      key: ['return_id'],
      indexes: [['position'], ['dealer_id', 'position'], ['status', 'position'], ['order_id']],
    },
  },
  handlers: [
    on(ReturnRequested, ({ data, metadata, position }) => [
      {
        op: 'put',
        table: 'returns',
        row: {
          return_id: data.returnId,
          order_id: data.orderId,
          dealer_id: data.dealerId,
          status: 'requested',
          reason: null,
          note: null,
          lines: data.lines,
          approved: null,
          received: null,
          places: null,
          restocking_fee: '0.00',
          amount: null,
          net: null,
          tax: null,
          credit: null,
          requested_by: metadata.actor.user,
          decided_by: null,
          received_by: null,
          requested_at: metadata.recordedAt,
          requested_on: metadata.bookedOn,
          effective_on: null,
          position,
        },
      },
    ]),
    on(ReturnApproved, ({ data, metadata }) =>
      patch(data.returnId, {
        status: 'approved',
        approved: data.lines,
        restocking_fee: data.restockingFee,
        note: data.note ?? null,
        decided_by: metadata.actor.user,
      }),
    ),
    on(ReturnRejected, ({ data, metadata }) =>
      patch(data.returnId, {
        status: 'rejected',
        reason: data.reason,
        decided_by: metadata.actor.user,
      }),
    ),
    on(ReturnReceived, (event) => {
      const { returnId, lines, places, restockingFee, amount, net, tax } = event.data
      return patch(returnId, {
        status: 'received',
        received: lines,
        places,
        restocking_fee: restockingFee,
        ...{ amount, net, tax },
        received_by: event.metadata.actor.user,
        effective_on: valueDateOf(event),
      })
    }),
    on(ReturnCredited, ({ data }) => {
      const { returnId, allocations, losses = [], discountBack, refundPayable } = data
      const credit = { allocations, losses, discountBack, refundPayable }
      return patch(returnId, { credit })
    }),
    on(ReturnClosed, ({ data: { returnId } }) => patch(returnId, { status: 'closed' })),
  ],
})
