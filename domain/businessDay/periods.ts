/** Periods are calendar months. One closes, in order and once, when all its days have closed. */

import { daysBetween, endOfMonth, nextPeriod, periodOf } from '../kernel/dates.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import type { Period } from '../kernel/values.ts'
import { type BusinessDayState, type DayTotals, PeriodClosed } from './businessDay.ts'
import { blocksOf, type Finding } from './closing-checks.ts'

export type ClosePeriod = Readonly<{
  period: Period
  totals: DayTotals
  findings: readonly Finding[]
}>

/**
 * Closes a period with its totals. Its last day has closed before, so that its books stand already: what
 * comes to be known is booked on the open day. Refuses `period-not-next` and `period-blocked`.
 */
export function closePeriod(
  state: BusinessDayState,
  { period, totals, findings }: ClosePeriod,
): Decision {
  const next = nextToClose(state)
  if (period !== next) return outOfOrder(period, next)
  const blocks = blocksOf([daysOpen(state, period), ...findings])
  if (blocks.length > 0) return blocked(period, blocks)
  return accept(PeriodClosed({ period, totals }))
}

/** The period that is to be closed next; undefined before the books were opened. */
function nextToClose({ firstDay, closedPeriod }: BusinessDayState): Period | undefined {
  if (closedPeriod !== undefined) return nextPeriod(closedPeriod)
  return firstDay === undefined ? undefined : periodOf(firstDay)
}

/** A closing day is not closed yet. */
function daysOpen({ closing, open = '' }: BusinessDayState, period: Period): Finding {
  const oldest = closing ?? open
  const last = endOfMonth(`${period}-01`)
  const isOpen = oldest <= last
  return {
    check: 'days-open',
    count: isOpen ? daysBetween(oldest, last) + 1 : 0,
    examples: isOpen ? [{ next: oldest, last }] : [],
  }
}

function outOfOrder(period: Period, next: Period | undefined): Decision {
  const isOver = next !== undefined && period < next
  return refuse('period-not-next', {
    kind: 'state',
    message: isOver
      ? `${period} was closed before, or was before the books: the next to close is ${next}`
      : `${period} can't be closed yet: the next to close is ${next ?? 'none'}`,
    inputs: { period, next: next ?? null },
    ways: next === undefined || isOver ? [] : [`close ${next} first`],
  })
}

function blocked(period: Period, blocks: ReturnType<typeof blocksOf>): Decision {
  return refuse('period-blocked', {
    kind: 'state',
    message: `${period} can't be closed: ${blocks.map(({ message }) => message).join('; ')}`,
    inputs: { period, blocks },
    ways: [...new Set(blocks.flatMap(({ ways }) => ways))],
  })
}
