/** What dealers owe, item by item, and what settled it. */

import {
  type Allocation,
  LateFeesCharged,
  LateFeesCorrected,
  PaymentReceived,
  PaymentRedated,
  ReceivableRecognised,
  UnappliedCashAllocated,
} from '../domain/facility/events.ts'
import { graceUntil } from '../domain/facility/late-fees.ts'
import { type EventOf, type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { decimal, toAmount } from '../domain/kernel/money.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import { type Change, on, type Row, readModel } from './read-model.ts'

function add(receivableId: string, amounts: Row): Change {
  return { op: 'add', table: 'receivables', key: { receivable_id: receivableId }, add: amounts }
}

type Dated = Readonly<{
  position: bigint
  booked_on: LocalDate
  /** The day it counts from is that of its payment, and not before this one. */
  not_before: LocalDate | null
}>

/** `paidBy`: the payment that settles; of unapplied cash each allocation names its own. */
function settle(allocations: readonly Allocation[], dated: Dated, paidBy?: string): Change[] {
  return allocations.flatMap(({ receivableId, amount, discount = '0.00', paymentId }, line) => [
    add(receivableId, { outstanding: toAmount(decimal(amount).plus(discount).negated()) }),
    {
      op: 'put' as const,
      table: 'allocations',
      row: {
        ...dated,
        line,
        receivable_id: receivableId,
        payment_id: paidBy ?? paymentId ?? null,
        amount,
        discount,
      },
    },
  ])
}

type Charging = RecordedEvent<string, EventOf<typeof LateFeesCharged>['data']>

/** A fee is one row, which grows. */
function charge({ streamId, position, metadata, data: { date, fees } }: Charging): Change[] {
  return fees.flatMap((fee, line): Change[] => [
    {
      op: 'add',
      table: 'receivables',
      key: { receivable_id: fee.receivableId },
      add: { amount: fee.amount, outstanding: fee.amount },
      set: {
        kind: 'late-fee',
        dealer_id: fee.dealerId,
        facility_id: streamId,
        order_id: fee.orderId,
        effective_on: fee.dueOn,
        due_on: fee.dueOn,
        grace_until: fee.dueOn,
        fee_of: fee.ofReceivableId,
        booked_on: metadata.bookedOn,
        position,
      },
    },
    charged(position, line, fee.receivableId, fee.amount, date),
  ])
}

function charged(
  position: bigint,
  line: number,
  receivableId: string,
  amount: string,
  date: LocalDate,
): Change {
  return {
    op: 'put',
    table: 'fee_charges',
    row: { position, line, receivable_id: receivableId, amount, charged_on: date },
  }
}

type Correcting = RecordedEvent<string, EventOf<typeof LateFeesCorrected>['data']>

/** What had been paid of a fee is taken out of what settled it. */
function correct({ position, metadata, data: { date, corrections } }: Correcting): Change[] {
  return corrections.flatMap(({ receivableId, open, paid }, line): Change[] => {
    const back = toAmount(decimal(open).plus(paid).negated())
    return [
      add(receivableId, { amount: back, outstanding: toAmount(decimal(open).negated()) }),
      charged(position, line, receivableId, back, date),
      {
        op: 'put',
        table: 'allocations',
        row: {
          position,
          line,
          receivable_id: receivableId,
          payment_id: null,
          amount: toAmount(decimal(paid).negated()),
          discount: '0.00',
          booked_on: metadata.bookedOn,
          not_before: date,
        },
      },
    ]
  })
}

export const receivables = readModel({
  name: 'receivables',
  version: 2,
  tables: {
    receivables: {
      columns: {
        receivable_id: { type: 'text' },
        kind: { type: 'text' },
        dealer_id: { type: 'text' },
        facility_id: { type: 'text' },
        order_id: { type: 'text' },
        fulfilment_id: { type: 'text', nullable: true },
        effective_on: { type: 'date' },
        due_on: { type: 'date' },
        grace_until: { type: 'date' },
        daily_rate: { type: 'numeric' },
        amount: { type: 'numeric' },
        outstanding: { type: 'numeric' },
        fee_of: { type: 'text', nullable: true },
        booked_on: { type: 'date' },
        position: { type: 'bigint' },
      },
      key: ['receivable_id'],
      indexes: [
        ['dealer_id', 'due_on'],
        ['order_id'],
        ['due_on', 'receivable_id'],
        ['outstanding'],
        ['fee_of'],
      ],
    },
    allocations: {
      columns: {
        position: { type: 'bigint' },
        line: { type: 'integer' },
        receivable_id: { type: 'text' },
        payment_id: { type: 'text', nullable: true },
        amount: { type: 'numeric' },
        discount: { type: 'numeric' },
        booked_on: { type: 'date' },
        not_before: { type: 'date', nullable: true },
      },
      key: ['position', 'line'],
      indexes: [['receivable_id'], ['payment_id'], ['booked_on']],
    },
    receipts: {
      columns: {
        payment_id: { type: 'text' },
        dealer_id: { type: 'text' },
        facility_id: { type: 'text' },
        effective_on: { type: 'date' },
        redated_on: { type: 'date', nullable: true },
      },
      key: ['payment_id'],
      indexes: [['redated_on']],
    },
    fee_charges: {
      columns: {
        position: { type: 'bigint' },
        line: { type: 'integer' },
        receivable_id: { type: 'text' },
        amount: { type: 'numeric' },
        charged_on: { type: 'date' },
      },
      key: ['position', 'line'],
      indexes: [['receivable_id']],
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
          effective_on: valueDateOf({ metadata }),
          due_on: data.dueOn,
          grace_until: graceUntil({ dueOn: data.dueOn, graceDays: data.late?.graceDays ?? 0 }),
          daily_rate: data.late?.dailyRate ?? '0',
          amount: data.amount,
          outstanding: data.amount,
          fee_of: null,
          booked_on: metadata.bookedOn,
          position,
        },
      },
    ]),
    on(PaymentReceived, ({ streamId, position, metadata, data }) => [
      {
        op: 'put',
        table: 'receipts',
        row: {
          payment_id: data.paymentId,
          dealer_id: data.dealerId,
          facility_id: streamId,
          effective_on: valueDateOf({ metadata }),
          redated_on: null,
        },
      },
      ...settle(
        data.allocations,
        { position, booked_on: metadata.bookedOn, not_before: null },
        data.paymentId,
      ),
    ]),
    on(PaymentRedated, ({ metadata, data: { paymentId } }) => [
      {
        op: 'patch',
        table: 'receipts',
        key: { payment_id: paymentId },
        set: { effective_on: valueDateOf({ metadata }), redated_on: metadata.bookedOn },
      },
    ]),
    on(UnappliedCashAllocated, ({ position, metadata, data }) =>
      settle(data.allocations, {
        position,
        booked_on: metadata.bookedOn,
        not_before: valueDateOf({ metadata }),
      }),
    ),
    on(LateFeesCharged, charge),
    on(LateFeesCorrected, correct),
  ],
})
