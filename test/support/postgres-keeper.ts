/** Runs the Postgres that tests share, for as long as a test process is connected to it. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { tryLock } from '../../infra/embedded/data-lock.ts'
import { ended } from '../../infra/embedded/part.ts'
import { endNoted, note } from '../../infra/embedded/pid-file.ts'
import { freePort } from '../../infra/embedded/ports.ts'
import { postgresPart } from '../../infra/embedded/postgres.ts'
import type { StopStep } from '../../infra/embedded/process-identity.ts'

const idleMs = 5_000
const readyMs = 30_000
const stopSteps: readonly StopStep[] = [{ signal: 'SIGQUIT', waitMs: 10_000 }] // data is thrown away

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: postgres-keeper.ts <folder>')
if (tryLock(folder) === undefined) process.exit(0) // another keeper is at work
try {
  await keep(folder)
} catch (error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  writeFileSync(join(folder, 'failure'), text)
  process.exit(1)
}
process.exit(0)

async function keep(folder: string): Promise<void> {
  const files = {
    data: join(folder, 'postgres'),
    password: join(folder, 'password'),
    pid: join(folder, 'postgres.pid'),
    log: join(folder, 'postgres.log'),
    socket: join(folder, 'keeper.sock'),
  }
  await endNoted(files.pid, stopSteps)
  for (const file of [files.data, files.log, files.socket, join(folder, 'failure')]) {
    await rm(file, { recursive: true, force: true })
  }
  const part = await postgresPart({
    folder: files.data,
    port: await freePort(),
    passwordFile: files.password,
    runFolder: folder,
    settings: { max_connections: '400', shared_buffers: '128MB' },
  })
  const child = part.spawn()
  if (child.pid !== undefined) note(files.pid, child.pid)
  logTo(files.log, child)
  try {
    await part.ready(child, AbortSignal.timeout(readyMs))
    await Promise.race([served(files.socket, part.urlOf('postgres')), ended(child)])
  } finally {
    await endNoted(files.pid, stopSteps)
    await rm(files.data, { recursive: true, force: true })
  }
}

function logTo(file: string, child: ChildProcess): void {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => appendFileSync(file, chunk))
  }
}

/** Greets whoever connects with the URL; resolves when nobody has been connected for a while. */
async function served(socketFile: string, url: string): Promise<void> {
  const users = new Set<Socket>()
  const server = createServer((socket) => {
    users.add(socket)
    clearTimeout(idle)
    socket.on('error', () => undefined) // 'close' follows
    socket.on('close', () => {
      users.delete(socket)
      if (users.size === 0) idle = setTimeout(() => server.close(), idleMs)
    })
    socket.write(`${url}\n`)
  })
  let idle = setTimeout(() => server.close(), idleMs)
  server.listen(socketFile)
  await once(server, 'close')
}
