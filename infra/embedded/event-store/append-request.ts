/** Puts together what a client sends of an append, and checks it. */
import type { AppendReq, BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { AppendRequest } from './append-group.ts'
import type { Expectation, ProposedEvent } from './log-event.ts'

/** As EventStoreDB has it by default; counts data, not metadata. */
export const MAX_APPEND_BYTES = 1024 * 1024

const MAX_WHOLE_BYTES = 4 * 1024 * 1024 // data, metadata and types of one append
const MAX_STREAM_NAME_BYTES = 2_000 // Postgres keeps names in an index
const EVENT_OVERHEAD_BYTES = 64

type Options = AppendReq.Options | BatchAppendReq.Options
type Proposed = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage

export type Refusal = Readonly<{ kind: 'too-large' | 'unintelligible' | 'stream-metadata' }>

export type Draft = Readonly<{
  stream: string
  expected: Expectation
  add: (proposed: Proposed) => void
  /** The append as it stands, or why it can't be done. */
  finish: () => AppendRequest | Refusal
}>

/** Beyond the size limit events are counted, not kept. */
export function draftAppend(options: Options, deadlineMs: number): Draft {
  const stream = Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()
  const events: ProposedEvent[] = []
  let dataBytes = 0
  let bytes = 0
  const expected = expectation(options)
  let isIntelligible = isStreamName(stream)
  const isTooLarge = () => dataBytes > MAX_APPEND_BYTES || bytes > MAX_WHOLE_BYTES
  return {
    stream,
    expected,
    add: (proposed) => {
      const event = proposedEvent(proposed)
      isIntelligible &&= isEvent(event)
      dataBytes += event.data.length
      bytes += event.data.length + event.metadata.length + event.type.length + EVENT_OVERHEAD_BYTES
      if (isTooLarge()) events.length = 0
      else events.push(event)
    },
    finish: () => {
      if (!isIntelligible) return { kind: 'unintelligible' }
      if (stream.startsWith('$$')) return { kind: 'stream-metadata' }
      if (isTooLarge()) return { kind: 'too-large' }
      return { stream, expected, events, bytes, deadlineMs }
    },
  }
}

function expectation(options: Options): Expectation {
  if (options.hasAny()) return 'any'
  if (options.hasNoStream()) return 'no_stream'
  if (options.hasStreamExists()) return 'stream_exists'
  return BigInt('getRevision' in options ? options.getRevision() : options.getStreamPosition())
}

function proposedEvent(proposed: Proposed): ProposedEvent {
  const metadata = proposed.getMetadataMap()
  return {
    id: proposed.getId()?.getString().toLowerCase() ?? '',
    type: metadata.get('type') ?? '',
    isJson: metadata.get('content-type') === 'application/json',
    metadata: proposed.getCustomMetadata_asU8(),
    data: proposed.getData_asU8(),
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const isEvent = ({ id, type }: ProposedEvent) =>
  UUID.test(id) && type !== '' && !type.includes('\0')

const isStreamName = (name: string) =>
  name !== '' &&
  name !== '$$' &&
  !name.includes('\0') &&
  Buffer.byteLength(name) <= MAX_STREAM_NAME_BYTES
