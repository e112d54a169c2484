/** The answers of `BatchAppend`. */
import codeMessages from '@eventstore/db-client/generated/code_pb.js'
import sharedMessages, { type UUID } from '@eventstore/db-client/generated/shared_pb.js'
import statusMessages, { type Status } from '@eventstore/db-client/generated/status_pb.js'
import streamsMessages, {
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js'
import type { Message } from 'google-protobuf'
import anyMessages from 'google-protobuf/google/protobuf/any_pb.js'
import emptyMessages from 'google-protobuf/google/protobuf/empty_pb.js'
import type { AppendOutcome } from './append-queue.ts'
import { type Draft, MAX_APPEND_BYTES, type Refusal } from './append-request.ts'
import { unimplemented } from './call-error.ts'
import { type Expectation, NO_STREAM } from './log-event.ts'

const { Code } = codeMessages

type Answer = Exclude<AppendOutcome, { kind: 'unavailable' }> | Refusal

const empty = () => new emptyMessages.Empty()

export function batchAppendResponse(id: UUID, draft: Draft, answer: Answer): BatchAppendResp {
  const identifier = new sharedMessages.StreamIdentifier().setStreamName(Buffer.from(draft.stream))
  const response = new streamsMessages.BatchAppendResp()
  response.setCorrelationId(id)
  response.setStreamIdentifier(identifier)
  if (answer.kind === 'written') response.setSuccess(success(answer.revision, answer.position))
  else response.setError(failure(draft.expected, answer))
  return response
}

function success(revision: bigint, position: bigint): BatchAppendResp.Success {
  const place = new sharedMessages.AllStreamPosition()
    .setCommitPosition(String(position))
    .setPreparePosition(String(position))
  const written = new streamsMessages.BatchAppendResp.Success().setPosition(place)
  return revision === NO_STREAM
    ? written.setNoStream(empty())
    : written.setCurrentRevision(String(revision))
}

/** The client goes by the name of the details; for names it doesn't know it shows the message. */
function failure(expected: Expectation, answer: Exclude<Answer, { kind: 'written' }>): Status {
  switch (answer.kind) {
    case 'wrong-revision': {
      const details = wrongExpectedVersion(expected, answer.current)
      return failed(Code.FAILED_PRECONDITION, 'WrongExpectedVersion', details)
    }
    case 'too-large': {
      const details = new sharedMessages.MaximumAppendSizeExceeded()
      details.setMaxappendsize(MAX_APPEND_BYTES)
      return failed(Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details)
    }
    case 'unintelligible':
      return failed(Code.INVALID_ARGUMENT, 'BadRequest', new sharedMessages.BadRequest())
    case 'expired':
      return failed(Code.DEADLINE_EXCEEDED, 'Timeout', new sharedMessages.Timeout())
    case 'stream-metadata':
      return failedSaying(Code.UNIMPLEMENTED, unimplemented('stream metadata').message)
    case 'overloaded':
      return failedSaying(
        Code.RESOURCE_EXHAUSTED,
        'ResourceExhausted: too many appends are waiting',
      )
  }
}

function failed(code: codeMessages.Code, name: string, details: Message): Status {
  const any = new anyMessages.Any()
  any.pack(details.serializeBinary(), `event_store.client.${name}`)
  return new statusMessages.Status().setCode(code).setMessage(name).setDetails(any)
}

function failedSaying(code: codeMessages.Code, message: string): Status {
  return failed(code, 'Empty', new sharedMessages.Empty()).setMessage(message)
}

function wrongExpectedVersion(expected: Expectation, current: bigint): Message {
  const details = new sharedMessages.WrongExpectedVersion()
  if (expected === 'any') details.setExpectedAny(empty())
  else if (expected === 'no_stream') details.setExpectedNoStream(empty())
  else if (expected === 'stream_exists') details.setExpectedStreamExists(empty())
  else details.setExpectedStreamPosition(String(expected))
  if (current === NO_STREAM) details.setCurrentNoStream(empty())
  else details.setCurrentStreamRevision(String(current))
  return details
}
