/** The official client on an embedded node, for tests of the node itself. */
import { EventStoreDBClient, type JSONEventType, jsonEvent } from '@eventstore/db-client'
import type { Teardown } from '../../support/postgres.ts'

export type Numbered = JSONEventType<string, { number: number }>

/** Closed when the test is over. */
export function connect(t: Teardown, port: number): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`)
  t.teardown(() => client.dispose())
  return client
}

export function numbered(number: number, type = 'Numbered', id?: string) {
  const event = { type, data: { number } }
  return jsonEvent<Numbered>(id === undefined ? event : { ...event, id })
}

export type Seen = Readonly<{ stream: string; type: string; number: number }>

type Delivered = Readonly<{ event?: { streamId: string; type: string; data: unknown } }>
type Subscription = Readonly<{
  on: ((event: 'data', listener: (delivered: Delivered) => void) => unknown) &
    ((event: 'error', listener: () => void) => unknown)
}>

/** What a subscription delivers; `reached` resolves when so many events are there. */
export function seenBy(subscription: Subscription) {
  const seen: Seen[] = []
  let check: () => void = () => undefined
  subscription.on('error', () => undefined)
  subscription.on('data', ({ event }) => {
    if (event === undefined) return
    seen.push({ stream: event.streamId, type: event.type, number: numberOf(event.data) })
    check()
  })
  const reached = (count: number) =>
    new Promise<readonly Seen[]>((resolve) => {
      check = () => {
        if (seen.length >= count) resolve(seen)
      }
      check()
    })
  return { seen, reached }
}

function numberOf(data: unknown): number {
  if (typeof data !== 'object' || data === null || !('number' in data)) return Number.NaN
  return Number(data.number)
}

/** Resolves when the server has taken the subscription. */
export function confirmed(subscription: {
  once: (event: 'confirmation', listener: () => void) => unknown
}): Promise<void> {
  return new Promise((resolve) => subscription.once('confirmation', resolve))
}
