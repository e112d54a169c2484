/**
 * Closes a business day: finds the facilities in which it has something to post, a page at a time, has
 * each post it, and completes the day once all have.
 */

import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayDue,
} from '../domain/businessDay/businessDay.ts'
import { FacilityDayClosed } from '../domain/facility/receivable-events.ts'
import type { EventOf } from '../domain/kernel/event.ts'
import { listen, type Reaction, type SagaCommand, saga } from './saga.ts'

/** From the closing of a day to its totals. */
export type BusinessDayClose = Readonly<{
  date: string
  /** Facilities of the page that still post; undefined until the page is found. */
  open?: number
  /** The last facility of the page, if more pages follow. */
  goOnAfter?: string
}>

export const businessDayClose = saga<BusinessDayClose>({
  name: 'business-day-close',
  version: 2,
  movesMoney: true,
  listens: [
    listen(
      BusinessDayClosing,
      ({ data }) => data.date,
      (_, { data: { date } }) => ({ state: { date }, commands: [find(date)] }),
    ),
    listen(
      BusinessDayDue,
      ({ data }) => data.date,
      (state, { data }) => state && found(data),
    ),
    listen(
      FacilityDayClosed,
      ({ data }) => data.date,
      (state, { streamId, data }) => state && posted(state, streamId, data.more),
    ),
    listen(
      BusinessDayClosed,
      ({ data }) => data.date,
      (state) => state && { state: null },
    ),
  ],
})

function find(date: string, after?: string): SagaCommand {
  return { command: 'FindDueFacilities', input: { date, ...(after && { after }) } }
}

function close(date: string, facilityId: string): SagaCommand {
  return { command: 'CloseFacilityDay', input: { date, facilityId } }
}

function found({
  date,
  facilityIds,
  last,
}: EventOf<typeof BusinessDayDue>['data']): Reaction<BusinessDayClose> {
  const end = facilityIds.at(-1)
  const state = {
    date,
    open: facilityIds.length,
    ...(last || end === undefined ? {} : { goOnAfter: end }),
  }
  const { commands = [] } = state.open === 0 ? over(state) : {}
  return { state, commands: [...commands, ...facilityIds.map((id) => close(date, id))] }
}

function posted(
  state: BusinessDayClose,
  facilityId: string,
  more: boolean,
): Reaction<BusinessDayClose> | undefined {
  if (more) return { state, commands: [close(state.date, facilityId)] }
  if (state.open === undefined || state.open === 0) return undefined
  const after = { ...state, open: state.open - 1 }
  return after.open === 0 ? over(after) : { state: after }
}

/** All facilities of the page have posted. */
function over({ date, goOnAfter }: BusinessDayClose): Reaction<BusinessDayClose> {
  return goOnAfter === undefined
    ? { state: { date, open: 0 }, commands: [{ command: 'CompleteBusinessDay', input: { date } }] }
    : { state: { date }, commands: [find(date, goOnAfter)] }
}
