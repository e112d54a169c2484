/** What dealers owe, item by item, and what settled it. */

import {
  AllocationsReversed,
  PaymentReceived,
  PaymentRedated,
  ReceiptReversed,
  UnappliedCashAllocated,
} from '../domain/facility/cash-events.ts'
import { DebitsDue } from '../domain/facility/debit-events.ts'
import { graceUntil } from '../domain/facility/late-fees.ts'
import {
  LateFeesCharged,
  LateFeesCorrected,
  ReceivableRecognised,
  ReceivableRecovered,
  ReceivableWrittenOff,
  ReturnCredited,
} from '../domain/facility/receivable-events.ts'
import type { Allocation, ReversedAllocation } from '../domain/facility/values.ts'
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

type Kind = 'payment' | 'return' | 'write-off'

type Part = Readonly<{ receivableId: string; amount: string; discount?: string | undefined }>

function allocation(
  dated: Dated & Readonly<{ line: number }>,
  { receivableId, amount, discount = '0.00' }: Part,
  kind: Kind,
  paymentId?: string,
): Change {
  const row = { ...dated, receivable_id: receivableId, payment_id: paymentId ?? null, kind }
  return { op: 'put', table: 'allocations', row: { ...row, amount, discount } }
}

/** `paidBy`: the payment that settles; of unapplied cash each allocation names its own. */
function settle(allocations: readonly Allocation[], dated: Dated, paidBy?: string): Change[] {
  return allocations.flatMap((part, line) => [
    add(part.receivableId, { outstanding: minus(settledBy(part)) }),
    allocation({ ...dated, line }, part, 'payment', paidBy ?? part.paymentId),
  ])
}

function settledBy({ amount, discount }: Part): string {
  return toAmount(decimal(amount).plus(discount ?? 0))
}

const minus = (amount: string) => toAmount(decimal(amount).negated())

/** What settled does not any more, on whatever day it had: it is owed again, as it was all along. */
function reverse(
  { position, metadata }: RecordedEvent,
  allocations: readonly ReversedAllocation[],
): Change[] {
  return allocations.flatMap((part, line) => {
    const { receivableId, amount, discount = '0', paymentId, since } = part
    const dated = { position, booked_on: metadata.bookedOn, not_before: since ?? null, line }
    const less = { receivableId, amount: minus(amount), discount: minus(discount) }
    return [
      add(receivableId, { outstanding: settledBy(part) }),
      allocation(dated, less, 'payment', paymentId),
    ]
  })
}

type Credit = readonly [Change | undefined, Part, Kind]
type Crediting = RecordedEvent<string, EventOf<typeof ReturnCredited>['data']>

