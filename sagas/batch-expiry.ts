/** Sets batches apart when the books come to their day. One instance a warehouse that has any. */

import { BusinessDayClosing } from '../domain/businessDay/businessDay.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import type { BatchName } from '../domain/stock/batches.ts'
import {
  BatchesExpired,
  StockCounted,
  StockReceived,
  StockTransferReceived,
} from '../domain/stock/events.ts'
import { BROADCAST, listen, type Reaction, type SagaCommand, saga } from './saga.ts'

export type BatchExpiry = Readonly<{
  warehouseId: string
  /** Days still to come on which some batch expires, if it is not sold by then. */
  dates: readonly LocalDate[]
}>

export const batchExpiry = saga<BatchExpiry>({
  name: 'batch-expiry',
  version: 1,
  listens: [
    listen(
      StockReceived,
      ({ data }) => data.warehouseId,
      (state, { data }) => noted(state, data.warehouseId, [data]),
    ),
    listen(
      StockCounted,
      ({ data }) => data.warehouseId,
      (state, { data }) => noted(state, data.warehouseId, data.batches),
    ),
    listen(
      StockTransferReceived,
      ({ data }) => data.warehouseId,
      (state, { data: { warehouseId, lines } }) =>
        noted(
          state,
          warehouseId,
          lines.flatMap(({ batches }) => batches),
        ),
    ),
    listen(
      BusinessDayClosing,
      () => BROADCAST,
      (state, { data: { next } }) => state && begun(state, next),
    ),
    listen(
      BatchesExpired,
      ({ data }) => data.warehouseId,
      (state, { data: { warehouseId, date, more } }) =>
        more ? { state: state ?? null, commands: [expire(warehouseId, date)] } : undefined,
    ),
  ],
})

/** Remembers days that were not known; most goods bring none. */
function noted(
  state: BatchExpiry | undefined,
  warehouseId: string,
  goods: readonly BatchName[],
): Reaction<BatchExpiry> | undefined {
  const known = new Set(state?.dates)
  const dates = new Set<LocalDate>()
  for (const { expiresOn } of goods) {
    if (expiresOn !== undefined && !known.has(expiresOn)) dates.add(expiresOn)
  }
  if (dates.size === 0) return undefined
  return { state: { warehouseId, dates: [...known, ...dates].sort() } }
}

function begun(
  { warehouseId, dates }: BatchExpiry,
  today: LocalDate,
): Reaction<BatchExpiry> | undefined {
  const later = dates.filter((date) => date > today)
  if (later.length === dates.length) return undefined
  return {
    state: later.length > 0 ? { warehouseId, dates: later } : null,
    commands: [expire(warehouseId, today)],
  }
}

function expire(warehouseId: string, date: LocalDate): SagaCommand {
  return { command: 'ExpireBatches', input: { warehouseId, date } }
}
