/** The batch-append call against a server that answers as each test says. */

import sharedMessages from '@eventstore/db-client/generated/shared_pb.js'
import statusMessages from '@eventstore/db-client/generated/status_pb.js'
import { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import streamsMessages, {
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js'
import { credentials, Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { type Test, test } from 'tap'
import {
  type AppendLine,
  appendMessage,
  createAppendLine,
} from '../../../infra/event-store/append-line.ts'
import { noted } from '../../support/events.ts'

const UNAVAILABLE = 14
type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>

const { AllStreamPosition, UUID } = sharedMessages
const { Status } = statusMessages
const { BatchAppendResp: Response } = streamsMessages

/** A line to a server that runs `serve` for each call, told which one it is. */
async function lineTo(
  t: Test,
  serve: (call: Call, nth: number) => void,
  heard: (works: boolean) => void = () => undefined,
): Promise<AppendLine> {
  const server = new Server()
  let calls = 0
  const unused = () => undefined
  server.addService(StreamsService, {
    append: unused,
    delete: unused,
    read: unused,
    tombstone: unused,
    batchAppend: (call: Call) => serve(call, calls++),
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  const client = new StreamsClient(`127.0.0.1:${port}`, credentials.createInsecure())
  const line = createAppendLine(async () => client.batchAppend(), heard)
  t.teardown(() => {
    line.close()
    client.close()
    server.forceShutdown()
  })
  return line
}

function stored(request: BatchAppendReq, revision: number): BatchAppendResp {
  const position = new AllStreamPosition().setCommitPosition('7').setPreparePosition('7')
  const success = new Response.Success().setCurrentRevision(String(revision)).setPosition(position)
  return new Response().setCorrelationId(request.getCorrelationId()).setSuccess(success)
}

function message(seed: string) {
  const encoded = noted(seed, 1).map(({ id, type, metadata }) => ({
    id,
    type,
    metadata,
    data: { n: 1 },
  }))
  return appendMessage(`note-${seed}`, 'any', encoded)
}

test('answers find their appends in any order, with ids of either form', async (t) => {
  const held: BatchAppendReq[] = []
  const line = await lineTo(t, (call) => {
    call.on('data', (request: BatchAppendReq) => {
      held.push(request)
      if (held.length < 2) return
      for (const [index, each] of [...held.entries()].reverse()) {
        call.write(stored(index === 0 ? structured(each) : each, index))
      }
    })
  })
  const answers = await Promise.all([
    line.append(message('a'), 5_000),
    line.append(message('b'), 5_000),
  ])
  t.match(answers, [
    { kind: 'stored', revision: 0n },
    { kind: 'stored', revision: 1n },
  ])
  t.match(line.inFlight(), { count: 0, bytes: 0 })
})

test('an answer that comes too late is ignored', async (t) => {
  const requests: BatchAppendReq[] = []
  const line = await lineTo(t, (call) => {
    call.on('data', (request: BatchAppendReq) => {
      requests.push(request)
      if (requests.length === 1) call.write(stored(request, 0))
      for (const each of requests.length === 3 ? requests : []) call.write(stored(each, 1))
    })
  })
  const early = line.append(message('a'), 5_000)
  const late = line.append(message('b'), 500)
  t.match(await early, { kind: 'stored', revision: 0n })
  t.match(await late, { kind: 'unknown', silent: true })
  t.match(await line.append(message('c'), 5_000), { kind: 'stored', revision: 1n })
  t.match(line.inFlight(), { count: 0, bytes: 0 })
})

test('a call that says nothing is given up, and the next append opens another', async (t) => {
  const line = await lineTo(t, (call, nth) => {
    if (nth === 0) return void call.resume()
    call.on('data', (request: BatchAppendReq) => call.write(stored(request, 3)))
  })
  t.match(await line.append(message('a'), 50), { kind: 'unknown', silent: true })
  t.match(await line.append(message('a'), 5_000), { kind: 'stored', revision: 3n })
})

test('a call that the server ends leaves its appends unknown at once', async (t) => {
  const line = await lineTo(t, (call, nth) => {
    call.on('data', (request: BatchAppendReq) =>
      nth === 0 ? call.end() : call.write(stored(request, 4)),
    )
  })
  const [one, two] = await Promise.all([
    line.append(message('a'), 60_000),
    line.append(message('b'), 60_000),
  ])
  t.match(
    [one, two],
    [
      { kind: 'unknown', silent: false },
      { kind: 'unknown', silent: false },
    ],
  )
  t.match(await line.append(message('a'), 5_000), { kind: 'stored', revision: 4n })
})

test('closing leaves what is in flight unknown', async (t) => {
  const line = await lineTo(t, (call) => void call.resume())
  const waiting = line.append(message('a'), 60_000)
  line.close()
  t.match(await waiting, { kind: 'unknown', silent: false })
})

/** The same request, with its id as two numbers, as a server may send it back. */
function structured(request: BatchAppendReq): BatchAppendReq {
  const hex = (request.getCorrelationId()?.getString() ?? '').replaceAll('-', '')
  const half = (digits: string) => String(BigInt.asIntN(64, BigInt(`0x${digits}`)))
  const parts = new UUID.Structured()
    .setMostSignificantBits(half(hex.slice(0, 16)))
    .setLeastSignificantBits(half(hex.slice(16)))
  request.setCorrelationId(new UUID().setStructured(parts))
  return request
}

test('a server that says that it cannot work is heard, but not as one that works', async (t) => {
  const heard: boolean[] = []
  const line = await lineTo(
    t,
    (call) => {
      call.on('data', (request: BatchAppendReq) => {
        const error = new Status().setCode(UNAVAILABLE).setMessage('the database is away')
        const refusal = new Response().setCorrelationId(request.getCorrelationId()).setError(error)
        call.write(heard.length === 0 ? refusal : stored(request, 0))
      })
    },
    (works) => heard.push(works),
  )
  t.match(await line.append(message('a'), 5_000), { kind: 'unknown' })
  t.match(await line.append(message('a'), 5_000), { kind: 'stored' })
  t.strictSame(heard, [false, true])
})
