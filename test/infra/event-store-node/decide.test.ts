/** Laws of deciding appends. What each case answers is in the conformance kit. */
import * as fc from 'fast-check'
import { test } from 'tap'
import {
  type AppendRequest,
  type Committed,
  type DecidedGroup,
  decideGroup,
} from '../../../infra/embedded/event-store/append-group.ts'
import {
  type Expectation,
  NO_STREAM,
  type RecordedEvent,
} from '../../../infra/embedded/event-store/log-event.ts'

const nowMs = 1_000
const noBytes = new Uint8Array(0)

const expectation: fc.Arbitrary<Expectation> = fc.oneof(
  fc.constantFrom<Expectation>('any', 'no_stream', 'stream_exists'),
  fc.bigInt({ min: 0n, max: 5n }),
)
const request: fc.Arbitrary<AppendRequest> = fc.record({
  stream: fc.constantFrom('a', 'b'),
  expected: expectation,
  events: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }).map((ids) => ids.map(proposed)),
  bytes: fc.constant(0),
  deadlineMs: fc.constantFrom(nowMs - 1, nowMs + 1),
})
const requests = fc.array(request, { maxLength: 12 })

function proposed(id: number) {
  return { id: String(id), type: 't', isJson: true, metadata: noBytes, data: noBytes }
}

/** A log that holds these events and no others. */
function holding(events: readonly RecordedEvent[]): Committed {
  const inStream = (stream: string) => events.filter((event) => event.stream === stream)
  return {
    head: (stream) => inStream(stream).at(-1)?.revision ?? NO_STREAM,
    firstWritten: (stream, id) => inStream(stream).find((event) => event.id === id),
    positionOf: (stream, revision, id) =>
      inStream(stream).find((event) => event.revision === revision && event.id === id)?.position,
  }
}

/** Decides each request in a transaction of its own. */
function oneByOne(requests: readonly AppendRequest[]): Pick<DecidedGroup, 'answers' | 'events'> {
  const events: RecordedEvent[] = []
  const answers = requests.flatMap((request) => {
    const last = events.at(-1)?.position ?? 0n
    const decided = decideGroup([request], holding(events), last, nowMs)
    events.push(...decided.events)
    return decided.answers
  })
  return { answers, events }
}

test('appends decided together end as if decided one by one', async () => {
  fc.assert(
    fc.property(requests, (requests) => {
      const together = decideGroup(requests, holding([]), 0n, nowMs)
      const apart = oneByOne(requests)
      return (
        fc.stringify(together.answers) === fc.stringify(apart.answers) &&
        fc.stringify(together.events) === fc.stringify(apart.events)
      )
    }),
  )
})

test('an append at an exact revision that is sent again is answered again, and not written', async () => {
  fc.assert(
    fc.property(requests, request, (before, again) => {
      fc.pre(typeof again.expected === 'bigint' || again.expected === 'no_stream')
      const { events } = oneByOne(before)
      const last = events.at(-1)?.position ?? 0n
      const first = decideGroup([again], holding(events), last, nowMs)
      fc.pre(first.answers[0]?.kind === 'written')
      const second = decideGroup([again], holding([...events, ...first.events]), last + 9n, nowMs)
      return (
        second.events.length === 0 && fc.stringify(second.answers) === fc.stringify(first.answers)
      )
    }),
  )
})

test('revisions of a stream have no gap and positions grow', async () => {
  fc.assert(
    fc.property(requests, (requests) => {
      const { events } = decideGroup(requests, holding([]), 0n, nowMs)
      return ['a', 'b'].every((stream) =>
        events
          .filter((event) => event.stream === stream)
          .every(({ revision }, index) => revision === BigInt(index)),
      )
    }),
  )
})

test('an append whose deadline has passed is not written', async (t) => {
  const late = { stream: 'a', events: [proposed(1)], bytes: 0, deadlineMs: nowMs }
  const decided = decideGroup([{ ...late, expected: 'any' }], holding([]), 0n, nowMs)
  t.same(decided.answers, [{ kind: 'expired' }])
  t.same(decided.events, [])
})
