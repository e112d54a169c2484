/** The response side of a `Read` call: sends messages as fast as the client takes them. */

import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { toLogEvent } from './event-message.ts'
import type { LogEvent, RecordedEvent } from './log-event.ts'

export type ReadCall = ServerWritableStream<ReadReq, Buffer>

export type Sink = Readonly<{
  /** Undefined while the client keeps up; otherwise resolves when it has caught up, or is gone. */
  send: (message: Buffer) => Promise<void> | undefined
  isGone: () => boolean
  /** Calls back once when the client is gone; until the returned function is called. */
  onGone: (gone: () => void) => () => void
}>

export function sinkOf(call: ReadCall): Sink {
  const onGone = (gone: () => void) => {
    call.once('cancelled', gone)
    call.once('close', gone)
    return () => {
      call.off('cancelled', gone)
      call.off('close', gone)
    }
  }
  const drained = () =>
    new Promise<void>((resolve) => {
      const done = () => {
        forget()
        call.off('drain', done)
        resolve()
      }
      const forget = onGone(done)
      call.once('drain', done)
    })
  const isGone = () => call.cancelled || call.destroyed
  return {
    send: (message) => (isGone() || call.write(message) ? undefined : drained()),
    isGone,
    onGone,
  }
}

/** The message of an event, whether it comes from memory or from Postgres. */
export function messageOf(event: LogEvent | RecordedEvent): Buffer {
  return 'message' in event ? event.message : toLogEvent(event).message
}
