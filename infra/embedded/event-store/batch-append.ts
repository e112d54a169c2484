/** Serves `BatchAppend`: many appends on one call, each answered when it is committed. */

import type { UUID } from '@eventstore/db-client/generated/shared_pb.js'
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import { type ServerDuplexStream, status } from '@grpc/grpc-js'
import type { AppendOutcome } from './append-queue.ts'
import { type Draft, draftAppend, type Refusal } from './append-request.ts'
import { batchAppendResponse } from './batch-append-response.ts'
import { asCallError, CallError, overloaded, unavailable } from './call-error.ts'
import type { Writer } from './writer.ts'

const MAX_DRAFTS = 100 // appends on one call of which the client has not sent the end
const MAX_UNREAD_ANSWERS = 1_000

export type BatchAppendCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>

export type BatchAppendServer = Readonly<{
  serve: (call: BatchAppendCall) => void
  /** Ends all calls as unavailable, so that no client waits for answers that don't come. */
  stop: () => void
}>

export function createBatchAppendServer(writer: Writer): BatchAppendServer {
  const calls = new Set<BatchAppendCall>()
  return {
    serve: (call) => {
      calls.add(call)
      call.once('close', () => calls.delete(call))
      serveBatchAppend(call, writer)
    },
    stop: () => {
      for (const call of calls) fail(call, unavailable('The event store is stopping.'))
    },
  }
}

const isOver = (call: BatchAppendCall) => call.cancelled || call.destroyed || call.writableEnded

function fail(call: BatchAppendCall, error: unknown): void {
  if (!isOver(call)) call.emit('error', asCallError(error))
}

function serveBatchAppend(call: BatchAppendCall, writer: Writer): void {
  const drafts = new Map<string, Draft>()
  let unanswered = 0
  let ended = false

  const endIfDone = () => {
    if (ended && unanswered === 0 && !isOver(call)) call.end()
  }
  const answer = (id: UUID, draft: Draft, outcome: AppendOutcome | Refusal) => {
    unanswered -= 1
    if (isOver(call)) return
    // Whether it was written is unknown: that ends the call, and with it all that wait on it.
    if (outcome.kind === 'unavailable') return fail(call, unavailable(outcome.reason))
    call.write(batchAppendResponse(id, draft, outcome))
    endIfDone()
  }
  const accept = async (id: UUID, draft: Draft) => {
    unanswered += 1
    const request = draft.finish()
    answer(id, draft, 'kind' in request ? request : await writer.append(request))
  }
  const receive = (part: BatchAppendReq) => {
    const id = part.getCorrelationId()
    if (id === undefined) throw new CallError(status.INVALID_ARGUMENT, 'An id is missing.')
    const key = id.getString()
    const draft = drafts.get(key) ?? startDraft(part)
    for (const proposed of part.getProposedMessagesList()) draft.add(proposed)
    if (part.getIsFinal()) {
      drafts.delete(key)
      void accept(id, draft).catch((error: unknown) => fail(call, error))
    } else {
      if (drafts.size >= MAX_DRAFTS) throw overloaded('Too many unfinished appends on one call.')
      drafts.set(key, draft)
    }
  }
  /** Reads on once there is room for more appends, and the client has taken its answers. */
  const holdBack = async () => {
    call.pause()
    await writer.room()
    if (call.writableLength > MAX_UNREAD_ANSWERS) {
      await new Promise((resume) => call.once('drain', resume))
    }
    call.resume()
  }

  call.on('data', (part: BatchAppendReq) => {
    try {
      receive(part)
      if (writer.isCrowded() || call.writableLength > MAX_UNREAD_ANSWERS) void holdBack()
    } catch (error) {
      fail(call, error)
    }
  })
  call.on('end', () => {
    ended = true
    endIfDone()
  })
}

function startDraft(part: BatchAppendReq): Draft {
  const options = part.getOptions()
  if (options === undefined) throw new CallError(status.INVALID_ARGUMENT, 'Options are missing.')
  const deadline = options.getDeadline()
  return draftAppend(options, deadline?.toDate().getTime() ?? Number.POSITIVE_INFINITY)
}
