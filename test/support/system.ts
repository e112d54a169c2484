/** A whole tradeline for a test: a process of its own, a temporary folder, free ports. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Role } from '../../domain/kernel/roles.ts'
import { ended } from '../../infra/embedded/part.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { signToken } from '../../infra/keys.ts'
import { temporaryFolder } from './folders.ts'
import type { Teardown } from './postgres.ts'
import { until } from './until.ts'

const program = fileURLToPath(new URL('../../main.ts', import.meta.url))

export type TestSystem = Readonly<{
  writeUrl: string
  readUrl: string
  tokenFor: (role: Role, dealer?: string) => Promise<string>
}>

const READY_WITHIN_MS = 60_000

/** Starts all roles on an empty system, and waits until it is ready; ended with the test. */
export async function startSystem(
  t: Teardown,
  { businessDate }: Readonly<{ businessDate: string }>,
): Promise<TestSystem> {
  const data = await temporaryFolder(t)
  const names = ['WRITE_PORT', 'READ_PORT', 'EVENT_STORE_PORT', 'POSTGRES_PORT', 'NATS_PORT']
  const ports = new Map<string, number>()
  for (const name of names) ports.set(name, await freePort())
  const args = [program, 'start', '--data', data, '--business-date', businessDate]
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...asText(ports) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended(child)
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await until('the system is ready', () => isReady(child.exitCode, said), READY_WITHIN_MS)
  const addressOf = (name: string) => `http://127.0.0.1:${ports.get(name)}`
  return {
    writeUrl: addressOf('WRITE_PORT'),
    readUrl: addressOf('READ_PORT'),
    tokenFor: (role, dealer) => signToken(data, { role, dealer }),
  }
}

function isReady(exitCode: number | null, said: string): boolean {
  if (exitCode !== null) throw new Error(`the system ended with ${exitCode}: ${said}`)
  return said.includes('tradeline is ready')
}

function asText(ports: ReadonlyMap<string, number>): Record<string, string> {
  return Object.fromEntries([...ports].map(([name, port]) => [name, String(port)]))
}
