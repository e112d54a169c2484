/** What the log holds: events as they are proposed, and as they stand once recorded. */
import { eventMessage } from './event-message.ts'

export type ProposedEvent = Readonly<{
  id: string // a UUID, lower case
  type: string
  isJson: boolean
  metadata: Uint8Array // empty when there is none
  data: Uint8Array
}>

/** An event with its place in the log and in its stream. */
export type RecordedEvent = ProposedEvent &
  Readonly<{
    position: bigint // of the log; from 1 on, growing, with gaps
    stream: string
    revision: bigint // of the stream; from 0 on, without gaps
    createdMs: number
  }>

/** A recorded event as it goes to readers: what filters look at, and the message, ready to send. */
export type LogEvent = Readonly<{
  position: bigint
  stream: string
  revision: bigint
  type: string
  message: Buffer
}>

/** The head of a stream that is not there. */
export const NO_STREAM = -1n

/** What the writer of an append expects of the stream: anything, absence, presence, or a revision. */
export type Expectation = 'any' | 'no_stream' | 'stream_exists' | bigint

const TICKS_PER_MS = '0000' // .NET counts in 100 ns

export function toLogEvent(event: RecordedEvent): LogEvent {
  const { position, stream, revision, type } = event
  const message = eventMessage({
    ...event,
    stream: Buffer.from(stream),
    id: Buffer.from(event.id),
    type: Buffer.from(type),
    created: Buffer.from(`${event.createdMs}${TICKS_PER_MS}`),
  })
  return { position, stream, revision, type, message }
}
