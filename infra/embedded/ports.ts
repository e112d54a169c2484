/** Loopback ports: whether one can be had, and which one is free. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { codeOf, reasonOf, StartError } from './start-error.ts'

const loopback = '127.0.0.1'

/** Refuses with a sentence when the port can't be listened on; `setting` names it to the operator. */
export async function assertPortFree(port: number, setting: string): Promise<void> {
  try {
    await listenOnce(port)
  } catch (error) {
    throw new StartError(sentence(port, setting, error))
  }
}

/**
 * Those that a free port is chosen from: below the ones that systems give to outgoing connections,
 * any of which might take the port before its server listens.
 */
const lowest = 20_000
const count = 12_768
/** Each process begins at a place of its own and never gives a port twice in a round. */
let next = randomInt(count)

/** A port that nothing listens on at this moment, and that no outgoing connection will be given. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < count; tried++) {
    next = (next + 1) % count
    const port = lowest + next
    if (await canListen(port)) return port
  }
  throw new StartError(`No port from ${lowest} to ${lowest + count - 1} is free.`)
}

function canListen(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  )
}

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve()))
  })
}

function sentence(port: number, setting: string, error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE') {
    return `Port ${port} is used by another program; stop that one, or set ${setting} to a free port.`
  }
  if (codeOf(error) === 'EACCES') {
    return `Port ${port} may not be used by this account; set ${setting} to a port above 1023.`
  }
  return `Port ${port} can't be used (${reasonOf(error)}); set ${setting} to another one.`
}
