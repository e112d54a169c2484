/**
 * Several messages of a call in one write.
 *
 * gRPC's server hands each message to HTTP/2 by itself and waits for it, which is most of what
 * reading the log costs (figures in `docs/decisions/event-store-node.md`). On the wire messages only
 * follow each other, each behind its length. `@grpc/grpc-js` writes the length of what it gets from
 * the serialiser and then lets it copy itself behind that: so a batch that copies itself puts the
 * length of its first message there, and brings the prefixes of the others along.
 */

const PREFIX_BYTES = 5 // one for compression, four for the length
const BATCH_BYTES = 32 * 1024 // a batch ends with the message that crosses it
const BATCH_MESSAGES = 128

export type MessageBatch = readonly Buffer[] // never empty

/** Cuts messages into batches. */
export function* batches(messages: readonly Buffer[]): Generator<MessageBatch> {
  let start = 0
  let bytes = 0
  for (let end = 1; end <= messages.length; end += 1) {
    bytes += messages[end - 1]?.length ?? 0
    const full = bytes >= BATCH_BYTES || end - start >= BATCH_MESSAGES
    if (!full && end < messages.length) continue
    yield messages.slice(start, end)
    start = end
    bytes = 0
  }
}

/** The response serialiser of a call that sends batches. */
export function serialiseBatch(batch: MessageBatch): Buffer {
  const [first] = batch
  if (first === undefined) throw new Error('a batch holds at least one message')
  if (batch.length === 1) return first
  const bytes = joined(batch)
  const copyBytes = bytes.copy.bind(bytes)
  bytes.copy = (target, start = 0) => {
    writeLength(target, start - PREFIX_BYTES, first.length)
    return copyBytes(target, start)
  }
  return bytes
}

/** All messages, with the prefixes of all but the first. */
function joined(batch: MessageBatch): Buffer {
  const length = batch.reduce((sum, message) => sum + PREFIX_BYTES + message.length, -PREFIX_BYTES)
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for (const message of batch) {
    if (at > 0) at = writeLength(bytes, at, message.length)
    bytes.set(message, at)
    at += message.length
  }
  return bytes
}

/** An uncompressed message's prefix; where the message begins. */
function writeLength(target: Uint8Array, at: number, length: number): number {
  const view = new DataView(target.buffer, target.byteOffset)
  view.setUint8(at, 0)
  view.setUint32(at + 1, length)
  return at + PREFIX_BYTES
}
