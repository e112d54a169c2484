/** The business's own calendar: which day the books are on. One stream: `businessDay-main`. */

import { z } from 'zod'
import type { DecisionContext } from '../context.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import { addDays, dayIn } from '../kernel/dates.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { FacilityId, FulfilmentId, LocalDate, Period } from '../kernel/values.ts'
import { type Block, blocksOf, type Finding } from './closing-checks.ts'

/** The id of the one stream. */
export const BUSINESS_DAY_ID = 'main'

/** A sum over any number of amounts, so of more digits than one of them. */
const Sum = z.string().regex(/^\d{1,30}\.\d\d$/, 'must be a decimal string with 2 places')

/** What is booked on a day: both sides, and by account. */
export const DayTotals = z.strictObject({
  debit: Sum,
  credit: Sum,
  accounts: z.array(z.strictObject({ account: z.string(), debit: Sum, credit: Sum })),
})
export type DayTotals = z.output<typeof DayTotals>

/** Fulfilments that one event names at most: each is warned of by a command of its own. */
export const MOST_MISSED = 500

// Events: a storage format. Add fields and versions; never change a meaning.
export const BusinessDayOpened = event(
  'BusinessDayOpened',
  1,
  { date: LocalDate },
  { description: 'The books are open, for the first time, on this day.' },
)

export const BusinessDayClosing = event(
  'BusinessDayClosing',
  1,
  { date: LocalDate, next: LocalDate },
  { description: 'What is recorded from here on is in the books of the next day.' },
)

export const BusinessDayDue = event(
  'BusinessDayDue',
  1,
  {
    date: LocalDate,
    facilityIds: z.array(FacilityId).max(10_000), // in which something belongs to the day
    last: z.boolean(), // false: more facilities follow in another event
  },
  { description: 'It is known in which facilities the closing day has something to post.' },
)

export const BusinessDayClosed = event(
  'BusinessDayClosed',
  1,
  { date: LocalDate, totals: DayTotals },
  { description: 'All that belongs to the day is posted; its totals stand.' },
)

export const PeriodClosed = event(
  'PeriodClosed',
  1,
  { period: Period, totals: DayTotals }, // of all its days
  { description: 'All days of a period are closed, and nothing of it is left to clear up.' },
)

export const DeliveriesMissed = event(
  'DeliveriesMissed',
  1,
  {
    date: LocalDate,
    fulfilments: z
      .array(z.strictObject({ fulfilmentId: FulfilmentId, expectedOn: LocalDate }))
      .min(1)
      .max(MOST_MISSED),
    more: z.boolean(), // of the same day, in another event
  },
  { description: 'Fulfilments were to be there by the end of the closed day, and are not.' },
)

export type BusinessDayEvent = EventOf<
  | typeof BusinessDayOpened
  | typeof BusinessDayClosing
  | typeof BusinessDayDue
  | typeof BusinessDayClosed
  | typeof PeriodClosed
  | typeof DeliveriesMissed
>

export type BusinessDayState = Readonly<{
  /** The day that the books were opened on. */
  firstDay: LocalDate | undefined
  /** The newest of the periods that are closed. */
  closedPeriod: Period | undefined
  /** The day in whose books new events are; undefined before the first. */
  open: LocalDate | undefined
  /** The day that is being closed. */
  closing: LocalDate | undefined
  /** Up to which facility it is known where that day has something to post; undefined: not asked yet. */
  foundUpTo: string | undefined
}>

export const businessDay = aggregate<BusinessDayState>({
  category: 'businessDay',
  version: 2,
  events: [
    BusinessDayOpened,
    BusinessDayClosing,
    BusinessDayDue,
    BusinessDayClosed,
    PeriodClosed,
    DeliveriesMissed,
  ],
  initial: {
    firstDay: undefined,
    closedPeriod: undefined,
    open: undefined,
    closing: undefined,
    foundUpTo: undefined,
  },
  evolve: fold<BusinessDayState, BusinessDayEvent>({
    BusinessDayOpened: (state, { date }) => ({ ...state, firstDay: date, open: date }),
    BusinessDayClosing: (state, { date, next }) => ({
      ...state,
      open: next,
      closing: date,
      foundUpTo: undefined,
    }),
    BusinessDayDue: (state, { facilityIds }) => ({
      ...state,
      foundUpTo: facilityIds.at(-1) ?? '',
    }),
    BusinessDayClosed: (state) => ({ ...state, closing: undefined, foundUpTo: undefined }),
    PeriodClosed: (state, { period }) => ({ ...state, closedPeriod: period }),
    DeliveriesMissed: (state) => state,
  }),
})

