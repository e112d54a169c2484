/**
 * A recorded event as the bytes of a `ReadResp` message.
 *
 * Written by hand: this is done for every event that is read, and the generated classes take several
 * times as long (figures in `docs/decisions/event-store-node.md`). Field numbers are those of
 * streams.proto and shared.proto; a test reads the result with the generated classes.
 */

const FIELD_SHIFT = 3 // a tag is a field number and a wire type
const VARINT = 0
const LENGTH_DELIMITED = 2

/** Text is in its UTF-8 bytes, as Postgres sends it. */
export type EventParts = Readonly<{
  position: bigint
  revision: bigint
  stream: Uint8Array
  id: Uint8Array
  type: Uint8Array
  isJson: boolean
  created: Uint8Array // digits: ticks of 100 ns since 1970
  metadata: Uint8Array
  data: Uint8Array
}>

const TYPE = Buffer.from('type')
const CREATED = Buffer.from('created')
const JSON_ENTRY = metadataEntry('content-type', 'application/json')
const BINARY_ENTRY = metadataEntry('content-type', 'application/octet-stream')

/** The event as `ReadResp { event { event, commit_position } }`. */
export function eventMessage(event: EventParts): Buffer {
  const contentType = event.isJson ? JSON_ENTRY : BINARY_ENTRY
  const typeBytes = fieldBytes(TYPE.length) + fieldBytes(event.type.length)
  const createdBytes = fieldBytes(CREATED.length) + fieldBytes(event.created.length)
  const positionBytes = 1 + varintBytes(event.position)
  const recordBytes =
    fieldBytes(fieldBytes(event.id.length)) +
    fieldBytes(fieldBytes(event.stream.length)) +
    (1 + varintBytes(event.revision)) +
    2 * positionBytes +
    fieldBytes(typeBytes) +
    contentType.length +
    fieldBytes(createdBytes) +
    fieldBytes(event.metadata.length) +
    fieldBytes(event.data.length)
  const readEventBytes = fieldBytes(recordBytes) + positionBytes
  const bytes = Buffer.allocUnsafe(fieldBytes(readEventBytes))

  let at = startField(bytes, 0, 1, readEventBytes)
  at = startField(bytes, at, 1, recordBytes)
  at = startField(bytes, at, 1, fieldBytes(event.id.length))
  at = writeField(bytes, at, 2, event.id)
  at = startField(bytes, at, 2, fieldBytes(event.stream.length))
  at = writeField(bytes, at, 3, event.stream)
  at = writeNumber(bytes, at, 3, event.revision)
  at = writeNumber(bytes, at, 4, event.position)
  at = writeNumber(bytes, at, 5, event.position)
  at = startField(bytes, at, 6, typeBytes)
  at = writeField(bytes, at, 1, TYPE)
  at = writeField(bytes, at, 2, event.type)
  at = writeBytes(bytes, at, contentType)
  at = startField(bytes, at, 6, createdBytes)
  at = writeField(bytes, at, 1, CREATED)
  at = writeField(bytes, at, 2, event.created)
  at = writeField(bytes, at, 7, event.metadata)
  at = writeField(bytes, at, 8, event.data)
  writeNumber(bytes, at, 3, event.position)
  return bytes
}

/** An entry of the record's metadata map, tag and length included. */
function metadataEntry(key: string, value: string): Buffer {
  const entryBytes = fieldBytes(key.length) + fieldBytes(value.length)
  const bytes = Buffer.alloc(fieldBytes(entryBytes))
  const start = startField(bytes, 0, 6, entryBytes)
  writeField(bytes, writeField(bytes, start, 1, Buffer.from(key)), 2, Buffer.from(value))
  return bytes
}

/** Of a length-delimited field: tag, length and content. Field numbers here are below 16. */
function fieldBytes(contentBytes: number): number {
  return 1 + lengthBytes(contentBytes) + contentBytes
}

function lengthBytes(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x200000) return 3
  return value < 0x10000000 ? 4 : 5
}

function varintBytes(value: bigint): number {
  if (value < 0x10000000n) return lengthBytes(Number(value))
  let bytes = 4
  for (let rest = value >> 28n; rest > 0n; rest >>= 7n) bytes += 1
  return bytes
}

function startField(bytes: Buffer, at: number, field: number, contentBytes: number): number {
  bytes[at] = (field << FIELD_SHIFT) | LENGTH_DELIMITED
  return writeVarint(bytes, at + 1, contentBytes)
}

function writeField(bytes: Buffer, at: number, field: number, content: Uint8Array): number {
  return writeBytes(bytes, startField(bytes, at, field, content.length), content)
}

function writeBytes(bytes: Buffer, at: number, content: Uint8Array): number {
  bytes.set(content, at)
  return at + content.length
}

function writeNumber(bytes: Buffer, at: number, field: number, value: bigint): number {
  bytes[at] = (field << FIELD_SHIFT) | VARINT
  let end = at + 1
  let rest = value
  for (; rest >= 0x10000000n; rest >>= 7n) {
    bytes[end] = Number(rest & 0x7fn) | 0x80
    end += 1
  }
  return writeVarint(bytes, end, Number(rest))
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let end = at
  let rest = value
  for (; rest >= 0x80; rest >>>= 7) {
    bytes[end] = (rest & 0x7f) | 0x80
    end += 1
  }
  bytes[end] = rest
  return end + 1
}
