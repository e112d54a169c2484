/** A TCP proxy that a test can cut, silence and restore: a network that misbehaves on command. */

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Teardown } from './postgres.ts'

export type TcpProxy = Readonly<{
  port: number
  /** Breaks every connection; new ones are taken as before. */
  cut: () => void
  /** Connections stay, and new ones are taken, but not a byte passes any more. */
  silence: () => void
  /** Passes what clients send, and holds back what the server answers. */
  holdAnswers: () => void
  /** Everything passes again; connections from the silent time are broken. */
  restore: () => void
}>

type Mode = 'open' | 'silent' | 'no-answers'

/** Listens on the loopback, on a free port unless one is given; ended when the test is over. */
export async function tcpProxy(t: Teardown, targetPort: number, ownPort = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let mode: Mode = 'open'
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1')
    track(client)
    track(upstream)
    client.on('data', (bytes) => mode !== 'silent' && upstream.write(bytes))
    upstream.on('data', (bytes) => mode === 'open' && client.write(bytes))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(ownPort, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    cut()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    cut,
    silence: () => {
      mode = 'silent'
    },
    holdAnswers: () => {
      mode = 'no-answers'
    },
    restore: () => {
      mode = 'open'
      cut()
    },
  }
}
