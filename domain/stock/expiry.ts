/** Batches whose day has come: they are there, and in quarantine until they are written off. */

import type { DecisionContext } from '../context.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { BatchPart } from './batches.ts'
import { isExpired, outdated, take, total, unitsOf } from './batches.ts'
import { BatchesExpired } from './events.ts'
import { afterLoss } from './shortage.ts'
import type { StockState } from './state.ts'

/** So many SKUs are set apart by one event, so that it stays small. */
export const SKUS_AT_ONCE = 500

export type ExpireBatches = Readonly<{ warehouseId: string; date: LocalDate }>

type Line = Readonly<{ sku: string; quantity: number; batches: BatchPart[] }>

/**
 * Sets apart what has expired by a day, some SKUs at a time; `more` asks to be sent again. Orders to which
 * it was promised are let go, the newest first. With nothing to set apart it changes nothing.
 */
export function expireBatches(
  state: StockState,
  { warehouseId, date }: ExpireBatches,
  { reference, today: open }: DecisionContext,
): Decision {
  const due = dueLines(state, date)
  if (due.length === 0) return accept()
  const lines = due.slice(0, SKUS_AT_ONCE)
  const today = date > open ? date : open
  const losses = lines.map(({ sku }) => ({ sku, quantity: 0 })) // not available today already
  return accept(
    BatchesExpired({ warehouseId, date, lines, more: due.length > lines.length }),
    ...afterLoss(state, losses, { warehouseId, today, reference }),
  )
}

/** Those that are due, and one more where there are too many for one event. */
function dueLines({ levels }: StockState, date: LocalDate): Line[] {
  const due: Line[] = []
  const isDue = outdated(date)
  for (const [sku, { batches }] of levels) {
    const quantity = unitsOf(batches, isDue)
    if (quantity === 0) continue
    due.push({ sku, quantity, batches: take(batches, quantity, isDue) })
    if (due.length > SKUS_AT_ONCE) break
  }
  return due
}

/** What is set apart at once, of goods that just came in. */
export function expiredOnArrival(
  warehouseId: string,
  arrived: readonly Readonly<{ sku: string; batches: readonly BatchPart[] }>[],
  today: LocalDate,
) {
  const lines = arrived.flatMap(({ sku, batches }): Line[] => {
    const expired = batches.filter((batch) => isExpired(batch, today))
    return expired.length > 0 ? [{ sku, quantity: total(expired), batches: expired }] : []
  })
  return lines.length > 0 ? [BatchesExpired({ warehouseId, date: today, lines, more: false })] : []
}
