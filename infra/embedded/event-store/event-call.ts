/** The response side of a `Read` call: sends messages as fast as the client takes them. */
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { batches, type MessageBatch } from './message-batch.ts'

export type ReadCall = ServerWritableStream<ReadReq, MessageBatch>

export type Sink = Readonly<{
  /** Resolves when the client has room for more, or is gone. */
  send: (messages: readonly Buffer[]) => Promise<void>
  isGone: () => boolean
  /** Calls back when the client is gone, until the returned function is called. */
  onGone: (gone: () => void) => () => void
}>

export function sinkOf(call: ReadCall): Sink {
  const isGone = () => call.cancelled || call.destroyed || call.writableEnded
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
  const send = async (messages: readonly Buffer[]) => {
    for (const batch of batches(messages)) {
      if (isGone()) return
      if (!call.write(batch)) await drained()
    }
  }
  return { send, isGone, onGone }
}
