/** A tradeline of its own for a benchmark: a process, a temporary folder, free ports. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import type { Role } from '../domain/kernel/roles.ts'
import { freePort } from '../infra/embedded/ports.ts'
import { signToken } from '../infra/keys.ts'

const PROGRAM = join(import.meta.dirname, '..', 'main.ts')
const READY_WITHIN_MS = 60_000

export type Answer = Readonly<{ status: number; body: Readonly<Record<string, unknown>> }>

export type BenchSystem = Readonly<{
  dataDir: string
  writeUrl: string
  readUrl: string
  eventStoreUrl: string
  tokenFor: (role: Role, dealer?: string) => Promise<string>
  /** Starts it with these roles; resolves when it is ready. */
  start: (
    roles: string,
    nodeOptions?: readonly string[],
    options?: readonly string[],
  ) => Promise<ChildProcess>
  stop: () => Promise<void>
  [Symbol.asyncDispose]: () => Promise<void>
}>

export async function benchSystem(): Promise<BenchSystem> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tradeline-bench-'))
  const [write = 0, read = 0, eventStore = 0, postgres = 0, nats = 0] = await Promise.all(
    Array.from({ length: 5 }, () => freePort()),
  )
  const env = {
    ...process.env,
    WRITE_PORT: String(write),
    READ_PORT: String(read),
    EVENT_STORE_PORT: String(eventStore),
    POSTGRES_PORT: String(postgres),
    NATS_PORT: String(nats),
    LOG_LEVEL: 'warn',
  }
  let child: ChildProcess | undefined

  async function start(
    roles: string,
    nodeOptions: readonly string[] = [],
    options: readonly string[] = [],
  ): Promise<ChildProcess> {
    const args = [...nodeOptions, PROGRAM, 'start', '--data', dataDir, '--role', roles, ...options]
    const started = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    child = started
    await ready(started)
    return started
  }

  async function stop(): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const exited = once(running, 'exit')
    running.kill('SIGTERM')
    await exited
  }

  return {
    dataDir,
    writeUrl: `http://127.0.0.1:${write}`,
    readUrl: `http://127.0.0.1:${read}`,
    eventStoreUrl: `esdb://127.0.0.1:${eventStore}?tls=false`,
    tokenFor: (role, dealer) => signToken(dataDir, { role, dealer }),
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** The one line with the addresses says so. */
async function ready(child: ChildProcess): Promise<void> {
  const lines = child.stdout
  if (lines === null) throw new Error('the program has no output')
  const timer = setTimeout(() => child.kill('SIGTERM'), READY_WITHIN_MS)
  let text = ''
  for await (const chunk of lines) {
    text += String(chunk)
    if (text.includes('tradeline is ready')) {
      clearTimeout(timer)
      lines.resume()
      return
    }
  }
  throw new Error(`the system did not start: ${text}`)
}

/** JSON over kept connections. */
export function caller(url: string, connections: number) {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: 60_000 })
  return {
    async post(
      path: string,
      token: string,
      body: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Answer> {
      const answer = await pool.request({
        method: 'POST',
        path,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(body),
      })
      const parsed = (await answer.body.json()) as Record<string, unknown>
      return { status: answer.statusCode, body: parsed }
    },
    async get(path: string, token: string): Promise<Answer> {
      const answer = await pool.request({
        method: 'GET',
        path,
        headers: { authorization: `Bearer ${token}` },
      })
      const parsed = (await answer.body.json()) as Record<string, unknown>
      return { status: answer.statusCode, body: parsed }
    },
    close: () => pool.close(),
  }
}

export type Caller = ReturnType<typeof caller>
