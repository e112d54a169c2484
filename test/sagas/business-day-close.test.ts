import { test } from 'tap'
import { CloseBusinessDay, CompleteBusinessDay } from '../../commands/business-days.ts'
import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayDue,
  businessDay,
} from '../../domain/businessDay/businessDay.ts'
import { FacilityDayClosed } from '../../domain/facility/receivable-events.ts'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import { businessDayClose } from '../../sagas/business-day-close.ts'
import { ABSENT, step } from '../../sagas/runner/react.ts'
import { testContext } from '../support/given.ts'
import { testLookups } from '../support/lookups.ts'
import { recorded } from '../support/recorded.ts'

const date = '2026-01-04'
const totals = { debit: '0.00', credit: '0.00', accounts: [] }
const closing = BusinessDayClosing({ date, next: '2026-01-05' })
const closed = BusinessDayClosed({ date, totals })

function react(before: typeof ABSENT, event: DecidedEvent, stream = 'businessDay-main') {
  const listening = businessDayClose.listens.get(event.type)
  return listening && step(listening, before, recorded(stream, event), date)
}

/** What the saga asks for with each of the events, one after another. */
function asked(...events: readonly (DecidedEvent | readonly [string, DecidedEvent])[]) {
  let current = ABSENT
  return events.map((given) => {
    const [stream, event] = 'type' in given ? ['businessDay-main', given] : given
    const reacted = react(current, event, stream)
    current = reacted?.after ?? current
    return (reacted?.commands ?? []).map(({ command, input }) => ({ command, ...input }))
  })
}

const due = (facilityIds: string[], last = true) => BusinessDayDue({ date, facilityIds, last })
const posted = (id: string, more = false) =>
  [`facility-${id}`, FacilityDayClosed({ date, more })] as const

test('a day with nothing to post is completed at once, and then done with', async (t) => {
  t.same(asked(closing, due([])), [
    [{ command: 'FindDueFacilities', date }],
    [{ command: 'CompleteBusinessDay', date }],
  ])
  const begun = react(ABSENT, closing)
  t.equal(react(begun?.after ?? ABSENT, closed)?.after, ABSENT)
})

test('a day is completed once every facility has posted all that it has', async (t) => {
  const events = [closing, due(['F1', 'F2']), posted('F2', true), posted('F1'), posted('F2')]
  t.same(asked(...events).slice(1), [
    [
      { command: 'CloseFacilityDay', date, facilityId: 'F1' },
      { command: 'CloseFacilityDay', date, facilityId: 'F2' },
    ],
    [{ command: 'CloseFacilityDay', date, facilityId: 'F2' }],
    [],
    [{ command: 'CompleteBusinessDay', date }],
  ])
})

test('the next page is found when the one before has posted', async (t) => {
  const events = [closing, due(['F1'], false), posted('F1'), due(['F2']), posted('F2')]
  t.same(asked(...events).slice(2), [
    [{ command: 'FindDueFacilities', date, after: 'F1' }],
    [{ command: 'CloseFacilityDay', date, facilityId: 'F2' }],
    [{ command: 'CompleteBusinessDay', date }],
  ])
})

test('a day is completed with the totals that were looked up', async (t) => {
  const lookup = await CompleteBusinessDay.lookup?.(
    { date },
    testLookups({ bookedTotals: async (day) => (day === date ? totals : undefined) }),
  )
  const state = { ...businessDay.initial, open: '2026-01-05', closing: date }
  const decision = CompleteBusinessDay.decide(state, { date }, testContext({ lookup }))
  t.same(decision, { accepted: true, events: [closed] })
})

test('whoever closes a day is told its totals', async (t) => {
  const tell = (day: string) =>
    CloseBusinessDay.route?.coordinated?.tell(recorded('businessDay-main', closed), { date: day })
  t.same(tell(date), { status: 'closed', totals })
  t.equal(tell('2026-01-03'), undefined)
})
