/** The ports over HTTP, with kept-alive connections; what is away for a while is asked again. */

import { z } from 'zod'
import type { Role } from '../domain/kernel/roles.ts'
import { type DemoPorts, Refused } from './ports.ts'

export type Services = Readonly<{
  /** Where the write service is: `http://127.0.0.1:8080`. */
  writeUrl: string
  readUrl: string
  /** A bearer token for a role. */
  tokenFor: (role: Role) => string | Promise<string>
  /** Gives up what is under way. */
  signal?: AbortSignal | undefined
}>

const REQUEST_TIMEOUT_MS = 60_000
const TRIES = 30
const PAUSE_MS = 250

const Problem = z.object({ code: z.string(), detail: z.string() })

export function httpPorts({ writeUrl, readUrl, tokenFor, signal }: Services): DemoPorts {
  const given = signal === undefined ? {} : { signal }
  return {
    async post({ path, body, key, role }, { waitSeconds } = {}) {
      return await ask(`${writeUrl}/v1${path}`, {
        ...given,
        method: 'POST',
        headers: {
          authorization: `Bearer ${await tokenFor(role)}`,
          'content-type': 'application/json',
          'idempotency-key': key,
          ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
        },
        body: JSON.stringify(body),
      })
    },
    async upload({ path, name, content, role }, { waitSeconds } = {}) {
      const body = new FormData()
      body.set('file', new Blob([content]), name)
      return await ask(`${writeUrl}/v1${path}`, {
        ...given,
        method: 'POST',
        headers: {
          authorization: `Bearer ${await tokenFor(role)}`,
          ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
        },
        body,
      })
    },
    async get(path, role) {
      const headers = { authorization: `Bearer ${await tokenFor(role)}` }
      return await ask(`${readUrl}/v1${path}`, { ...given, method: 'GET', headers })
    },
  }
}

/** Every request may be sent again: writes carry their key, files are known by their content. */
async function ask(url: string, init: RequestInit): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await answerTo(url, init, attempt === TRIES)
    if (answer !== undefined) return await bodyOf(`${init.method} ${url}`, answer)
    init.signal?.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

/** Undefined: nobody answered, or not now; the last time, that is thrown or given. */
async function answerTo(
  url: string,
  init: RequestInit,
  isLast: boolean,
): Promise<Response | undefined> {
  try {
    const signal = AbortSignal.any([
      AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(init.signal ? [init.signal] : []),
    ])
    const response = await fetch(url, { ...init, signal })
    if (isLast || (response.status !== 503 && response.status !== 504)) return response
    await response.body?.cancel()
  } catch (error) {
    if (isLast) throw new Error(`${init.method} ${url}: no answer`, { cause: error })
  }
  return undefined
}

async function bodyOf(asked: string, response: Response): Promise<unknown> {
  const body: unknown = await response.json()
  if (response.ok) return body
  const { code, detail } = Problem.parse(body)
  throw new Refused(asked, response.status, code, detail)
}
