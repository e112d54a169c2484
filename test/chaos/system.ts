/** A whole tradeline that a test may kill, part by part, and start again on the same data. */

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Role } from '../../domain/kernel/roles.ts'
import { natsProgram } from '../../infra/embedded/nats.ts'
import { ended, hasEnded } from '../../infra/embedded/part.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { endProcess, isAlive } from '../../infra/embedded/process-identity.ts'
import { signToken } from '../../infra/keys.ts'
import { temporaryFolder } from '../support/folders.ts'
import type { Teardown } from '../support/postgres.ts'
import { until } from '../support/until.ts'

const program = fileURLToPath(new URL('../../main.ts', import.meta.url))

/** The servers that the application starts and looks after. */
export const PARTS = ['postgres', 'event-store', 'nats'] as const
export type Part = (typeof PARTS)[number]

export const FIRST_DAY = '2026-03-02'
const READY_WITHIN_MS = 60_000
const GONE_WITHIN_MS = 10_000

/** A line of the application's log. */
export type LogLine = Readonly<{ level: number; msg: string; [field: string]: unknown }>

export type ChaosSystem = Readonly<{
  dataDir: string
  writeUrl: string
  readUrl: string
  eventStoreUrl: string
  natsUrl: string
  hasNats: boolean
  databaseUrl: () => Promise<string>
  tokenFor: (role: Role, dealer?: string) => Promise<string>
  /** Starts the application; resolves when it says that it is ready. */
  start: () => Promise<void>
  /** `kill -9` of the application; its parts are left over. */
  kill: () => Promise<void>
  /** Whether the application runs. */
  isUp: () => boolean
  /** The application's process. */
  pid: () => number
  /** The process of a part, as the application noted it; undefined while there is none. */
  partPid: (part: Part) => number | undefined
  /** What the application has logged, from the first start on. */
  log: () => readonly LogLine[]
}>

/** Prepares a system on an empty folder; whatever runs of it is ended with the test. */
export async function chaosSystem(t: Teardown): Promise<ChaosSystem> {
  const dataDir = await temporaryFolder(t)
  const ports = {
    WRITE_PORT: await freePort(),
    READ_PORT: await freePort(),
    EVENT_STORE_PORT: await freePort(),
    POSTGRES_PORT: await freePort(),
    NATS_PORT: await freePort(),
  }
  const output = join(dataDir, 'output.log')
  let child: ChildProcess | undefined
  t.teardown(async () => {
    child?.kill('SIGTERM')
    if (child !== undefined) await ended(child)
    for (const part of PARTS) await endPart(dataDir, part)
  })

  async function start(): Promise<void> {
    const before = readyLines(output)
    const started = launch(dataDir, ports, output)
    child = started
    await until(
      'the system is ready',
      () => {
        if (hasEnded(started)) throw new Error(`it ended: ${tailOf(output)}`)
        return readyLines(output) > before
      },
      READY_WITHIN_MS,
    )
  }

  function running(): ChildProcess & Readonly<{ pid: number }> {
    if (child?.pid === undefined) throw new Error('the application was not started')
    return child as ChildProcess & Readonly<{ pid: number }>
  }

  const at = (name: keyof typeof ports) => `127.0.0.1:${ports[name]}`
  return {
    dataDir,
    writeUrl: `http://${at('WRITE_PORT')}`,
    readUrl: `http://${at('READ_PORT')}`,
    eventStoreUrl: `esdb://${at('EVENT_STORE_PORT')}?tls=false`,
    natsUrl: `nats://${at('NATS_PORT')}`,
    hasNats: (await natsProgram()) !== undefined,
    databaseUrl: async () => {
      const password = await readFile(join(dataDir, 'keys', 'postgres-password'), 'utf8')
      return `postgres://tradeline:${password.trim()}@${at('POSTGRES_PORT')}/tradeline`
    },
    tokenFor: (role, dealer) => signToken(dataDir, { role, dealer }),
    start,
    kill: async () => {
      running().kill('SIGKILL')
      await ended(running())
    },
    isUp: () => child !== undefined && !hasEnded(child),
    pid: () => running().pid,
    partPid: (part) => noteOf(dataDir, part)?.pid,
    log: () => linesOf(output),
  }
}

function launch(dataDir: string, ports: Readonly<Record<string, number>>, output: string) {
  const file = openSync(output, 'a', 0o600)
  try {
    const args = [program, 'start', '--data', dataDir, '--business-date', FIRST_DAY]
    const env = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `${port}`]))
    return spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', file, file],
    })
  } finally {
    closeSync(file)
  }
}

const Note = z.object({ pid: z.int().positive(), began: z.string() })

/** The process that the application noted for a part, if exactly that one still runs. */
function noteOf(dataDir: string, part: Part) {
  try {
    const note = Note.parse(JSON.parse(readFileSync(join(dataDir, 'run', `${part}.pid`), 'utf8')))
    return isAlive(note) ? note : undefined
  } catch {
    return undefined // none was started, or the note is being written
  }
}

async function endPart(dataDir: string, part: Part): Promise<void> {
  const note = noteOf(dataDir, part)
  if (note === undefined) return
  await endProcess(note, [{ signal: 'SIGKILL', waitMs: GONE_WITHIN_MS }])
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // not started yet
  }
}

function readyLines(file: string): number {
  return textOf(file).split('tradeline is ready').length - 1
}

function tailOf(file: string): string {
  return textOf(file).slice(-2_000)
}

function linesOf(file: string): readonly LogLine[] {
  const lines = textOf(file).split('\n')
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine)
}
