/** Where the servers of a running tradeline are: noted in its data folder for its own commands. */

import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const Servers = z.object({
  databaseUrl: z.string(),
  eventStoreUrl: z.string(),
  natsUrl: z.string().optional(),
})
export type RunningServers = Readonly<{
  databaseUrl: string
  eventStoreUrl: string
  natsUrl?: string | undefined
}>

const fileIn = (runFolder: string) => join(runFolder, 'servers.json')

/** The note holds the database's password: only its owner may read it. */
export async function noteServers(runFolder: string, servers: RunningServers): Promise<void> {
  await writeFile(fileIn(runFolder), JSON.stringify(Servers.parse(servers)), { mode: 0o600 })
}

export async function forgetServers(runFolder: string): Promise<void> {
  await rm(fileIn(runFolder), { force: true })
}

/** Undefined if none is noted. */
export async function notedServers(runFolder: string): Promise<RunningServers | undefined> {
  try {
    return Servers.parse(JSON.parse(await readFile(fileIn(runFolder), 'utf8')))
  } catch {
    return undefined
  }
}
