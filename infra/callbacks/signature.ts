/** How outside systems sign what they send: HMAC-SHA256 over the time and the bytes of the body. */

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Received } from '../../commands/correspondents.ts'

export const TIMESTAMP_HEADER = 'tradeline-timestamp'
export const SIGNATURE_HEADER = 'tradeline-signature'

/** What was signed longer ago is refused; so is what is dated further ahead than clocks differ. */
export const REPLAY_WINDOW_SECONDS = 300

/** The two headers that prove a body. */
export function signed(
  secret: string,
  body: string | Buffer,
  now: Date,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const signature = digest(secret, timestamp, body).toString('hex')
  return { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: `sha256=${signature}` }
}

/** Whether a body was signed with one of the secrets, within the replay window. */
export function isSigned(
  secrets: readonly string[],
  { headers, raw }: Received,
  now: Date,
): boolean {
  const timestamp = headers[TIMESTAMP_HEADER]
  const signature = headers[SIGNATURE_HEADER]
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return false
  if (!/^\d{1,12}$/.test(timestamp)) return false
  const ageSeconds = now.getTime() / 1000 - Number(timestamp)
  if (Math.abs(ageSeconds) > REPLAY_WINDOW_SECONDS) return false
  const given = /^sha256=([\da-f]{64})$/i.exec(signature)?.[1]
  if (given === undefined) return false
  const bytes = Buffer.from(given, 'hex')
  // Every secret is tried, so that the time says nothing of which one it was.
  return secrets
    .map((secret) => timingSafeEqual(digest(secret, timestamp, raw), bytes))
    .includes(true)
}

function digest(secret: string, timestamp: string, body: string | Buffer): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest()
}
