/** What a `Read` call asks for. */

import streamsMessages, { type ReadReq } from '@eventstore/db-client/generated/streams_pb.js'
import { status } from '@grpc/grpc-js'
import { CallError, unimplemented, unintelligible } from './call-error.ts'
import { type EventFilter, textMatcher } from './event-filter.ts'

/** Beyond an end of the log or stream, or at a position or revision. */
export type From = 'start' | 'end' | bigint

export type ReadRequest = Readonly<{
  stream: string | undefined // the whole log when there is none
  from: From
  backwards: boolean
  limit: bigint | undefined // a subscription when there is none
  filter: EventFilter | undefined
}>

const DEFAULT_WINDOW = 32

const { Options } = streamsMessages.ReadReq

/** Throws a CallError for what this node does not serve. */
export function readRequest(request: ReadReq): ReadRequest {
  const options = request.getOptions()
  if (options === undefined) throw unintelligible()
  if (options.getResolveLinks()) throw unimplemented('resolving links (resolveLinkTos)')
  if (options.getUuidOption()?.hasStructured()) throw unimplemented('structured UUIDs')
  const subscribes = options.getCountOptionCase() === Options.CountOptionCase.SUBSCRIPTION
  const backwards = options.getReadDirection() === Options.ReadDirection.BACKWARDS
  if (subscribes && backwards) throw unintelligible()
  return {
    ...source(options),
    backwards,
    limit: subscribes ? undefined : BigInt(options.getCount()),
    filter: filter(options.getFilter()),
  }
}

function source(options: ReadReq.Options): Pick<ReadRequest, 'stream' | 'from'> {
  const all = options.getAll()
  if (all !== undefined) return { stream: undefined, from: fromPosition(all) }
  const options_ = options.getStream()
  if (options_ === undefined) throw unintelligible()
  return { stream: readableStream(options_), from: fromRevision(options_) }
}

function readableStream(options: ReadReq.Options.StreamOptions): string {
  const name = Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()
  if (name === '') throw unintelligible()
  if (name.startsWith('$$')) throw unimplemented('stream metadata')
  return name
}

function fromPosition(options: ReadReq.Options.AllOptions): From {
  if (options.hasStart()) return 'start'
  if (options.hasEnd()) return 'end'
  return BigInt(options.getPosition()?.getCommitPosition() ?? 0)
}

function fromRevision(options: ReadReq.Options.StreamOptions): From {
  if (options.hasStart()) return 'start'
  if (options.hasEnd()) return 'end'
  return BigInt(options.getRevision())
}

function filter(options: ReadReq.Options.FilterOptions | undefined): EventFilter | undefined {
  if (options === undefined) return undefined
  const byStream = options.getStreamIdentifier()
  const expression = byStream ?? options.getEventType()
  if (expression === undefined) throw unintelligible()
  return {
    subject: byStream === undefined ? 'type' : 'stream',
    matches: matcher(expression),
    checkpointEvery: window(options) * Math.max(1, options.getCheckpointintervalmultiplier()),
  }
}

const window = (options: ReadReq.Options.FilterOptions) =>
  options.hasMax() ? Math.max(1, options.getMax()) : DEFAULT_WINDOW

function matcher(expression: ReadReq.Options.FilterOptions.Expression): EventFilter['matches'] {
  try {
    return textMatcher(expression.getRegex(), expression.getPrefixList())
  } catch {
    throw new CallError(status.INVALID_ARGUMENT, 'The filter is not a regular expression.')
  }
}
