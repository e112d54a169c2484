/** How a row of `outbound_requests` is made: an outside system is to be asked something. */

import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Instant } from '../../domain/kernel/values.ts'
import type { Change } from '../read-model.ts'

const TABLE = 'outbound_requests'

/** What is to be asked; `data` is all that the asking needs. */
export type Asked = Readonly<{
  /** The same for as long as it is the same matter: `payment/<paymentId>`. */
  requestId: string
  /** Which executor asks. */
  kind: string
  subjectId: string
  /** Who is asked: the name of a provider, of the tax authority. */
  counterparty: string
  data: Readonly<Record<string, unknown>>
}>

/** The event says that something is to be asked at once, for the first time. */
export function request({ id, position, metadata }: RecordedEvent, asked: Asked): Change {
  return {
    op: 'put',
    table: TABLE,
    row: {
      request_id: asked.requestId,
      kind: asked.kind,
      subject_id: asked.subjectId,
      counterparty: asked.counterparty,
      data: asked.data,
      attempt: 0,
      due_at: metadata.recordedAt,
      caused_by: id,
      correlation_id: metadata.correlationId,
      position,
    },
  }
}

/** The event says when it is to be asked again; with no instant, nobody asks any more. */
export function askAgain(
  { id, position }: RecordedEvent,
  requestId: string,
  { attempt, at }: Readonly<{ attempt: number; at: Instant | undefined }>,
): Change {
  if (at === undefined) return answered(requestId)
  const set = { attempt, due_at: at, caused_by: id, position }
  return { op: 'patch', table: TABLE, key: { request_id: requestId }, set }
}

/** The event is the answer, or makes it needless. */
export function answered(requestId: string): Change {
  return { op: 'remove', table: TABLE, key: { request_id: requestId } }
}
