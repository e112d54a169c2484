/**
 * Appends over one long-lived batch-append call, with bookkeeping of our own.
 *
 * The client's own `appendToStream` uses the same call, but its bookkeeping is global to the module:
 * an error on one call fails the appends of all others and their late answers then end the process,
 * as does a cut while its write queue is full. Here every append ends in one of four answers, in time,
 * and a late answer is ignored. See `docs/decisions/event-store-client.md`.
 */

import { randomUUID } from 'node:crypto'
import {
  AccessDeniedError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError.js'
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js'
import streamsMessages, {
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import timestampMessages from 'google-protobuf/google/protobuf/timestamp_pb.js'
import type { ExpectedRevision } from '../../commands/event-store.ts'
import type { EncodedEvent } from './codec.ts'

const { BatchAppendReq: Request } = streamsMessages
const { Empty, StreamIdentifier, UUID } = sharedMessages
const { Timestamp } = timestampMessages

/** An append as it goes over the wire, but for its deadline and correlation. */
export type AppendMessage = Readonly<{
  stream: string
  expected: ExpectedRevision
  events: readonly BatchAppendReq.ProposedMessage[]
  bytes: number
}>

export type Answer =
  | Readonly<{ kind: 'stored'; revision: bigint; position: bigint }>
  | Readonly<{ kind: 'wrong-revision'; actual: bigint | undefined }>
  /** Never to be sent again as it is. */
  | Readonly<{ kind: 'rejected'; error: Error }>
  /** Stored or not: nobody knows. */
  | Readonly<{ kind: 'unknown'; cause: Error; silent: boolean }>

export type AppendCall = ClientDuplexStream<BatchAppendReq, BatchAppendResp>

export type AppendLine = Readonly<{
  /**
   * Always resolves, at the latest after the time-out. A call that has said nothing at all meanwhile is
   * given up; the next append opens another.
   */
  append: (message: AppendMessage, timeoutMs: number) => Promise<Answer>
  inFlight: () => Readonly<{ count: number; bytes: number }>
  /** Ends the call; what is in flight has an unknown outcome. */
  close: () => void
}>

/** Per event: its id, its type's frame and the content type. */
const FRAME_BYTES = 128

export function appendMessage(
  stream: string,
  expected: ExpectedRevision,
  encoded: readonly EncodedEvent[],
): AppendMessage {
  let bytes = 0
  const events = encoded.map(({ id, type, data, metadata }) => {
    const dataBytes = Buffer.from(JSON.stringify(data))
    const metadataBytes = Buffer.from(JSON.stringify(metadata))
    bytes += FRAME_BYTES + type.length + dataBytes.length + metadataBytes.length
    const message = new Request.ProposedMessage()
    message.setId(new UUID().setString(id))
    message.getMetadataMap().set('type', type).set('content-type', 'application/json')
    message.setData(dataBytes)
    message.setCustomMetadata(metadataBytes)
    return message
  })
  return { stream, expected, events, bytes }
}

type Pending = Readonly<{ stream: string; answer: (answer: Answer) => void }>
type Call = {
  readonly pending: Map<string, Pending>
  readonly wire: Promise<AppendCall>
  heardAt: number
}

/** `heard` is called with every answer that comes in, and told whether the server could do its work. */
export function createAppendLine(
  open: () => Promise<AppendCall>,
  heard: (works: boolean) => void,
): AppendLine {
  let current: Call | undefined
  const load = { count: 0, bytes: 0 }

  const end = (call: Call, cause: Error) => {
    if (current === call) current = undefined
    const left = [...call.pending.values()]
    call.pending.clear()
    for (const { answer } of left) answer({ kind: 'unknown', cause, silent: false })
  }

  const connect = (): Call => {
    const pending = new Map<string, Pending>()
    const call: Call = { pending, wire: open(), heardAt: performance.now() }
    call.wire.then(
      (wire) =>
        wire
          .on('data', (response: BatchAppendResp) => {
            call.heardAt = performance.now()
            heard(settle(pending, response))
          })
          .on('error', (error) => end(call, error))
          .on('end', () => end(call, new Error('the server ended the call'))),
      (error) => end(call, asError(error)),
    )
    return call
  }

  const giveUp = (call: Call, cause: Error) => {
    end(call, cause)
    call.wire.then(
      (wire) => wire.cancel(),
      () => undefined,
    )
  }

  return {
    append: (message, timeoutMs) =>
      new Promise((resolve) => {
        current ??= connect()
        const call = current
        const id = randomUUID()
        const sentAt = performance.now()
        load.count += 1
        load.bytes += message.bytes
        const answer = (outcome: Answer) => {
          clearTimeout(timer)
          load.count -= 1
          load.bytes -= message.bytes
          resolve(outcome)
        }
        const timer = setTimeout(() => {
          call.pending.delete(id)
          const cause = new Error(`no answer within ${timeoutMs} ms`)
          answer({ kind: 'unknown', cause, silent: true })
          if (call.heardAt < sentAt) giveUp(call, cause)
        }, timeoutMs)
        call.pending.set(id, { stream: message.stream, answer })
        // If the call can't be opened, `end` has answered already.
        call.wire.then(
          (wire) => call.pending.has(id) && wire.write(requestOf(message, id, timeoutMs)),
          () => undefined,
        )
      }),
    inFlight: () => load,
    close: () => {
      if (current !== undefined) giveUp(current, new Error('the connection was given up'))
    },
  }
}

function requestOf({ stream, expected, events }: AppendMessage, id: string, timeoutMs: number) {
  const options = new Request.Options()
  options.setStreamIdentifier(new StreamIdentifier().setStreamName(Buffer.from(stream)))
  options.setDeadline(Timestamp.fromDate(new Date(Date.now() + timeoutMs)))
  if (expected === 'any') options.setAny(new Empty())
  else if (expected === 'no-stream') options.setNoStream(new Empty())
  else options.setStreamPosition(expected.toString())
  const request = new Request()
  request.setCorrelationId(new UUID().setString(id))
  request.setOptions(options)
  request.setProposedMessagesList([...events])
  request.setIsFinal(true)
  return request
}

/** Gives an answer to who waits for it; says whether it tells of a server that works. */
function settle(pending: Map<string, Pending>, response: BatchAppendResp): boolean {
  const id = uuidText(response.getCorrelationId())
  const waiting = pending.get(id)
  if (waiting === undefined) return false
  pending.delete(id)
  const answer = answerOf(waiting.stream, response)
  waiting.answer(answer)
  return answer.kind !== 'unknown'
}

function uuidText(uuid: ReturnType<BatchAppendResp['getCorrelationId']>): string {
  const structured = uuid?.getStructured()
  if (structured === undefined) return uuid?.getString() ?? ''
  const half = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0')
  const high = half(structured.getMostSignificantBits())
  const low = half(structured.getLeastSignificantBits())
  return `${high.slice(0, 8)}-${high.slice(8, 12)}-${high.slice(12)}-${low.slice(0, 4)}-${low.slice(4)}`
}

function answerOf(stream: string, response: BatchAppendResp): Answer {
  const success = response.getSuccess()
  const position = success?.getPosition()
  if (success !== undefined && position !== undefined) {
    return {
      kind: 'stored',
      revision: BigInt(success.getCurrentRevision()),
      position: BigInt(position.getCommitPosition()),
    }
  }
  const status = response.getError()
  if (status === undefined) return unknown(new Error('the answer says nothing'))
  // The client's own reading of a status fails on one without details.
  if (!status.hasDetails()) return unknown(new Error(status.getMessage()))
  const error = unpackToCommandError(status, stream)
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error
    return {
      kind: 'wrong-revision',
      actual: typeof actualVersion === 'bigint' ? actualVersion : undefined,
    }
  }
  return isFinal(error) ? { kind: 'rejected', error } : unknown(error)
}

function isFinal(error: unknown): boolean {
  return (
    error instanceof AccessDeniedError ||
    error instanceof StreamDeletedError ||
    error instanceof MaxAppendSizeExceededError
  )
}

function unknown(cause: Error): Answer {
  return { kind: 'unknown', cause, silent: false }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
