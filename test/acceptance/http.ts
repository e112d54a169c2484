/** Requests as an outside program sends them, and answers as it sees them. */

export type Body = Readonly<Record<string, unknown>>

export type Answer = Readonly<{
  status: number
  headers: Headers
  /** The JSON of the answer; an empty object where it is none. */
  body: Body
  text: string
}>

type SentHeaders = Readonly<Record<string, string>>

export type Sent = Readonly<{
  method: string
  path: string
  headers?: SentHeaders
  /** Sent as JSON; text is sent as it is. */
  body?: unknown
}>

const MOST_MS = 30_000

/** Sends one request to a service. */
export async function send(
  service: string,
  { method, path, headers = {}, body }: Sent,
): Promise<Answer> {
  const response = await fetch(`${service}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    redirect: 'manual',
    signal: AbortSignal.timeout(MOST_MS),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: jsonOf(response, text), text }
}

function jsonOf(response: Response, text: string): Body {
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '')
  return isJson && text !== '' ? (JSON.parse(text) as Body) : {}
}

/** A field of an answer, by its path: `items.0.orderId`. */
export function field(body: unknown, path: string): unknown {
  let value = body
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Body)[name]
  }
  return value
}

/** A field that is text; fails the test that asks for another. */
export function textOf(body: unknown, path: string): string {
  const value = field(body, path)
  if (typeof value !== 'string') throw new Error(`${path} is no text in ${JSON.stringify(body)}`)
  return value
}

/** A field that is a list of objects. */
export function listOf(body: unknown, path = 'items'): readonly Body[] {
  const value = field(body, path)
  if (!Array.isArray(value)) throw new Error(`${path} is no list in ${JSON.stringify(body)}`)
  return value
}
