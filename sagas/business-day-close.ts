/** Closes a business day once everything that belongs to it is posted. */

import { BusinessDayClosed, BusinessDayClosing } from '../domain/businessDay/businessDay.ts'
import { listen, saga } from './saga.ts'

/** From the closing of a day to its totals. */
export type BusinessDayClose = Readonly<{ date: string }>

export const businessDayClose = saga<BusinessDayClose>({
  name: 'business-day-close',
  version: 1,
  listens: [
    listen(
      BusinessDayClosing,
      ({ data }) => data.date,
      (_, { data: { date } }) => ({
        state: { date },
        commands: [{ command: 'CompleteBusinessDay', input: { date } }],
      }),
    ),
    listen(
      BusinessDayClosed,
      ({ data }) => data.date,
      (state) => state && { state: null },
    ),
  ],
})
