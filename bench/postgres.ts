/** A Postgres for a benchmark: the one that `DATABASE_URL` names, or one of its own. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ended } from '../infra/embedded/part.ts'
import { freePort } from '../infra/embedded/ports.ts'
import { postgresPart } from '../infra/embedded/postgres.ts'

export type BenchPostgres = Readonly<{ url: string }> & AsyncDisposable

export async function benchPostgres(): Promise<BenchPostgres> {
  const given = process.env.DATABASE_URL
  if (given !== undefined) return { url: given, [Symbol.asyncDispose]: async () => undefined }
  const runFolder = await mkdtemp(join(tmpdir(), 'tradeline-bench-'))
  const part = await postgresPart({
    folder: join(runFolder, 'postgres'),
    port: await freePort(),
    passwordFile: join(runFolder, 'password'),
    runFolder,
  })
  const child = part.spawn()
  for (const stream of [child.stdout, child.stderr]) stream?.resume()
  await part.ready(child, AbortSignal.timeout(part.readyMs))
  return {
    url: part.urlOf('postgres'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT')
      await ended(child)
      await rm(runFolder, { recursive: true })
    },
  }
}
