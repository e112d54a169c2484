/**
 * A client as its author should write it: it asks again, with the same key, for as long as it does not
 * know what became of its request, and notes every answer that the contract does not allow.
 */

import { setTimeout as delay } from 'node:timers/promises'

export type Body = Readonly<Record<string, unknown>>
export type Answer = Readonly<{ status: number; headers: Headers; body: Body }>

export type Sent = Readonly<{
  path: string
  token: string
  key: string
  body: unknown
  headers?: Readonly<Record<string, string>>
}>

export type PatientClient = Readonly<{
  /** Resolves with the first answer that settles it: 2xx, or a refusal. Rejects if none comes. */
  surely: (sent: Sent) => Promise<Answer>
  /** One attempt; undefined if no answer came. */
  once: (sent: Sent) => Promise<Answer | undefined>
  /** What came so far: by status, 0 for no answer. */
  counts: ReadonlyMap<number, number>
  /** Answers that no client should ever see. */
  faults: readonly string[]
}>

const ATTEMPT_MS = 30_000
const PATIENCE_MS = 120_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500

const NEVER = new AbortController().signal

/** Of one service, `url` its address; gives up when the signal aborts. */
export function patientClient(url: string, signal: AbortSignal = NEVER): PatientClient {
  const counts = new Map<number, number>()
  const faults: string[] = []

  async function once(sent: Sent): Promise<Answer | undefined> {
    const answer = await attempt(url, sent)
    const status = answer?.status ?? 0
    counts.set(status, (counts.get(status) ?? 0) + 1)
    const fault = answer && faultOf(answer)
    if (fault !== undefined) faults.push(`${sent.path}: ${fault}`)
    return answer
  }

  async function surely(sent: Sent): Promise<Answer> {
    const deadline = performance.now() + PATIENCE_MS
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const answer = await once(sent)
      if (answer !== undefined && answer.status < 500) return answer
      signal.throwIfAborted()
      if (performance.now() > deadline) throw new Error(`${sent.path}: no answer that settles it`)
      await delay(pauseMs)
    }
  }

  return { surely, once, counts, faults }
}

async function attempt(url: string, sent: Sent): Promise<Answer | undefined> {
  const { path, token, key, body, headers } = sent
  try {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
        ...headers,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ATTEMPT_MS),
    })
    const { status } = response
    return { status, headers: response.headers, body: (await response.json()) as Body }
  } catch {
    return undefined // whether it was done is not known
  }
}

function faultOf({ status, headers, body }: Answer): string | undefined {
  if (status === 503) return headers.has('retry-after') ? undefined : '503 without Retry-After'
  return status >= 500 ? `${status} ${JSON.stringify(body)}` : undefined
}

/** A read as JSON; throws unless the answer is 200. */
export async function read(url: string, path: string, token: string): Promise<Body> {
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ATTEMPT_MS),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`)
  return JSON.parse(text) as Body
}
