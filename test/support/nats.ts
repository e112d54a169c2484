/** A JetStream server of a test's own. */
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { natsMissing, natsPart } from '../../infra/embedded/nats.ts'
import { ended, hasEnded } from '../../infra/embedded/part.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import type { Teardown } from './postgres.ts'

const readyMs = 10_000

export type TestNats = Readonly<{
  url: string
  /** Ends the server; what it stored stays. */
  stop: () => Promise<void>
  /** Starts it again on the same port and storage. */
  start: () => Promise<void>
}>

/** Why NATS tests are skipped on this machine; false when they can run: `test(name, { skip }, …)`. */
export async function skipWithoutNats(): Promise<string | false> {
  const part = await natsPart({ folder: tmpdir(), port: 0 })
  return part === undefined ? natsMissing : false
}

/** Starts a server on a free port with storage of its own; both are gone when the test is over. */
export async function testNats(t: Teardown): Promise<TestNats> {
  const folder = await mkdtemp(join(tmpdir(), 'tradeline-test-nats-'))
  const part = await natsPart({ folder, port: await freePort() })
  if (part === undefined) throw new Error(natsMissing)
  let child: ChildProcess | undefined
  const start = async () => {
    if (child !== undefined && !hasEnded(child)) return
    child = part.spawn()
    child.stdout?.resume()
    child.stderr?.resume()
    await part.ready(child, AbortSignal.timeout(readyMs))
  }
  const stop = async () => {
    child?.kill('SIGTERM')
    if (child !== undefined) await ended(child)
  }
  t.teardown(async () => {
    await stop()
    await rm(folder, { recursive: true })
  })
  await start()
  return { url: part.url, stop, start }
}
