/**
 * An event store node of our own: the gRPC protocol of EventStoreDB, as far as tradeline uses it,
 * over a log in Postgres. See `docs/decisions/event-store-node.md`.
 */

import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import { PersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb.js'
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type { AppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { reasonOf, StartError } from '../start-error.ts'
import { type BatchAppendServer, createBatchAppendServer } from './batch-append.ts'
import { unimplemented } from './call-error.ts'
import { gossip, supportedMethods } from './features.ts'
import type { Logger } from './logger.ts'
import { serialiseBatch } from './message-batch.ts'
import { createReadServer, type ReadServer } from './read-server.ts'
import { createReader } from './reader.ts'
import { type AppendCall, serveAppend } from './unary-append.ts'
import { startWriter, type Writer } from './writer.ts'

const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
const MAX_CALLS_A_CONNECTION = 100 // as a real server has it
const SHUTDOWN_MS = 2_000

export type EventStoreNode = Readonly<{
  port: number
  /** Commits what was accepted, ends all calls, and lets go of Postgres. */
  stop: () => Promise<void>
}>

export type EventStoreNodeOptions = Readonly<{
  databaseUrl: string
  port: number // 0 for any that is free
  host?: string
  logger?: Logger
}>

const silent: Logger = { info: () => undefined, warn: () => undefined }

/** Rejects with a StartError when the port is taken, Postgres is away, or another node uses it. */
export async function startEventStoreNode(options: EventStoreNodeOptions): Promise<EventStoreNode> {
  const { databaseUrl, host = '127.0.0.1', logger = silent } = options
  const writer = await startWriter(databaseUrl, logger)
  const reader = createReader(databaseUrl)
  const reads = createReadServer({ reader, tail: writer.tail })
  const appends = createBatchAppendServer(writer)
  const server = createServer(streamsService(writer, reads, appends))
  const close = async () => {
    await writer.stop()
    await reader.end()
  }
  const port = await listen(server, host, options.port).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    port,
    stop: async () => {
      const shutdown = shutDown(server)
      reads.stop()
      await close()
      appends.stop()
      await shutdown
    },
  }
}

type Service = Readonly<{ definition: ServiceDefinition; handlers: UntypedServiceImplementation }>

function createServer(streams: Service): Server {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': MAX_CALLS_A_CONNECTION,
  })
  server.addService(streams.definition, streams.handlers)
  server.addService(ServerFeaturesService, { getSupportedMethods: supportedMethods })
  server.addService(GossipService, { read: gossip })
  server.addService(PersistentSubscriptionsService, persistentSubscriptions())
  return server
}

function streamsService(writer: Writer, reads: ReadServer, appends: BatchAppendServer): Service {
  const read = { ...StreamsService.read, responseSerialize: serialiseBatch }
  return {
    definition: { ...StreamsService, read },
    handlers: {
      read: reads.serve,
      append: (call: AppendCall, reply: sendUnaryData<AppendResp>) =>
        serveAppend(call, reply, writer),
      batchAppend: appends.serve,
      delete: refuse('deleting streams'),
      tombstone: refuse('tombstones'),
    },
  }
}

type Refusal = (
  call: { emit?: (event: 'error', error: Error) => boolean },
  reply?: sendUnaryData<never>,
) => void

function refuse(what: string): Refusal {
  return (call, reply) => {
    const error = unimplemented(what)
    if (reply === undefined) call.emit?.('error', error)
    else reply(error)
  }
}

function persistentSubscriptions(): Record<string, Refusal> {
  const names = Object.keys(PersistentSubscriptionsService)
  return Object.fromEntries(names.map((name) => [name, refuse('persistent subscriptions')]))
}

function listen(server: Server, host: string, port: number): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) return resolve(bound)
      const taken = error.message.includes('EADDRINUSE')
      const reason = taken ? 'the port is taken' : reasonOf(error)
      reject(new StartError(`The event store can't listen on ${address}: ${reason}.`))
    })
  })
}

async function shutDown(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown()
      resolve()
    }, SHUTDOWN_MS)
    server.tryShutdown(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
