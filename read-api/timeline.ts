/** The whole causal story of an order, over all streams. */

import { sql } from 'kysely'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import type { ReadDatabase } from './database.ts'
import { type Place, wholeEvents } from './events.ts'
import type { ReadPorts } from './ports.ts'

const MOST_ITEMS = 1_000

/** The events of the story in the order they were recorded. */
export async function timeline(ports: ReadPorts, orderId: string, paymentIds: readonly string[]) {
  const own = [`order-${orderId}`, ...paymentIds.map((id) => `payment-${id}`)]
  const events = await wholeEvents(ports.store, await placesOf(ports.db, orderId, own))
  return events.map((event) => itemOf(event, ports.describe(event)))
}

/**
 * What speaks of the order, what settled its receivables, the order and its payments themselves, and
 * all that followed from a command to one of these; not what other orders and payments have in common
 * with it.
 */
async function placesOf(
  db: ReadDatabase,
  orderId: string,
  own: readonly string[],
): Promise<readonly Place[]> {
  const { rows } = await sql<Place>`
    with own as (
      select position, correlation_id from read.audit_events where stream = any(${own})
    )
    select stream, revision from read.audit_events
    where position in (
      select position from read.order_events where order_id = ${orderId}
      union select a.position
        from read.allocations a join read.receivables r using (receivable_id)
        where r.order_id = ${orderId}
      union select position from own
      union select e.position
        from read.audit_events e
        where e.correlation_id in (select correlation_id from own)
    )
    and (stream = any(${own}) or split_part(stream, '-', 1) not in ('order', 'payment'))
    order by position limit ${MOST_ITEMS}`.execute(db)
  return rows
}

function itemOf(
  { position, stream, revision, id, type, metadata }: RecordedEvent,
  summary: string,
) {
  return {
    position: String(position),
    at: metadata.recordedAt,
    stream,
    revision: Number(revision),
    eventId: id,
    type,
    actor: metadata.actor,
    causationId: metadata.causationId,
    correlationId: metadata.correlationId,
    commandId: metadata.commandId,
    summary,
  }
}
