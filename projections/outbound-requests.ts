/** What outside systems are to be asked, and when: what the outbound desk works off. */

import { invoiceRequests } from './outbound/invoices.ts'
import { paymentRequests } from './outbound/payments.ts'
import { refundRequests } from './outbound/refunds.ts'
import { readModel } from './read-model.ts'

export const outboundRequests = readModel({
  name: 'outbound_requests',
  version: 1,
  tables: {
    outbound_requests: {
      columns: {
        request_id: { type: 'text' },
        kind: { type: 'text' },
        subject_id: { type: 'text' },
        counterparty: { type: 'text' },
        data: { type: 'jsonb' },
        attempt: { type: 'integer' }, // how often it was asked before
        due_at: { type: 'timestamptz' },
        caused_by: { type: 'text' }, // the event that says so; the answer's command follows from it
        correlation_id: { type: 'text' },
        position: { type: 'bigint' }, // of that event
      },
      key: ['request_id'],
      indexes: [['kind', 'counterparty', 'due_at']],
    },
  },
  handlers: [...invoiceRequests, ...paymentRequests, ...refundRequests],
})
