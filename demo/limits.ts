/** Credit limits that let every order pass: each dealer's highest exposure, rounded up. */

import { type Decimal, decimal, ZERO } from '../domain/kernel/money.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import { LIMIT_STEP, statementDay } from './assumptions.ts'
import type { PlannedOrder } from './orders.ts'

type Movement = Readonly<{ on: LocalDate; amount: Decimal }>

/** The limit of a dealer with these orders, in whole steps, at least one. */
export function limitFor(orders: readonly PlannedOrder[]): string {
  const steps = peakOf(orders.flatMap(movementsOf)).dividedBy(LIMIT_STEP).ceil()
  return steps.lessThan(1) ? String(LIMIT_STEP) : steps.times(LIMIT_STEP).toFixed()
}

/** An order counts from the day it is placed until a statement shows its money; one never shipped, for ever. */
function movementsOf({ total, placedOn, shipping }: PlannedOrder): readonly Movement[] {
  const amount = decimal(total)
  const placed = { on: placedOn, amount }
  return shipping === undefined
    ? [placed]
    : [placed, { on: statementDay(shipping.paidOn), amount: amount.negated() }]
}

/** What comes in on a day is counted after what goes out on it. */
function peakOf(movements: readonly Movement[]): Decimal {
  const inOrder = [...movements].sort(
    (one, other) => one.on.localeCompare(other.on) || other.amount.comparedTo(one.amount),
  )
  let exposure = ZERO
  let peak = ZERO
  for (const { amount } of inOrder) {
    exposure = exposure.plus(amount)
    if (exposure.greaterThan(peak)) peak = exposure
  }
  return peak
}
