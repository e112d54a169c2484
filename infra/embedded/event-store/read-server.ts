/** Serves `Read`: reads and subscriptions, as many at once as the node can hold. */
import { asCallError, overloaded, unavailable } from './call-error.ts'
import { type ReadCall, type Sink, sinkOf } from './event-call.ts'
import { readAll, readStream } from './read.ts'
import { type ReadRequest, readRequest } from './read-request.ts'
import { type Log, subscribe } from './subscribe.ts'

const MAX_READS = 1_000
const MAX_SUBSCRIPTIONS = 1_000

export type ReadServer = Readonly<{
  serve: (call: ReadCall) => void
  /** Ends all calls as unavailable; a graceful end would look like "no more events". */
  stop: () => void
}>

export function createReadServer(log: Log): ReadServer {
  const calls = new Set<ReadCall>()
  const counts = { reads: 0, subscriptions: 0 }
  let stopped = false

  const answer = async (call: ReadCall) => {
    if (stopped) throw stopping()
    const request = readRequest(call.request)
    const kind = request.limit === undefined ? 'subscriptions' : 'reads'
    const most = kind === 'reads' ? MAX_READS : MAX_SUBSCRIPTIONS
    if (counts[kind] >= most) throw overloaded(`There are ${most} ${kind} already.`)
    counts[kind] += 1
    calls.add(call)
    try {
      await serveRequest(request, log, sinkOf(call))
    } finally {
      counts[kind] -= 1
      calls.delete(call)
    }
  }
  return {
    serve: (call) => {
      answer(call).then(
        () => call.end(),
        (error: unknown) => call.emit('error', asCallError(error)),
      )
    },
    stop: () => {
      stopped = true
      for (const call of calls) call.emit('error', stopping())
    },
  }
}

const stopping = () => unavailable('The event store is stopping.')

async function serveRequest(request: ReadRequest, log: Log, sink: Sink): Promise<void> {
  const { stream, limit } = request
  if (limit === undefined) return await subscribe(request, log, sink)
  const read = { ...request, limit }
  const { reader, tail } = log
  if (stream === undefined) await readAll(read, reader, tail.head(), sink)
  else await readStream(read, stream, reader, tail.head(), sink)
}