/** Opens the books on their first day; later days are opened by closing the one before. */
export function openFirstDay(state: BusinessDayState, date: LocalDate): Decision {
  return state.open === undefined ? accept(BusinessDayOpened({ date })) : accept()
}

export type BeginClosing = Readonly<{ date: LocalDate; findings: readonly Finding[] }>

/**
 * Begins to close the open day. Days close in order, once, and none that is still to come; refuses
 * `day-blocked` while its books do not agree.
 */
export function beginClosing(
  state: BusinessDayState,
  { date, findings }: BeginClosing,
  { now, policy }: DecisionContext,
): Decision {
  if (state.closing === date) return accept()
  const today = dayIn(policy.timeZone, now)
  if (date > today) return stillToCome(date, today)
  if (state.open !== date || state.closing !== undefined) return outOfOrder(state, date)
  const blocks = blocksOf(findings)
  if (blocks.length > 0) return blocked(date, blocks)
  return accept(BusinessDayClosing({ date, next: addDays(date, 1) }))
}

export type FindDueFacilities = Readonly<{
  date: LocalDate
  /** The last facility of the page before; undefined for the first. */
  after?: string | undefined
  found: DueFacilities
}>

/** The next facilities by id, and whether there are no more. */
export const DueFacilities = z.strictObject({
  facilityIds: z.array(FacilityId).max(10_000),
  last: z.boolean(),
})
export type DueFacilities = z.output<typeof DueFacilities>

/**
 * Says in which facilities the closing day has something to post, a page at a time; a page that was found
 * before changes nothing, nor does one for a day that is not closing.
 */
export function findDueFacilities(
  state: BusinessDayState,
  { date, after, found }: FindDueFacilities,
): Decision {
  if (state.closing !== date || state.foundUpTo !== after) return accept()
  return accept(BusinessDayDue({ date, ...found }))
}

/** Ends the closing with the day's totals; ending it again changes nothing. */
export function finishClosing(
  state: BusinessDayState,
  { date, totals }: Readonly<{ date: LocalDate; totals: DayTotals }>,
): Decision {
  if (state.closing === date) return accept(BusinessDayClosed({ date, totals }))
  if (state.open !== undefined && date < state.open) return accept()
  return outOfOrder(state, date)
}

export type MissedDelivery = Readonly<{ fulfilmentId: string; expectedOn: LocalDate }>

/** Names the deliveries that a closed day has missed, the first of them if they are many. */
export function missDeliveries(date: LocalDate, missed: readonly MissedDelivery[]): Decision {
  if (missed.length === 0) return accept()
  const fulfilments = missed.slice(0, MOST_MISSED)
  return accept(DeliveriesMissed({ date, fulfilments, more: missed.length > fulfilments.length }))
}

function outOfOrder({ open, closing }: BusinessDayState, date: LocalDate): Decision {
  const due = closing ?? open
  const isOver = due !== undefined && date < due
  return refuse('day-not-open', {
    kind: 'state',
    message: isOver
      ? `${date} was closed before: the next to close is ${due}`
      : `${date} can't be closed yet: the next to close is ${due ?? 'none'}`,
    inputs: { date, open, closing },
    ways: due === undefined || isOver ? [] : [`close ${due} first`],
  })
}

function blocked(date: LocalDate, blocks: readonly Block[]): Decision {
  return refuse('day-blocked', {
    kind: 'state',
    message: `${date} can't be closed: ${blocks.map(({ message }) => message).join('; ')}`,
    inputs: { date, blocks },
    ways: [...new Set(blocks.flatMap(({ ways }) => ways))],
  })
}

function stillToCome(date: LocalDate, today: LocalDate): Decision {
  return refuse('day-still-to-come', {
    message: `${date} is after today, ${today}`,
    inputs: { date, today },
    ways: [`wait until ${date}`],
  })
}
