import { test } from 'tap'
import {
  BusinessDayClosed,
  BusinessDayClosing,
  BusinessDayOpened,
  businessDay,
  PeriodClosed,
} from '../../../domain/businessDay/businessDay.ts'
import type { Finding } from '../../../domain/businessDay/closing-checks.ts'
import { closePeriod } from '../../../domain/businessDay/periods.ts'
import { scenarios } from '../../support/given.ts'

const days = scenarios(businessDay)
const totals = { debit: '5.00', credit: '5.00', accounts: [] }

const opened = BusinessDayOpened({ date: '2026-01-30' })
const day = (date: string, next: string) => [
  BusinessDayClosing({ date, next }),
  BusinessDayClosed({ date, totals }),
]
const january = [...day('2026-01-30', '2026-01-31'), ...day('2026-01-31', '2026-02-01')]

const closing = (period: string, findings: readonly Finding[] = []) => ({
  period,
  totals,
  findings,
})

test('a period closes with its last day, though the books began in its midst', async (t) => {
  days(t)
    .given(opened, ...january)
    .when((state) => closePeriod(state, closing('2026-01')))
    .then(PeriodClosed({ period: '2026-01', totals }))
})

test('a period is blocked by its open days', async (t) => {
  days(t)
    .given(opened, ...january.slice(0, 3))
    .when((state) => closePeriod(state, closing('2026-01')))
    .refused('period-blocked', {
      blocks: [
        { check: 'days-open', count: 1, examples: [{ next: '2026-01-31', last: '2026-01-31' }] },
      ],
    })
})

test('what blocks a period is named, each with what ends it', async (t) => {
  const unknown: Finding = { check: 'payments-unknown', count: 12, examples: [{ paymentId: 'P' }] }
  days(t)
    .given(opened, ...january)
    .when((state) => closePeriod(state, closing('2026-01', [unknown])))
    .refused('period-blocked', { blocks: [{ ...unknown, ways: [/capture or \/fail/] }] })
    .when((state) => closePeriod(state, closing('2026-01')))
    .then(PeriodClosed({ period: '2026-01', totals }))
})

test('periods close in order, once', async (t) => {
  const after = days(t).given(opened, ...january)
  after
    .when((state) => closePeriod(state, closing('2026-02')))
    .refused('period-not-next', { next: '2026-01' })
  after
    .when((state) => closePeriod(state, closing('2025-12')))
    .refused('period-not-next', { next: '2026-01' })
  after
    .given(PeriodClosed({ period: '2026-01', totals }))
    .when((state) => closePeriod(state, closing('2026-01')))
    .refused('period-not-next', { next: '2026-02' })
})

test('no period closes before the books were opened', async (t) => {
  days(t)
    .when((state) => closePeriod(state, closing('2026-01')))
    .refused('period-not-next', { next: null })
})
