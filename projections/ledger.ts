/** The ledger: every line of every journal, and what each day booked on each account. */

import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayOpened,
} from '../domain/businessDay/businessDay.ts'
import { type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { Journal } from '../domain/kernel/journal.ts'
import { type Change, on, readModel } from './read-model.ts'

/** The journal that an event carries; none if it moves no value. */
function journalOf({ data }: RecordedEvent): Journal {
  if (typeof data !== 'object' || data === null || !('journal' in data)) return []
  return Journal.parse(data.journal)
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
        },
      },
      {
        op: 'add',
        table: 'ledger_totals',
        key: { booked_on: metadata.bookedOn, account },
        add: amounts,
      },
    ]
  })
}

export const ledger = readModel({
  name: 'ledger',
  version: 1,
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
      },
      key: ['position', 'line'],
      indexes: [['account', 'position'], ['dealer_id', 'position'], ['booked_on']],
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
    ]),
    on(BusinessDayClosed, ({ data: { date, totals } }) => [
      { op: 'patch', table: 'business_days', key: { date }, set: { status: 'closed', totals } },
    ]),
  ],
  every: post,
})
