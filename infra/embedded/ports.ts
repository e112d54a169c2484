/** Loopback ports: whether one can be had, and which one is free. */
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

/** A port that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return listenOnce(0)
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: loopback, exclusive: true }, () => {
      const address = server.address()
      const given = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(given))
    })
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
