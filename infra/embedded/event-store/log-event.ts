/** What the log holds: events as they are proposed, and as they stand once recorded. */

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

/** A recorded event as it goes to subscribers: what filters look at, and the message, ready to send. */
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