/** What a return makes smaller, and what it takes the place of that was written off. */
function credited({ position, metadata, data: { allocations, losses = [] } }: Crediting): Change[] {
  const dated = { position, booked_on: metadata.bookedOn, not_before: valueDateOf({ metadata }) }
  return [
    ...allocations.map(
      (part): Credit => [
        add(part.receivableId, { outstanding: minus(part.amount) }),
        part,
        'return',
      ],
    ),
    ...losses.flatMap((part): Credit[] => [
      [add(part.receivableId, { written_off: minus(part.amount) }), part, 'return'],
      [undefined, { ...part, amount: minus(part.amount) }, 'write-off'],
    ]),
  ].flatMap(([change, part, kind], line) => [
    ...(change === undefined ? [] : [change]),
    allocation({ ...dated, line }, part, kind),
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

/** What had been paid of a fee, or was written off, is taken out of what settled it. */
function correct({ position, metadata, data: { date, corrections } }: Correcting): Change[] {
  return corrections.flatMap((correction, line): Change[] => {
    const { receivableId, open, writtenOff = '0' } = correction
    const parts = correctedParts(correction)
    const back = parts.reduce((left, { amount }) => left.minus(amount), decimal(open).negated())
    const dated = { position, booked_on: metadata.bookedOn, not_before: date }
    return [
      add(receivableId, {
        amount: toAmount(back),
        outstanding: minus(open),
        written_off: minus(writtenOff),
      }),
      charged(position, line, receivableId, toAmount(back), date),
      ...parts.map(({ amount, kind, paymentId }, part) =>
        allocation(
          { ...dated, line: line * MOST_PARTS + part },
          { receivableId, amount: minus(amount) },
          kind,
          paymentId,
        ),
      ),
    ]
  })
}

/** Each correction's lines have numbers of their own. */
const MOST_PARTS = 100_000

type Corrected = Readonly<{ amount: string; kind: Kind; paymentId?: string | undefined }>

function correctedParts({
  paid,
  paidBy = [{ amount: paid }],
  writtenOff = '0.00',
}: EventOf<typeof LateFeesCorrected>['data']['corrections'][number]): readonly Corrected[] {
  const all: readonly Corrected[] = [
    ...paidBy.map((part) => ({ ...part, kind: 'payment' as const })),
    { amount: writtenOff, kind: 'write-off' },
  ]
  return all.filter(({ amount }) => !decimal(amount).isZero())
}

type Reversing = RecordedEvent<string, EventOf<typeof ReceiptReversed>['data']>

/** What a dealer owes because money that was refunded to it was none. */
function owedBack({ streamId, position, metadata, data: { dealerId, owed } }: Reversing): Change[] {
  if (owed === undefined) return []
  const row = {
    ...{ receivable_id: owed.receivableId, kind: 'bounce', dealer_id: dealerId },
    ...{
      facility_id: streamId,
      order_id: null,
      fulfilment_id: null,
      fee_of: null,
      debited_on: null,
    },
    ...{ effective_on: owed.dueOn, due_on: owed.dueOn, grace_until: graceUntil(owed) },
    ...{ daily_rate: '0', amount: owed.amount, outstanding: owed.amount },
    ...{ written_off: '0.00', recovered: '0.00', booked_on: metadata.bookedOn, position },
  }
  return [{ op: 'put', table: 'receivables', row }]
}

export const receivables = readModel({
  name: 'receivables',
  version: 4,
  tables: {
    receivables: {
      columns: {
        receivable_id: { type: 'text' },
        kind: { type: 'text' },
        dealer_id: { type: 'text' },
        facility_id: { type: 'text' },
        order_id: { type: 'text', nullable: true },
        fulfilment_id: { type: 'text', nullable: true },
        effective_on: { type: 'date' },
        due_on: { type: 'date' },
        grace_until: { type: 'date' },
        daily_rate: { type: 'numeric' },
        amount: { type: 'numeric' },
        outstanding: { type: 'numeric' },
        written_off: { type: 'numeric' },
        recovered: { type: 'numeric' },
        fee_of: { type: 'text', nullable: true },
        debited_on: { type: 'date', nullable: true }, // the day on which it was taken to be debited
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
        kind: { type: 'text' },
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
          written_off: '0.00',
          recovered: '0.00',
          fee_of: null,
          debited_on: null,
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
    on(DebitsDue, ({ data: { date, debits } }) =>
      debits.flatMap(({ receivableIds }) =>
        receivableIds.map(
          (receivableId): Change => ({
            op: 'patch',
            table: 'receivables',
            key: { receivable_id: receivableId },
            set: { debited_on: date },
          }),
        ),
      ),
    ),
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
    on(AllocationsReversed, (event) => reverse(event, event.data.allocations)),
    on(ReceiptReversed, (event) => [...reverse(event, event.data.allocations), ...owedBack(event)]),
    on(ReturnCredited, credited),
    on(ReceivableWrittenOff, ({ position, metadata, data }) => {
      const dated = {
        position,
        booked_on: metadata.bookedOn,
        not_before: valueDateOf({ metadata }),
      }
      return [
        add(data.receivableId, { outstanding: minus(data.amount), written_off: data.amount }),
        allocation({ ...dated, line: 0 }, data, 'write-off'),
      ]
    }),
    on(ReceivableRecovered, ({ data: { receivableId, amount } }) => [
      add(receivableId, { recovered: amount }),
    ]),
  ],
})
