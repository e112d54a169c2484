/** Messages made by hand, read with the generated classes. */
import streamsMessages from '@eventstore/db-client/generated/streams_pb.js'
import * as fc from 'fast-check'
import { test } from 'tap'
import { toLogEvent } from '../../../infra/embedded/event-store/log-event.ts'
import { batches, serialiseBatch } from '../../../infra/embedded/event-store/message-batch.ts'

const recorded = fc.record({
  position: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
  revision: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  stream: fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
  id: fc.uuid(),
  type: fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
  isJson: fc.boolean(),
  createdMs: fc.integer({ min: 1, max: 2 ** 42 }),
  metadata: fc.uint8Array({ maxLength: 20_000 }),
  data: fc.uint8Array({ maxLength: 20_000 }),
})

test('an event is read as it was recorded', async () => {
  fc.assert(
    fc.property(recorded, (event) => {
      const { message } = toLogEvent(event)
      const read = streamsMessages.ReadResp.deserializeBinary(message).getEvent()
      const record = read?.getEvent()
      const metadata = record?.getMetadataMap()
      return (
        read?.getCommitPosition() === String(event.position) &&
        record?.getCommitPosition() === String(event.position) &&
        record.getPreparePosition() === String(event.position) &&
        record.getStreamRevision() === String(event.revision) &&
        record.getId()?.getString() === event.id &&
        Buffer.from(record.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString() ===
          event.stream &&
        metadata?.get('type') === event.type &&
        metadata.get('created') === String(BigInt(event.createdMs) * 10_000n) &&
        metadata.get('content-type') ===
          (event.isJson ? 'application/json' : 'application/octet-stream') &&
        Buffer.from(event.metadata).equals(record.getCustomMetadata_asU8()) &&
        Buffer.from(event.data).equals(record.getData_asU8())
      )
    }),
  )
})

test('batches hold every message once, in order', async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40_000 }).map((bytes) => Buffer.from(bytes)))
  fc.assert(
    fc.property(messages, (messages) => {
      const all = [...batches(messages)]
      return (
        all.every((batch) => batch.length > 0) &&
        fc.stringify(all.flat()) === fc.stringify(messages)
      )
    }),
    { numRuns: 50 },
  )
})

test('a batch writes itself as messages behind their lengths', async (t) => {
  const bytes = serialiseBatch([Buffer.from('one'), Buffer.from('three')])
  const framed = Buffer.alloc(bytes.length + 5) // as gRPC's server frames it
  framed.writeUInt32BE(bytes.length, 1)
  bytes.copy(framed, 5)
  t.equal(framed.toString('latin1'), '\0\0\0\0\x03one\0\0\0\0\x05three')
})
