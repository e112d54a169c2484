/** `tradeline demo`: a system of its own that plays the real orders, and then serves what came of it. */

import { runDemo } from '../../demo/demo.ts'
import { FIRST_DAY } from '../../demo/plan.ts'
import type { Role } from '../../domain/kernel/roles.ts'
import { type Config, readConfig } from '../config.ts'
import { signToken } from '../keys.ts'
import { runSystem, type System } from './system.ts'

type Options = Readonly<{ data: string; exit?: boolean }>

/** The exit code is 1 if a figure differs. */
export async function demo({ data, exit = false }: Options): Promise<void> {
  const env = { LOG_LEVEL: 'warn', ...process.env }
  const config = readConfig(env, { data, role: 'all', businessDate: FIRST_DAY })
  await runSystem(config, async (system, ended) => {
    const ending = new AbortController()
    void ended.then(() => ending.abort())
    const { agrees } = await runDemo({
      ...servicesOf(config, system),
      output: process.stdout,
      signal: ending.signal,
    })
    if (!agrees) process.exitCode = 1
    if (exit) return
    process.stdout.write(`tradeline is ready: ${system.addresses.join(', ')}\n`)
    await ended
  })
}

/** Addresses to listen on, not to ask. */
const EVERYWHERE = ['0.0.0.0', '::']

function servicesOf({ host, dataDir }: Config, { app: { ports } }: System) {
  const tokens = new Map<Role, Promise<string>>()
  const own = EVERYWHERE.includes(host) ? '127.0.0.1' : host
  return {
    writeUrl: `http://${own}:${ports.write}`,
    readUrl: `http://${own}:${ports.read}`,
    tokenFor: (role: Role) => {
      const token = tokens.get(role) ?? signToken(dataDir, { role, user: 'demo' })
      tokens.set(role, token)
      return token
    },
  }
}
