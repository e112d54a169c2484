/** What the ERP hears of the books: the totals of each day and period, once they stand. */

import { z } from 'zod'
import { BusinessDayClosed, PeriodClosed } from '../domain/businessDay/businessDay.ts'
import { publicEvent } from './public-event.ts'
import { Amount, Currency, LocalDate } from './values.ts'

export const businessDayClosed = publicEvent({
  area: 'books',
  name: 'business-day-closed',
  version: 1,
  description: 'All that belongs to the day is posted: its totals, and those of each account.',
  from: BusinessDayClosed,
  about: ({ date }) => date,
  schema: z.strictObject({
    date: LocalDate,
    debit: Amount,
    credit: Amount,
    accounts: z.array(z.strictObject({ account: z.string(), debit: Amount, credit: Amount })),
    currency: Currency,
  }),
  translate: ({ data: { date, totals }, metadata: { currency } }) => ({
    date,
    debit: totals.debit,
    credit: totals.credit,
    accounts: totals.accounts.map(({ account, debit, credit }) => ({ account, debit, credit })),
    currency,
  }),
})

export const periodClosed = publicEvent({
  area: 'books',
  name: 'period-closed',
  version: 1,
  description:
    'All days of a month are closed, and nothing of it is left to clear up: its totals, and those of each account.',
  from: PeriodClosed,
  about: ({ period }) => period,
  schema: z.strictObject({
    period: z.string().describe('The month, as YYYY-MM.'),
    debit: Amount,
    credit: Amount,
    accounts: z.array(z.strictObject({ account: z.string(), debit: Amount, credit: Amount })),
    currency: Currency,
  }),
  translate: ({ data: { period, totals }, metadata: { currency } }) => ({
    period,
    debit: totals.debit,
    credit: totals.credit,
    accounts: totals.accounts.map(({ account, debit, credit }) => ({ account, debit, credit })),
    currency,
  }),
})
