/** `tradeline import`: sends a file to a running write service, and prints the verdict on each row. */

import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Role } from '../../domain/kernel/roles.ts'
import { readConfig } from '../config.ts'
import { discover, ROOT } from '../discover.ts'
import { reasonOf, StartError } from '../embedded/start-error.ts'
import { signToken } from '../keys.ts'

type Options = Readonly<{
  data: string
  role: Role
  dealer?: string
  user?: string
  url?: string
  key?: string
}>

const TRIES = 5

/** The exit code is 0 only if every row was accepted. */
export async function importFile(kind: string, path: string, options: Options): Promise<void> {
  const url = await urlFor(kind, options)
  const file = await openAsBlob(path).catch((error: unknown) => {
    throw new StartError(`${path} can't be read: ${reasonOf(error)}.`)
  })
  const token = await tokenFor(options)
  const headers = {
    authorization: `Bearer ${token}`,
    ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
  }
  process.stderr.write(`Sending ${path} (${file.size} bytes) to ${url} …\n`)
  const answer = await send(url, headers, file, basename(path))
  print(answer)
  if (answer.refused > 0) process.exitCode = 1
}

async function urlFor(kind: string, { url, data }: Options): Promise<string> {
  const { imports } = await discover(ROOT)
  const declared = imports.get(kind)
  if (declared === undefined) {
    throw new StartError(
      `There is no import of ${kind}; there is ${[...imports.keys()].join(', ')}.`,
    )
  }
  const { writePort } = readConfig(process.env, { data })
  return `${url ?? `http://127.0.0.1:${writePort}`}/v1${declared.path}/import`
}

/** Of the environment, for a system whose tokens another issuer signs, or signed with the local key. */
async function tokenFor({ data, role, dealer, user }: Options): Promise<string> {
  return process.env.TRADELINE_TOKEN ?? (await signToken(data, { role, dealer, user }))
}

const Row = z.looseObject({
  row: z.number(),
  verdict: z.string(),
  code: z.string().optional(),
  message: z.string().optional(),
})

const Answer = z.object({
  importId: z.string(),
  accepted: z.number(),
  refused: z.number(),
  ignoredColumns: z.array(z.string()),
  rows: z.array(Row),
})
type Answer = z.output<typeof Answer>

/** What stands before the service, such as a proxy, may answer in words of its own. */
const Problem = z.object({ detail: z.string() })

/** Sending again changes nothing: what is away for a moment is asked again. */
async function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  file: Blob,
  name: string,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const form = new FormData()
    form.append('file', file, name)
    const response = await fetch(url, { method: 'POST', headers, body: form }).catch(
      (error: unknown) => {
        throw new StartError(`${url} gave no answer: ${reasonOf(error)}. Is tradeline running?`)
      },
    )
    if (response.ok) return Answer.parse(await response.json())
    if (response.status !== 503 || attempt === TRIES) throw await refused(url, response)
    await response.arrayBuffer()
    await delay(Number(response.headers.get('retry-after') ?? '1') * 1000)
  }
}

async function refused(url: string, response: Response): Promise<StartError> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined))
  return new StartError(problem.data?.detail ?? `${url} answered ${response.status}.`)
}

function print({ importId, accepted, refused, ignoredColumns, rows }: Answer): void {
  const lines = rows.map(({ row, verdict, code, message, ...rest }) => {
    const said = code === undefined ? Object.values(rest).join(' ') : `${code}: ${message}`
    return `row ${row}\t${verdict}\t${said}\n`
  })
  process.stdout.write(lines.join(''))
  if (ignoredColumns.length > 0) {
    process.stdout.write(`Columns that were passed over: ${ignoredColumns.join(', ')}\n`)
  }
  process.stdout.write(`Import ${importId}: ${accepted} rows accepted, ${refused} refused\n`)
}
