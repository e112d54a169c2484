/**
 * A recorded event as the bytes of a `ReadResp` message.
 *
 * Written by hand: this is done once for every event that is read, and the generated classes take
 * several times as long (figures in `docs/decisions/event-store-node.md`). Field numbers are those
 * of streams.proto and shared.proto; a test reads the result with the generated classes.
 */
import type { LogEvent, RecordedEvent } from './log-event.ts'

const FIELD_SHIFT = 3 // a tag is a field number and a wire type
const VARINT = 0
const LENGTH_DELIMITED = 2

const ID_BYTES = 36 // of a UUID as text
const TICKS_PER_MS = '0000' // .NET counts in 100 ns

const contentTypeEntry = (value: string) => Buffer.from(mapEntry('content-type', value))
const JSON_ENTRY = contentTypeEntry('application/json')
const BINARY_ENTRY = contentTypeEntry('application/octet-stream')

/** The event as `ReadResp { event { event, commit_position } }`. */
export function toLogEvent(event: RecordedEvent): LogEvent {
  const { position, stream, revision, type } = event
  return { position, stream, revision, type, message: encodeEvent(event) }
}

function encodeEvent(event: RecordedEvent): Buffer {
  const nameBytes = Buffer.byteLength(event.stream)
  const typeBytes = Buffer.byteLength(event.type)
  const created = `${event.createdMs}${TICKS_PER_MS}`
  const contentType = event.isJson ? JSON_ENTRY : BINARY_ENTRY
  const typeEntry = delimitedBytes(4) + delimitedBytes(typeBytes)
  const createdEntry = delimitedBytes(7) + delimitedBytes(created.length)
  const recordBytes =
    delimitedBytes(delimitedBytes(ID_BYTES)) +
    delimitedBytes(delimitedBytes(nameBytes)) +
    (1 + varintBytes(event.revision)) +
    2 * (1 + varintBytes(event.position)) +
    delimitedBytes(typeEntry) +
    contentType.length +
    delimitedBytes(createdEntry) +
    delimitedBytes(event.metadata.length) +
    delimitedBytes(event.data.length)
  const readEventBytes = delimitedBytes(recordBytes) + 1 + varintBytes(event.position)
  const bytes = Buffer.allocUnsafe(delimitedBytes(readEventBytes))

  let at = startDelimited(bytes, 0, 1, readEventBytes)
  at = startDelimited(bytes, at, 1, recordBytes)
  at = startDelimited(bytes, at, 1, delimitedBytes(ID_BYTES))
  at = writeText(bytes, at, 2, event.id, ID_BYTES)
  at = startDelimited(bytes, at, 2, delimitedBytes(nameBytes))
  at = writeText(bytes, at, 3, event.stream, nameBytes)
  at = writeNumber(bytes, at, 3, event.revision)
  at = writeNumber(bytes, at, 4, event.position)
  at = writeNumber(bytes, at, 5, event.position)
  at = startDelimited(bytes, at, 6, typeEntry)
  at = writeText(bytes, at, 1, 'type', 4)
  at = writeText(bytes, at, 2, event.type, typeBytes)
  at = writeBytes(bytes, at, contentType)
  at = startDelimited(bytes, at, 6, createdEntry)
  at = writeText(bytes, at, 1, 'created', 7)
  at = writeText(bytes, at, 2, created, created.length)
  at = startDelimited(bytes, at, 7, event.metadata.length)
  at = writeBytes(bytes, at, event.metadata)
  at = startDelimited(bytes, at, 8, event.data.length)
  at = writeBytes(bytes, at, event.data)
  writeNumber(bytes, at, 3, event.position)
  return bytes
}

/** The entry of the record's metadata map, tag and length included. */
function mapEntry(key: string, value: string): Uint8Array {
  const entryBytes = delimitedBytes(key.length) + delimitedBytes(value.length)
  const bytes = Buffer.alloc(delimitedBytes(entryBytes))
  let at = startDelimited(bytes, 0, 6, entryBytes)
  at = writeText(bytes, at, 1, key, key.length)
  writeText(bytes, at, 2, value, value.length)
  return bytes
}

/** Bytes of a length-delimited field: tag, length and content. Field numbers here are below 16. */
function delimitedBytes(contentBytes: number): number {
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

function startDelimited(bytes: Buffer, at: number, field: number, contentBytes: number): number {
  bytes[at] = (field << FIELD_SHIFT) | LENGTH_DELIMITED
  return writeVarint(bytes, at + 1, contentBytes)
}

function writeText(bytes: Buffer, at: number, field: number, text: string, size: number): number {
  const start = startDelimited(bytes, at, field, size)
  return start + bytes.write(text, start)
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
