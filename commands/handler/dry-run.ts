/** What commands would do if they were sent now: decided as they would be, with nothing written. */

import { type Aggregate, streamName } from '../../domain/kernel/aggregate.ts'
import type { DecidedEvent, RecordedEvent } from '../../domain/kernel/event.ts'
import { type Circumstances, decideBatch, type Prepared } from './decide-batch.ts'
import type { Accepted, Outcome, Request } from './request.ts'
import { applyEvent, asRecorded, emptyState, type StreamState } from './stream-state.ts'

/** One run, with a memory of its own: what it decides is seen by what comes after it, and by nobody else. */
export type DryRun = Readonly<{
  /** As of the real handler; a key is not looked at, for nothing is remembered. */
  handle: (request: Request) => Promise<Outcome>
  /** Goes on as if this had happened in a stream that the run has written. */
  suppose: (stream: string, event: DecidedEvent) => RecordedEvent
  /** A stream's state as it is, without what the run has decided. */
  stateOf: <State>(aggregate: Aggregate<State>, streamId: string) => Promise<State>
}>

export type DryRunPorts = Readonly<{
  prepare: (request: Request) => Promise<Prepared>
  /** A copy of a stream's state, up to what its stream holds now. */
  peek: (aggregate: Aggregate, stream: string) => Promise<StreamState>
  circumstances: () => Circumstances
}>

/** A stream as it was found, and as the run has changed it. */
type Scratch = Readonly<{ aggregate: Aggregate; before: unknown; entry: StreamState }>

export function createDryRun({ prepare, peek, circumstances }: DryRunPorts): DryRun {
  const streams = new Map<string, Scratch>()
  let last: RecordedEvent | undefined

  async function scratchOf(aggregate: Aggregate, stream: string, isNew = false): Promise<Scratch> {
    const known = streams.get(stream)
    if (known !== undefined) return known
    const entry = isNew ? emptyState(aggregate) : await peek(aggregate, stream)
    const scratch = { aggregate, before: entry.state, entry }
    streams.set(stream, scratch)
    return scratch
  }

  async function handle({ idempotencyKey: _, ...request }: Request): Promise<Outcome> {
    const prepared = await prepare(request)
    const { command, stream } = prepared
    const scratch = await scratchOf(command.aggregate, stream, command.generatesStream === true)
    const now = circumstances()
    const [verdict] = decideBatch(scratch.entry, [prepared], now).verdicts
    if (verdict?.kind === 'refused') return { accepted: false, refusal: verdict.refusal }
    if (verdict?.kind === 'failed') throw verdict.error
    if (verdict?.kind !== 'accepted') throw new Error(`${command.name} was known to a dry run`)
    return accepted(
      prepared,
      scratch,
      verdict.events.map((event) => write(scratch, stream, event)),
    )
  }

  function write(
    { aggregate, entry }: Scratch,
    stream: string,
    event: Parameters<typeof asRecorded>[1],
  ): RecordedEvent {
    const { reference } = circumstances()
    last = asRecorded(stream, event, entry.revision + 1n, reference.position)
    applyEvent(aggregate, entry, last)
    return last
  }

  function suppose(stream: string, event: DecidedEvent): RecordedEvent {
    const scratch = streams.get(stream)
    if (scratch === undefined || last === undefined) {
      throw new Error(`nothing was decided in ${stream}, so that nothing can be supposed there`)
    }
    const { id, metadata } = last
    return write(scratch, stream, { ...event, id: `${id}+`, metadata })
  }

  async function stateOf<State>(aggregate: Aggregate<State>, streamId: string): Promise<State> {
    const stream = streamName(aggregate.category, streamId)
    const { before } = await scratchOf(aggregate as Aggregate, stream)
    return before as State
  }

  return { handle, suppose, stateOf }
}

function accepted(
  { streamId }: Prepared,
  { entry: { revision, position, state } }: Scratch,
  events: readonly RecordedEvent[],
): Accepted {
  return { accepted: true, streamId, events, revision, position, replayed: false, state }
}
