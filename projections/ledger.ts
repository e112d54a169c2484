/** The ledger: every line of every journal, what each day booked, and what each dealer's accounts hold. */

import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayOpened,
  PeriodClosed,
} from '../domain/businessDay/businessDay.ts'
import { periodOf } from '../domain/kernel/dates.ts'
import { type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { Journal } from '../domain/kernel/journal.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import { type Change, on, readModel } from './read-model.ts'

/** The journal that an event carries; none if it moves no value. */
function journalOf({ data }: RecordedEvent): Journal {
  if (typeof data !== 'object' || data === null || !('journal' in data)) return []
  return Journal.parse(data.journal)
}

/** What an entry's event is about, by the field that names it: the first that is there. */
const DOCUMENTS = {
  lineId: 'statement-line',
  refundId: 'refund',
  returnId: 'return',
  receivableId: 'receivable',
  paymentId: 'payment',
  fulfilmentId: 'fulfilment',
  transferId: 'transfer',
  orderId: 'order',
  date: 'business-day', // late fees
} as const

function documentOf({ data }: RecordedEvent) {
  const fields = data as Readonly<Record<string, unknown>>
  for (const [field, kind] of Object.entries(DOCUMENTS)) {
    const id = fields[field]
    if (typeof id === 'string') return { document_kind: kind, document_id: id }
  }
  return { document_kind: null, document_id: null }
}

function post(event: RecordedEvent): Change[] {
  const { position, id, type, stream, metadata } = event
  return journalOf(event).flatMap(({ account, debit, credit, dealerId }, line): Change[] => {
    const amounts = { debit: debit ?? '0.00', credit: credit ?? '0.00' }
    return [
      {
        op: 'put',
        table: 'ledger_entries',
        row: {
          position,
          line,
          account,
          dealer_id: dealerId ?? null,
          ...amounts,
          booked_on: metadata.bookedOn,
          effective_on: valueDateOf(event),
          recorded_at: metadata.recordedAt,
          event_id: id,
          event_type: type,
          stream,
          ...documentOf(event),
        },
      },
      {
        op: 'add',
        table: 'ledger_totals',
        key: { booked_on: metadata.bookedOn, account },
        add: amounts,
      },
      ...(dealerId === undefined
        ? []
        : [
            {
              op: 'add' as const,
              table: 'dealer_totals',
              key: { dealer_id: dealerId, account },
              add: amounts,
            },
          ]),
    ]
  })
}

function openPeriod(date: LocalDate): Change {
  const row = { period: periodOf(date), status: 'open', totals: null, closed_at: null }
  return { op: 'put', table: 'periods', row }
}

export const ledger = readModel({
  name: 'ledger',
  version: 2,
  tables: {
    ledger_entries: {
      columns: {
        position: { type: 'bigint' },
        line: { type: 'integer' },
        account: { type: 'text' },
        dealer_id: { type: 'text', nullable: true },
        debit: { type: 'numeric' },
        credit: { type: 'numeric' },
        booked_on: { type: 'date' },
        effective_on: { type: 'date' },
        recorded_at: { type: 'timestamptz' },
        event_id: { type: 'text' },
        event_type: { type: 'text' },
        stream: { type: 'text' },
        document_kind: { type: 'text', nullable: true },
        document_id: { type: 'text', nullable: true },
      },
      key: ['position', 'line'],
      indexes: [
        ['account', 'position'],
        ['account', 'effective_on'],
        ['dealer_id', 'position'],
        ['dealer_id', 'booked_on', 'position'],
        ['booked_on'],
      ],
    },
    ledger_totals: {
      columns: {
        booked_on: { type: 'date' },
        account: { type: 'text' },
        debit: { type: 'numeric' },
        credit: { type: 'numeric' },
      },
      key: ['booked_on', 'account'],
    },
    dealer_totals: {
      columns: {
        dealer_id: { type: 'text' },
        account: { type: 'text' },
        debit: { type: 'numeric' },
        credit: { type: 'numeric' },
      },
      key: ['dealer_id', 'account'],
    },
    periods: {
      columns: {
        period: { type: 'text' },
        status: { type: 'text' },
        closed_at: { type: 'timestamptz', nullable: true },
        totals: { type: 'jsonb', nullable: true },
      },
      key: ['period'],
    },
    business_days: {
      columns: {
        date: { type: 'date' },
        status: { type: 'text' },
        totals: { type: 'jsonb', nullable: true },
      },
      key: ['date'],
    },
  },
  handlers: [
    on(BusinessDayOpened, ({ data: { date } }) => [
      openPeriod(date),
      { op: 'put', table: 'business_days', row: { date, status: 'open', totals: null } },
    ]),
    on(BusinessDayClosing, ({ data: { date, next } }) => [
      {
        op: 'patch',
        table: 'business_days',
        key: { date },
        set: { status: 'closing' },
      },
      { op: 'put', table: 'business_days', row: { date: next, status: 'open', totals: null } },
      ...(periodOf(next) === periodOf(date) ? [] : [openPeriod(next)]),
    ]),
    on(BusinessDayClosed, ({ data: { date, totals } }) => [
      { op: 'patch', table: 'business_days', key: { date }, set: { status: 'closed', totals } },
    ]),
    on(PeriodClosed, ({ data: { period, totals }, metadata }) => [
      {
        op: 'patch',
        table: 'periods',
        key: { period },
        set: { status: 'closed', totals, closed_at: metadata.recordedAt },
      },
    ]),
  ],
  every: post,
})
