/** Serves `Append`: one append a call. The client takes this path when a call has credentials. */

import sharedMessages from '@eventstore/db-client/generated/shared_pb.js'
import streamsMessages, {
  type AppendReq,
  type AppendResp,
} from '@eventstore/db-client/generated/streams_pb.js'
import { type ServerReadableStream, type sendUnaryData, status } from '@grpc/grpc-js'
import type { AppendOutcome } from './append-queue.ts'
import { type Draft, draftAppend, MAX_APPEND_BYTES, type Refusal } from './append-request.ts'
import {
  asCallError,
  CallError,
  overloaded,
  unavailable,
  unimplemented,
  unintelligible,
} from './call-error.ts'
import { type Expectation, NO_STREAM } from './log-event.ts'
import type { Writer } from './writer.ts'

export type AppendCall = ServerReadableStream<AppendReq, AppendResp>

export function serveAppend(
  call: AppendCall,
  reply: sendUnaryData<AppendResp>,
  writer: Writer,
): void {
  append(call, writer).then(
    (response) => reply(null, response),
    (error: unknown) => reply(asCallError(error)),
  )
}

async function append(call: AppendCall, writer: Writer): Promise<AppendResp> {
  const draft = await receive(call)
  const request = draft.finish()
  const outcome = 'kind' in request ? request : await writer.append(request)
  return response(draft.expected, outcome)
}

/** The first message has the options, each of the others an event. */
async function receive(call: AppendCall): Promise<Draft> {
  let draft: Draft | undefined
  for await (const message of call as AsyncIterable<AppendReq>) {
    const options = message.getOptions()
    const proposed = message.getProposedMessage()
    if (options !== undefined) draft = draftAppend(options, deadlineOf(call))
    else if (draft !== undefined && proposed !== undefined) draft.add(proposed)
  }
  if (draft === undefined) throw new CallError(status.INVALID_ARGUMENT, 'Options are missing.')
  return draft
}

function deadlineOf(call: AppendCall): number {
  const deadline = call.getDeadline()
  return typeof deadline === 'number' ? deadline : deadline.getTime()
}

const empty = () => new sharedMessages.Empty()

function response(expected: Expectation, outcome: AppendOutcome | Refusal): AppendResp {
  switch (outcome.kind) {
    case 'written':
      return new streamsMessages.AppendResp().setSuccess(success(outcome))
    case 'wrong-revision':
      return new streamsMessages.AppendResp().setWrongExpectedVersion(
        wrong(expected, outcome.current),
      )
    case 'too-large':
      throw maximumAppendSizeExceeded()
    case 'unintelligible':
      throw unintelligible()
    case 'expired':
      throw new CallError(status.DEADLINE_EXCEEDED, 'The deadline has passed.')
    case 'stream-metadata':
      throw unimplemented('stream metadata')
    case 'overloaded':
      throw overloaded('Too many appends are waiting.')
    case 'unavailable':
      throw unavailable(outcome.reason)
  }
}

function success({ revision, position }: Extract<AppendOutcome, { kind: 'written' }>) {
  const place = new streamsMessages.AppendResp.Position()
    .setCommitPosition(String(position))
    .setPreparePosition(String(position))
  const written = new streamsMessages.AppendResp.Success().setPosition(place)
  return revision === NO_STREAM
    ? written.setNoStream(empty())
    : written.setCurrentRevision(String(revision))
}

function wrong(expected: Expectation, current: bigint): AppendResp.WrongExpectedVersion {
  const details = new streamsMessages.AppendResp.WrongExpectedVersion()
  if (expected === 'any') details.setExpectedAny(empty())
  else if (expected === 'no_stream') details.setExpectedNoStream(empty())
  else if (expected === 'stream_exists') details.setExpectedStreamExists(empty())
  else details.setExpectedRevision(String(expected))
  if (current === NO_STREAM) details.setCurrentNoStream(empty())
  else details.setCurrentRevision(String(current))
  return details
}

function maximumAppendSizeExceeded(): CallError {
  return new CallError(
    status.INVALID_ARGUMENT,
    `Maximum Append Size of ${MAX_APPEND_BYTES} Exceeded.`,
    {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(MAX_APPEND_BYTES),
    },
  )
}
