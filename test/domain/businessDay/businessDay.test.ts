import { test } from 'tap'
import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayDue,
  BusinessDayOpened,
  type BusinessDayState,
  beginClosing,
  businessDay,
  findDueFacilities,
  finishClosing,
  openFirstDay,
} from '../../../domain/businessDay/businessDay.ts'
import type { Finding } from '../../../domain/businessDay/closing-checks.ts'
import { scenarios } from '../../support/given.ts'

const days = scenarios(businessDay)
const totals = { debit: '0.00', credit: '0.00', accounts: [] }

const opened = BusinessDayOpened({ date: '2026-01-04' })
const closing = BusinessDayClosing({ date: '2026-01-04', next: '2026-01-05' })
const closed = BusinessDayClosed({ date: '2026-01-04', totals })

test('the books open once', async (t) => {
  days(t)
    .when((state) => openFirstDay(state, '2026-01-04'))
    .then(opened)
    .when((state) => openFirstDay(state, '2026-01-05'))
    .changesNothing()
})

test('the next day is open as soon as the one before is closing', async (t) => {
  const { state } = days(t)
    .given(opened)
    .when((state, context) => beginClosing(state, { date: '2026-01-04', findings: [] }, context))
    .then(closing)
  t.match(state, { open: '2026-01-05', closing: '2026-01-04', foundUpTo: undefined })
})

test('a closing that is under way may be asked for, and ended, again', async (t) => {
  days(t)
    .given(opened, closing)
    .when((state, context) => beginClosing(state, { date: '2026-01-04', findings: [] }, context))
    .changesNothing()
    .when((state) => finishClosing(state, { date: '2026-01-04', totals }))
    .then(closed)
    .when((state) => finishClosing(state, { date: '2026-01-04', totals }))
    .changesNothing()
})

test('books that do not agree keep a day open, with the figures of each check', async (t) => {
  const difference = { dealerId: 'D', ledger: '10.00', subLedger: '9.00' }
  const wrong: Finding = { check: 'receivables-by-dealer', count: 1, examples: [difference] }
  const right: Finding = { check: 'trial-balance', count: 0, examples: [] }
  const asked = { date: '2026-01-04', findings: [right, wrong] }
  days(t)
    .given(opened)
    .when((state, context) => beginClosing(state, asked, context))
    .refused('day-blocked', { date: '2026-01-04', blocks: [wrong] })
    .when((state, context) => beginClosing(state, { ...asked, findings: [right] }, context))
    .then(closing)
})

test('a day closes once, and in order', async (t) => {
  const after = days(t).given(opened, closing)
  after
    .when((state, context) => beginClosing(state, { date: '2026-01-05', findings: [] }, context))
    .refused('day-not-open', { closing: '2026-01-04' })
  after
    .given(closed)
    .when((state, context) => beginClosing(state, { date: '2026-01-04', findings: [] }, context))
    .refused('day-not-open', { open: '2026-01-05' })
})

test('who closes a day out of order is told which one is next', async (t) => {
  const open = days(t).given(opened)
  const early = open.when((state, context) =>
    beginClosing(state, { date: '2026-01-05', findings: [] }, context),
  )
  const after = open.given(closing, closed)
  const again = after.when((state, context) =>
    beginClosing(state, { date: '2026-01-04', findings: [] }, context),
  )
  t.match(early.decision, {
    refusal: {
      message: "2026-01-05 can't be closed yet: the next to close is 2026-01-04",
      decision: { ways: ['close 2026-01-04 first'] },
    },
  })
  t.match(again.decision, {
    refusal: {
      message: '2026-01-04 was closed before: the next to close is 2026-01-05',
      decision: { ways: [] },
    },
  })
})

test('a day after today, as the business sees it, does not close', async (t) => {
  days(t, { now: '2026-01-03T15:59:59Z' })
    .given(opened)
    .when((state, context) => beginClosing(state, { date: '2026-01-04', findings: [] }, context))
    .refused('day-still-to-come', { today: '2026-01-03' })
    .in({ now: '2026-01-03T16:00:00Z' })
    .when((state, context) => beginClosing(state, { date: '2026-01-04', findings: [] }, context))
    .accepted()
})

test('a day that is still to come is refused as such, whatever day is open', async (t) => {
  days(t, { now: '2026-01-05T02:00:00Z' })
    .given(opened)
    .when((state, context) => beginClosing(state, { date: '2026-01-06', findings: [] }, context))
    .refused('day-still-to-come', { date: '2026-01-06', today: '2026-01-05' })
})

test('where the closing day has something to post is found a page at a time, each once', async (t) => {
  const finding =
    (after: string | undefined, facilityIds: string[], last: boolean) =>
    (state: BusinessDayState) =>
      findDueFacilities(state, { date: '2026-01-04', after, found: { facilityIds, last } })
  const due = (facilityIds: string[], last: boolean) =>
    BusinessDayDue({ date: '2026-01-04', facilityIds, last })
  const first = days(t)
    .given(opened, closing)
    .when(finding(undefined, ['A', 'B'], false))
  first
    .then(due(['A', 'B'], false))
    .when(finding(undefined, ['A', 'B'], false))
    .changesNothing()
    .when(finding('B', ['C'], true))
    .then(due(['C'], true))
    .when(finding('B', ['C'], true))
    .changesNothing()
    .given(closed)
    .when(finding(undefined, ['A'], true))
    .changesNothing()
  days(t)
    .given(opened, closing)
    .when(finding(undefined, [], true))
    .then(due([], true))
    .when(finding(undefined, [], true))
    .changesNothing()
})
