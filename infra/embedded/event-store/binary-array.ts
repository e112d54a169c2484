/**
 * Postgres arrays in their binary form, for parameters of set-based statements.
 *
 * The driver sends a Buffer as a binary parameter; its own arrays are text, in which bytes double.
 */

const INT8 = 20
const BOOL = 16
const BYTEA = 17
const TEXT = 25
const UUID = 2950

const HEADER_BYTES = 20

export const int8Array = (values: readonly bigint[]): Buffer =>
  fixedArray(INT8, 8, values, (bytes, value, at) => bytes.writeBigInt64BE(value, at))

export const boolArray = (values: readonly boolean[]): Buffer =>
  fixedArray(BOOL, 1, values, (bytes, value, at) => bytes.writeUInt8(value ? 1 : 0, at))

export const uuidArray = (values: readonly string[]): Buffer =>
  fixedArray(UUID, 16, values, (bytes, value, at) =>
    bytes.write(value.replaceAll('-', ''), at, 'hex'),
  )

export const byteaArray = (values: readonly Uint8Array[]): Buffer => bytesArray(BYTEA, values)

export const textArray = (values: readonly string[]): Buffer =>
  bytesArray(
    TEXT,
    values.map((value) => Buffer.from(value)),
  )

function fixedArray<T>(
  elementType: number,
  elementBytes: number,
  values: readonly T[],
  write: (bytes: Buffer, value: T, at: number) => void,
): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + elementBytes))
  let at = writeHeader(bytes, elementType, values.length)
  for (const value of values) {
    at = bytes.writeInt32BE(elementBytes, at)
    write(bytes, value, at)
    at += elementBytes
  }
  return bytes
}

function bytesArray(elementType: number, values: readonly Uint8Array[]): Buffer {
  const contentBytes = values.reduce((sum, value) => sum + 4 + value.length, 0)
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + contentBytes)
  let at = writeHeader(bytes, elementType, values.length)
  for (const value of values) {
    at = bytes.writeInt32BE(value.length, at)
    bytes.set(value, at)
    at += value.length
  }
  return bytes
}

/** One dimension, no nulls, counted from 1. */
function writeHeader(bytes: Buffer, elementType: number, length: number): number {
  let at = bytes.writeInt32BE(1, 0)
  at = bytes.writeInt32BE(0, at)
  at = bytes.writeInt32BE(elementType, at)
  at = bytes.writeInt32BE(length, at)
  return bytes.writeInt32BE(1, at)
}
