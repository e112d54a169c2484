/** What a `Read` call says besides events. */
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js'
import streamsMessages from '@eventstore/db-client/generated/streams_pb.js'

const { ReadResp } = streamsMessages

const bytesOf = (response: streamsMessages.ReadResp) => Buffer.from(response.serializeBinary())

export const caughtUp = bytesOf(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()))

export function confirmation(subscriptionId: string): Buffer {
  const confirmed = new ReadResp.SubscriptionConfirmation().setSubscriptionId(subscriptionId)
  return bytesOf(new ReadResp().setConfirmation(confirmed))
}

export function checkpoint(position: bigint): Buffer {
  const reached = new ReadResp.Checkpoint()
    .setCommitPosition(String(position))
    .setPreparePosition(String(position))
  return bytesOf(new ReadResp().setCheckpoint(reached))
}

export function streamNotFound(stream: string): Buffer {
  const identifier = new sharedMessages.StreamIdentifier().setStreamName(Buffer.from(stream))
  const notFound = new ReadResp.StreamNotFound().setStreamIdentifier(identifier)
  return bytesOf(new ReadResp().setStreamNotFound(notFound))
}
