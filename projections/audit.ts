/** Where every event is, by everything one looks for; the events themselves stay in their streams. */

import type { RecordedEvent } from '../domain/kernel/event.ts'
import { TimerFired } from '../domain/timer/timer.ts'
import { type Change, readModel } from './read-model.ts'

const MOST_ORDERS = 1000

function textField(data: unknown, name: string): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const value = (data as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}

/** Those whose instances are orders, by their ids. */
const SAGAS_OF_ORDERS: ReadonlySet<string> = new Set(['order-fulfilment', 'order-review'])

/** The orders an event speaks of: its own, those a payment names, the one a timer was set for. */
function ordersOf(event: RecordedEvent): readonly string[] {
  const own = textField(event.data, 'orderId')
  if (own !== undefined) return [own]
  if (event.type === TimerFired.eventType) {
    return SAGAS_OF_ORDERS.has(textField(event.data, 'saga') ?? '')
      ? [textField(event.data, 'key') ?? []].flat()
      : []
  }
  const named = (event.data as Readonly<{ orderIds?: unknown }> | null)?.orderIds
  return Array.isArray(named)
    ? named.filter((id): id is string => typeof id === 'string').slice(0, MOST_ORDERS)
    : []
}

export const audit = readModel({
  name: 'audit',
  version: 2,
  tables: {
    audit_events: {
      columns: {
        position: { type: 'bigint' },
        event_id: { type: 'text' },
        stream: { type: 'text' },
        revision: { type: 'bigint' },
        type: { type: 'text' },
        dealer_id: { type: 'text', nullable: true },
        correlation_id: { type: 'text' },
        causation_id: { type: 'text' },
        command_id: { type: 'text' },
        actor_user: { type: 'text' },
        actor_role: { type: 'text' },
        recorded_at: { type: 'timestamptz' },
        booked_on: { type: 'date' },
      },
      key: ['position'],
      indexes: [
        ['event_id'],
        ['stream', 'revision'],
        ['type', 'position'],
        ['dealer_id', 'position'],
        ['correlation_id'],
        ['actor_user', 'position'],
        ['recorded_at'],
      ],
    },
    order_events: {
      columns: { order_id: { type: 'text' }, position: { type: 'bigint' } },
      key: ['order_id', 'position'],
    },
  },
  every: (event): Change[] => {
    const { position, id, stream, revision, type, data, metadata } = event
    return [
      {
        op: 'put',
        table: 'audit_events',
        row: {
          position,
          event_id: id,
          stream,
          revision,
          type,
          dealer_id: textField(data, 'dealerId') ?? metadata.actor.dealerId ?? null,
          correlation_id: metadata.correlationId,
          causation_id: metadata.causationId,
          command_id: metadata.commandId,
          actor_user: metadata.actor.user,
          actor_role: metadata.actor.role,
          recorded_at: metadata.recordedAt,
          booked_on: metadata.bookedOn,
        },
      },
      ...ordersOf(event).map(
        (orderId): Change => ({
          op: 'put',
          table: 'order_events',
          row: { order_id: orderId, position },
        }),
      ),
    ]
  },
})
