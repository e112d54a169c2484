/** Returns as reads show them. */

import type { Selectable } from 'kysely'
import type { ReadDatabase, Tables } from './database.ts'

export type ReturnRow = Selectable<Tables['returns']>

export function returnOf(row: ReturnRow) {
  return {
    returnId: row.return_id,
    orderId: row.order_id,
    dealerId: row.dealer_id,
    status: row.status,
    statusReason: row.reason === null ? null : { code: 'rejected', message: row.reason },
    note: row.note,
    lines: row.lines,
    approved: row.approved,
    received: row.received,
    places: row.places,
    restockingFee: row.restocking_fee,
    amount: row.amount,
    net: row.net,
    tax: row.tax,
    credit: row.credit,
    requestedBy: row.requested_by,
    decidedBy: row.decided_by,
    receivedBy: row.received_by,
    requestedAt: row.requested_at.toISOString(),
    requestedOn: row.requested_on,
    effectiveOn: row.effective_on,
  }
}

/** What an order shows of a return. */
export type ShortReturn = Pick<
  ReturnType<typeof returnOf>,
  'returnId' | 'status' | 'lines' | 'received' | 'amount' | 'restockingFee' | 'effectiveOn'
>

/** The returns of some orders, by the order's id, in the order they were asked for. */
export async function returnsOf(
  db: ReadDatabase,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ShortReturn[]>> {
  const rows = await db
    .selectFrom('returns')
    .selectAll()
    .where('order_id', 'in', orderIds)
    .orderBy('position')
    .execute()
  const grouped = Map.groupBy(rows, ({ order_id }) => order_id)
  return new Map([...grouped].map(([orderId, of]) => [orderId, of.map(shortOf)]))
}

function shortOf(row: ReturnRow): ShortReturn {
  const { returnId, status, lines, received, amount, restockingFee, effectiveOn } = returnOf(row)
  return { returnId, status, lines, received, amount, restockingFee, effectiveOn }
}
