/** Any event by what one looks for; the state of any aggregate at any revision or instant. */

import { isMap, isSet } from 'immutable'
import { z } from 'zod'
import { DayOrInstant } from '../commands/day-or-instant.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { Decimal } from '../domain/kernel/money.ts'
import { Id, line } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { decodeCursor, Paging, Position, pageOf, positionIn, searched } from './cursor.ts'
import { shown, wholeEvents } from './events.ts'
import { instantOf, Period } from './period.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { AUDIT } from './visibility.ts'

const EventsQuery = Paging.extend({
  stream: searched(200).optional(),
  type: searched(100).optional(),
  dealerId: Id.optional(),
  correlationId: searched(100).optional(),
  actor: searched(200).optional(),
  ...Period.shape,
  fromPosition: Position.optional(),
})

const StateQuery = z
  .object({
    revision: z.coerce.number().int().min(0).optional(),
    at: DayOrInstant.optional(),
  })
  .refine(({ revision, at }) => revision === undefined || at === undefined, {
    message: 'name a revision or an instant, not both',
  })

export function addAudit(server: Server, ports: ReadPorts): void {
  const { waitFor } = ports
  addRead(server, waitFor, {
    path: '/audit/events',
    summary: 'Whole events, in position order',
    models: ['audit'],
    roles: AUDIT,
    query: EventsQuery,
    handle: async ({ query }) => ({ body: await events(ports, query) }),
  })
  addRead(server, waitFor, {
    path: '/audit/streams/:stream/state',
    summary: "An aggregate's state as of a revision or an instant, by the domain's own fold",
    models: [],
    roles: AUDIT,
    params: z.object({ stream: line(200) }),
    query: StateQuery,
    handle: async ({ params, query }) => ({ body: await stateOf(ports, params.stream, query) }),
  })
}

async function events(
  { db, store, timeZone }: ReadPorts,
  { limit, cursor, fromPosition, ...filter }: z.output<typeof EventsQuery>,
) {
  const after = positionIn(decodeCursor(cursor, 1))
  let query = db.selectFrom('audit_events').select(['position', 'stream', 'revision'])
  if (filter.stream !== undefined) query = query.where('stream', '=', filter.stream)
  if (filter.type !== undefined) query = query.where('type', '=', filter.type)
  if (filter.dealerId !== undefined) query = query.where('dealer_id', '=', filter.dealerId)
  if (filter.correlationId !== undefined) {
    query = query.where('correlation_id', '=', filter.correlationId)
  }
  if (filter.actor !== undefined) query = query.where('actor_user', '=', filter.actor)
  if (filter.from !== undefined)
    query = query.where('recorded_at', '>=', instantOf(filter.from, timeZone))
  if (filter.to !== undefined)
    query = query.where('recorded_at', '<', instantOf(filter.to, timeZone))
  if (fromPosition !== undefined) query = query.where('position', '>=', BigInt(fromPosition))
  if (after !== undefined) query = query.where('position', '>', after)
  const places = await query
    .orderBy('position')
    .limit(limit + 1)
    .execute()
  const { nextCursor } = pageOf(places, limit, ({ position }) => [String(position)], String)
  const found = await wholeEvents(store, places.slice(0, limit))
  return { items: found.map(shown), nextCursor }
}

async function stateOf(
  { store, aggregates, timeZone }: ReadPorts,
  stream: string,
  { revision, at }: z.output<typeof StateQuery>,
) {
  const aggregate = aggregates.get(stream.split('-', 1)[0] ?? '')
  if (aggregate === undefined) {
    throw new Problem(404, 'stream-unknown', `There is no stream ${stream}.`)
  }
  const until = at === undefined ? undefined : instantOf(at, timeZone)
  let state = aggregate.initial
  let last: RecordedEvent | undefined
  for await (const event of store.readStream(stream)) {
    if (revision !== undefined && event.revision > BigInt(revision)) break
    if (until !== undefined && new Date(event.metadata.recordedAt) > until) break
    state = aggregate.evolve(state, event, event)
    last = event
  }
  if (last === undefined) {
    throw new Problem(404, 'stream-unknown', `There was no stream ${stream} then.`)
  }
  return {
    stream,
    revision: Number(last.revision),
    position: String(last.position),
    at: last.metadata.recordedAt,
    state: readable(state),
  }
}

/** A state as JSON: maps as objects, sets as arrays, decimals as strings. */
function readable(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (Decimal.isDecimal(value)) return String(value)
  if (isMap(value)) {
    return Object.fromEntries([...value].map(([key, item]) => [String(key), readable(item)]))
  }
  if (isSet(value)) return [...value].map(readable)
  if (Symbol.iterator in value) return [...(value as Iterable<unknown>)].map(readable)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readable(item)]))
}
