/** More requests at once than a service takes. */

import { readFileSync } from 'node:fs'
import { Pool } from 'undici'
import type { ChaosSystem } from './system.ts'

export type Flood = Readonly<{
  /** Sends so many writes, and gives how many were answered with each status. */
  send: (count: number) => Promise<ReadonlyMap<string, number>>
  close: () => Promise<void>
}>

const ANSWER_WITHIN_MS = 90_000

/** Writes that all wait for one another: goods received into one warehouse. */
export async function flood(system: ChaosSystem, connections: number): Promise<Flood> {
  const token = await system.tokenFor('brand-admin')
  const pool = new Pool(system.writeUrl, { connections, headersTimeout: ANSWER_WITHIN_MS })
  const body = JSON.stringify({ warehouseId: 'SH', sku: 'MILK', quantity: 1, unitCost: '5.00' })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const one = async () => {
    const path = '/v1/stock/receipts'
    const answer = await pool.request({ method: 'POST', path, headers, body })
    await answer.body.dump()
    const hasHint = answer.headers['retry-after'] !== undefined
    return hasHint ? `${answer.statusCode} with Retry-After` : `${answer.statusCode}`
  }
  return {
    send: async (count) => {
      const answers = await Promise.all(Array.from({ length: count }, one))
      const counts = new Map<string, number>()
      for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
      return counts
    },
    close: () => pool.close(),
  }
}

const KIBIBYTE = 1024

/** What a process keeps in memory, in bytes. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kibibytes) * KIBIBYTE
}
