/**
 * Whether an append is written, was written before, or is refused.
 *
 * The rules are those of EventStoreDB 23.10, idempotency by event id included. They differ in one
 * point: the ids of a stream are known for ever here, not only as long as a cache holds them.
 */
import { type Expectation, NO_STREAM } from './log-event.ts'

export type Written = Readonly<{ revision: bigint; position: bigint }>

/** What the decision needs to know of a stream. */
export type StreamView = Readonly<{
  head: bigint // NO_STREAM when there is none
  /** Where the id stands for the first time in this stream. */
  firstWritten: (id: string) => Written | undefined
  /** The position of the event at the revision, if it has this id. */
  positionOf: (revision: bigint, id: string) => bigint | undefined
}>

export type AppendDecision =
  | Readonly<{ kind: 'write' }>
  | Readonly<{ kind: 'known'; last: Written }>
  | Readonly<{ kind: 'wrong-revision' }>

const write: AppendDecision = { kind: 'write' }
const wrongRevision: AppendDecision = { kind: 'wrong-revision' }

export function decideAppend(
  expected: Expectation,
  ids: readonly string[],
  view: StreamView,
): AppendDecision {
  if (expected === 'stream_exists' && view.head === NO_STREAM) return wrongRevision
  if (expected === 'any' || expected === 'stream_exists') return decideById(ids, view)
  const revision = expected === 'no_stream' ? NO_STREAM : expected
  if (revision === view.head) return write
  return revision < view.head ? decideByRevision(revision, ids, view) : wrongRevision
}

/** Known when every id is in the stream; new when the first is not; a mixture is refused. */
function decideById(ids: readonly string[], view: StreamView): AppendDecision {
  let last: Written | undefined
  for (const id of ids) {
    const known = view.firstWritten(id)
    if (known === undefined) return last === undefined ? write : wrongRevision
    last = known
  }
  return last === undefined ? write : { kind: 'known', last }
}

/** Known when exactly these ids follow the expected revision. */
function decideByRevision(
  expected: bigint,
  ids: readonly string[],
  view: StreamView,
): AppendDecision {
  let last: Written | undefined
  let revision = expected
  for (const id of ids) {
    revision += 1n
    const position = view.positionOf(revision, id)
    if (position === undefined) return wrongRevision
    last = { revision, position }
  }
  return last === undefined ? wrongRevision : { kind: 'known', last }
}
