/** What may be asked about the business's own calendar. */

import { z } from 'zod'
import {
  BUSINESS_DAY_ID,
  BusinessDayClosed,
  BusinessDayClosing,
  beginClosing,
  businessDay,
  DayTotals,
  DueFacilities,
  findDueFacilities,
  finishClosing,
  MOST_MISSED,
  missDeliveries,
  openFirstDay,
  PeriodClosed,
} from '../domain/businessDay/businessDay.ts'
import { Findings } from '../domain/businessDay/closing-checks.ts'
import { closePeriod } from '../domain/businessDay/periods.ts'
import { closeFacilityDay } from '../domain/facility/day-close.ts'
import { facility } from '../domain/facility/facility.ts'
import { FacilityId, FulfilmentId, LocalDate, Period } from '../domain/kernel/values.ts'
import { firstOf, isOf } from './answers.ts'
import { command } from './command.ts'

const DayInput = z.strictObject({ date: LocalDate })

const theOneStream = (): string => BUSINESS_DAY_ID

/** How long the answer to a closing waits for the day's totals, if the sender names no time. */
const CLOSING_WAIT_MS = 20_000

/** Opens the books of an empty system; every later day opens by the closing of the one before. */
export const OpenFirstBusinessDay = command({
  name: 'OpenFirstBusinessDay',
  schema: DayInput,
  roles: [],
  aggregate: businessDay,
  stream: theOneStream,
  expects: 'any',
  decide: (state, { date }) => openFirstDay(state, date),
})

/** Begins to close the open day: from here on, events are in the books of the next. */
export const CloseBusinessDay = command({
  name: 'CloseBusinessDay',
  schema: DayInput,
  roles: ['brand-finance', 'brand-admin'],
  aggregate: businessDay,
  stream: theOneStream,
  expects: 'any',
  lookup: (_, lookups) => lookups.dayFindings(),
  decide: (state, { date }, context) =>
    beginClosing(state, { date, findings: Findings.parse(context.lookup) }, context),
  route: {
    path: '/business-days/:date/close',
    summary:
      'Close the open business day; answers with its totals once all that belongs to it is posted',
    answer: ({ input, events }) => {
      const next = firstOf(BusinessDayClosing, events)?.data.next
      return { date: input.date, status: 'closing', ...(next && { next }) }
    },
    answerSchema: z.object({
      date: LocalDate,
      status: z.enum(['closing', 'closed']),
      next: LocalDate.optional(),
      totals: DayTotals.optional(),
    }),
    coordinated: {
      tell: (event, { date }) =>
        isOf(BusinessDayClosed, event) && event.data.date === date
          ? { status: 'closed', totals: event.data.totals }
          : undefined,
      waitMs: CLOSING_WAIT_MS,
      joins: true,
    },
  },
})

/** Facilities in one event, and open at once: what the saga keeps of them is their number. */
const FACILITIES_AT_ONCE = 10_000

/** Finds out in which facilities the closing day has something to post, a page at a time. */
export const FindDueFacilities = command({
  name: 'FindDueFacilities',
  schema: DayInput.extend({ after: FacilityId.optional() }),
  roles: [],
  aggregate: businessDay,
  stream: theOneStream,
  expects: 'existing',
  closes: ({ date }) => date,
  lookup: ({ date, after }, lookups) => lookups.facilitiesDue(date, after, FACILITIES_AT_ONCE),
  decide: (state, input, { lookup }) =>
    findDueFacilities(state, { ...input, found: DueFacilities.parse(lookup) }),
})

/** Posts what belongs to the closing day in one facility. */
export const CloseFacilityDay = command({
  name: 'CloseFacilityDay',
  schema: DayInput.extend({ facilityId: FacilityId }),
  roles: [],
  aggregate: facility,
  stream: ({ facilityId }) => facilityId,
  expects: 'existing',
  closes: ({ date }) => date,
  decide: closeFacilityDay,
})

/** Ends the closing, with the totals of what is booked on the day. */
export const CompleteBusinessDay = command({
  name: 'CompleteBusinessDay',
  schema: DayInput,
  roles: [],
  aggregate: businessDay,
  stream: theOneStream,
  expects: 'existing',
  closes: ({ date }) => date,
  lookup: ({ date }, lookups) => lookups.bookedTotals(date),
  decide: (state, { date }, { lookup }) =>
    finishClosing(state, { date, totals: DayTotals.parse(lookup) }),
})

const PeriodFigures = z.strictObject({ totals: DayTotals, findings: Findings })

/** Closes a month whose days are closed, once nothing of it is left to clear up. */
export const ClosePeriod = command({
  name: 'ClosePeriod',
  schema: z.strictObject({ period: Period }),
  roles: ['brand-finance', 'brand-admin'],
  aggregate: businessDay,
  stream: theOneStream,
  expects: 'any',
  lookup: ({ period }, lookups) => lookups.periodFigures(period),
  decide: (state, { period }, { lookup }) =>
    closePeriod(state, { period, ...PeriodFigures.parse(lookup) }),
  route: {
    path: '/periods/:period/close',
    summary: 'Close a month whose days are closed; refused while something of it blocks that',
    answer: ({ events }) => {
      const closed = firstOf(PeriodClosed, events)?.data
      return { ...closed, status: 'closed' }
    },
    answerSchema: z.object({ period: Period, status: z.literal('closed'), totals: DayTotals }),
  },
})

const Missed = z.array(z.strictObject({ fulfilmentId: FulfilmentId, expectedOn: LocalDate }))

/** Finds what was to be delivered by the end of a closed day, and is not; `after` a fulfilment's id. */
export const FindMissedDeliveries = command({
  name: 'FindMissedDeliveries',
  schema: DayInput.extend({ after: FulfilmentId.optional() }),
  roles: [],
  aggregate: businessDay,
  stream: theOneStream,
  expects: 'existing',
  lookup: ({ date, after }, lookups) => lookups.missedDeliveries(date, after, MOST_MISSED + 1),
  decide: (_, { date }, { lookup }) => missDeliveries(date, Missed.parse(lookup)),
})
