/** Sends a file as a browser's form does. */

import type { Answer, Body } from './http.ts'
import type { Person, System } from './system.ts'

export type Upload = Readonly<{
  /** The form's part; `file` if not given. */
  part?: string
  name?: string
  headers?: Readonly<Record<string, string>>
}>

/** Posts a file to a path of the write service, below `/v1`. */
export async function upload(
  { writeUrl }: Pick<System, 'writeUrl'>,
  { token }: Pick<Person, 'token'>,
  path: string,
  content: string | Uint8Array,
  { part = 'file', name = 'orders.csv', headers = {} }: Upload = {},
): Promise<Answer> {
  const form = new FormData()
  form.append(part, new Blob([Buffer.from(content)]), name)
  const response = await fetch(`${writeUrl}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: form,
    signal: AbortSignal.timeout(60_000),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text) as Body,
    text,
  }
}
