/** What the node says of itself: its version, its methods, and that it is a cluster of one. */
import { randomUUID } from 'node:crypto'
import gossipMessages, { type ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js'
import featuresMessages, {
  type SupportedMethods,
} from '@eventstore/db-client/generated/serverfeatures_pb.js'
import sharedMessages, { type Empty } from '@eventstore/db-client/generated/shared_pb.js'
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'

const VERSION = '23.10.8' // of the server whose behaviour this is
const STREAMS = 'event_store.client.streams.streams'
const METHODS: Readonly<Record<string, readonly string[]>> = {
  read: ['position', 'events'],
  append: [],
  batchappend: ['deadline_duration'],
}

const { VNodeState } = gossipMessages.MemberInfo

export function supportedMethods(
  _call: ServerUnaryCall<Empty, SupportedMethods>,
  reply: sendUnaryData<SupportedMethods>,
): void {
  const methods = Object.entries(METHODS).map(([name, features]) =>
    new featuresMessages.SupportedMethod()
      .setServiceName(STREAMS)
      .setMethodName(name)
      .setFeaturesList([...features]),
  )
  const supported = new featuresMessages.SupportedMethods()
    .setEventStoreServerVersion(VERSION)
    .setMethodsList(methods)
  reply(null, supported)
}

const nodeId = new sharedMessages.UUID().setString(randomUUID())

/** Tells clients that look for the leader: it is this node, at the address where they found it. */
export function gossip(
  call: ServerUnaryCall<Empty, ClusterInfo>,
  reply: sendUnaryData<ClusterInfo>,
): void {
  const { hostname, port } = new URL(`http://${call.getHost()}`)
  const endPoint = new gossipMessages.EndPoint().setAddress(hostname).setPort(Number(port))
  const member = new gossipMessages.MemberInfo()
    .setInstanceId(nodeId)
    .setTimeStamp(String(Date.now()))
    .setState(VNodeState.LEADER)
    .setIsAlive(true)
    .setHttpEndPoint(endPoint)
  reply(null, new gossipMessages.ClusterInfo().setMembersList([member]))
}
