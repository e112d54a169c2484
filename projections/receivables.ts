/** What dealers owe, item by item, and what settled it. */

import {
  PaymentReceived,
  ReceivableRecognised,
  UnappliedCashAllocated,
} from '../domain/facility/events.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import { type Change, on, readModel } from './read-model.ts'

type Allocating = Readonly<{
  paymentId?: string
  allocations: readonly Readonly<{ receivableId: string; amount: string }>[]
}>

function settle({ position, metadata, data }: RecordedEvent<string, Allocating>): Change[] {
  return data.allocations.flatMap(({ receivableId, amount }): Change[] => [
    {
      op: 'add',
      table: 'receivables',
      key: { receivable_id: receivableId },
      add: { outstanding: toAmount(decimal(amount).negated()) },
    },
    {
      op: 'put',
      table: 'allocations',
      row: {
        position,
        receivable_id: receivableId,
        payment_id: data.paymentId ?? null,
        amount,
        booked_on: metadata.bookedOn,
        effective_on: metadata.effectiveOn ?? metadata.bookedOn,
      },
    },
  ])
}

export const receivables = readModel({
  name: 'receivables',
  version: 1,
  tables: {
    receivables: {
      columns: {
        receivable_id: { type: 'text' },
        kind: { type: 'text' },
        dealer_id: { type: 'text' },
        facility_id: { type: 'text' },
        order_id: { type: 'text' },
        fulfilment_id: { type: 'text' },
        effective_on: { type: 'date' },
        due_on: { type: 'date' },
        amount: { type: 'numeric' },
        outstanding: { type: 'numeric' },
        position: { type: 'bigint' },
      },
      key: ['receivable_id'],
      indexes: [['dealer_id', 'due_on'], ['order_id'], ['position'], ['due_on']],
    },
    allocations: {
      columns: {
        position: { type: 'bigint' },
        receivable_id: { type: 'text' },
        payment_id: { type: 'text', nullable: true },
        amount: { type: 'numeric' },
        booked_on: { type: 'date' },
        effective_on: { type: 'date' },
      },
      key: ['position', 'receivable_id'],
      indexes: [['receivable_id'], ['payment_id']],
    },
  },
  handlers: [
    on(ReceivableRecognised, ({ streamId, position, metadata, data }) => [
      {
        op: 'put',
        table: 'receivables',
        row: {
          receivable_id: data.receivableId,
          kind: 'shipment',
          dealer_id: data.dealerId,
          facility_id: streamId,
          order_id: data.orderId,
          fulfilment_id: data.fulfilmentId,
          effective_on: metadata.effectiveOn ?? metadata.bookedOn,
          due_on: data.dueOn,
          amount: data.amount,
          outstanding: data.amount,
          position,
        },
      },
    ]),
    on(PaymentReceived, settle),
    on(UnappliedCashAllocated, settle),
  ],
})
