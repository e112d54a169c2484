/** What a receivable that is paid late costs (DOMAIN: Overdue). Arithmetic only. */

import { addDays, daysBetween, later } from '../kernel/dates.ts'
import { type Decimal, decimal, netOf, round, sum, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'

/** A principal and what made it smaller, by value dates. */
export type Principal = Readonly<{
  amount: string
  dueOn: LocalDate
  /** Days after the due date on which paying is still free. */
  graceDays: number
  /** A fraction of the principal for each day. */
  dailyRate: string
  reductions: readonly Readonly<{ amount: Decimal; on: LocalDate }>[]
}>

/** The last day on which paying is still free. */
export function graceUntil({
  dueOn,
  graceDays,
}: Pick<Principal, 'dueOn' | 'graceDays'>): LocalDate {
  return addDays(dueOn, graceDays)
}

/**
 * All fees for the days up to the end of `date`, rounded once: for each day after the due date, the
 * principal outstanding at its end × the daily rate. Nothing while grace lasts, nor if nothing was
 * outstanding at the end of its last day.
 */
export function lateFeeThrough(principal: Principal, date: LocalDate): Decimal {
  const free = graceUntil(principal)
  if (date <= free || !outstandingAt(principal, free).greaterThan(0)) return ZERO
  const first = addDays(principal.dueOn, 1)
  const days = (from: LocalDate) => Math.max(0, daysBetween(from, date) + 1)
  const owed = decimal(principal.amount).times(days(first))
  const paid = sum(
    principal.reductions.map(({ amount, on }) => amount.times(days(later(on, first)))),
  )
  return round(owed.minus(paid).times(principal.dailyRate))
}

function outstandingAt({ amount, reductions }: Principal, endOf: LocalDate): Decimal {
  const before = reductions.filter(({ on }) => on <= endOf)
  return decimal(amount).minus(sum(before.map((reduction) => reduction.amount)))
}

export type FeeStep = Readonly<{ gross: Decimal; net: Decimal; tax: Decimal }>

/**
 * A fee's next step, from one running total to another, with its VAT; all negative on the way down. The
 * parts of a fee so add up, net and gross alike.
 */
export function feeStep(before: Decimal, after: Decimal, taxRate: string): FeeStep {
  const rate = decimal(taxRate)
  const gross = after.minus(before)
  const net = netOf(after, rate).minus(netOf(before, rate))
  return { gross, net, tax: gross.minus(net) }
}
