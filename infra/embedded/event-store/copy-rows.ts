/**
 * Rows of a query as the bytes Postgres sends, by `COPY … TO STDOUT` in its binary form.
 *
 * The driver's own results are text, in which bytes are hexadecimal digits, and every field becomes
 * a string; here a row costs a few reads from a buffer.
 */
import type { Connection, PoolClient, Submittable } from 'pg'

const HEADER_BYTES = 19 // signature, flags, and the length of an extension that is not there
const END_OF_ROWS = -1

/** The fields are views that hold only until the callback returns. */
export type OnRow = (fields: readonly Buffer[]) => void

/** Rejects when the query fails; the client is then not to be used any more. */
export function copyRows(client: PoolClient, query: string, onRow: OnRow): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(copyQuery(query, onRow, (error) => (error ? reject(error) : resolve())))
  })
}

type Done = (error?: Error) => void

/** What the driver calls while the query is the connection's active one. */
type CopyQuery = Submittable & {
  callback: Done // the driver puts its time-out around it
  handleCopyData: (message: Readonly<{ chunk: Buffer }>) => void
  handleCommandComplete: () => void
  handleReadyForQuery: () => void
  handleError: (error: Error) => void
}

function copyQuery(query: string, onRow: OnRow, done: Done): CopyQuery {
  let started = false
  let failure: Error | undefined
  const copy: CopyQuery = {
    callback: done,
    submit: (connection: Connection & { query?: (text: string) => void }) =>
      connection.query?.(`COPY (${query}) TO STDOUT (FORMAT binary)`),
    handleCopyData: ({ chunk }) => {
      if (failure !== undefined) return
      try {
        readRows(chunk, started ? 0 : HEADER_BYTES, onRow)
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
      }
      started = true
    },
    handleCommandComplete: () => undefined,
    handleReadyForQuery: () => copy.callback(failure),
    handleError: (error) => copy.callback(error),
  }
  return copy
}

/** Postgres sends whole rows, each in a chunk of its own; the last one may only say that it is. */
function readRows(chunk: Buffer, from: number, onRow: OnRow): void {
  let at = from
  while (at < chunk.length) {
    const count = chunk.readInt16BE(at)
    at += 2
    if (count === END_OF_ROWS) return
    const fields: Buffer[] = []
    for (let index = 0; index < count; index += 1) {
      const start = at + 4
      at = start + chunk.readInt32BE(at) // no field is null
      fields.push(chunk.subarray(start, at))
    }
    onRow(fields)
  }
}
