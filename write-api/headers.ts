/** The request headers of a write, parsed once (contract: Headers). */

import type { FastifyRequest } from 'fastify'
import { Problem } from '../http/problem.ts'

const MOST_WAIT_SECONDS = 30

export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw badHeader('Idempotency-Key', 'must be 1 to 255 visible ASCII characters')
  }
  return key
}

/** The revision of `If-Match: W/"7"`; undefined where it is missing or `*`. */
export function ifMatchOf({ headers }: FastifyRequest): bigint | undefined {
  const tag = headers['if-match']
  if (tag === undefined || tag === '*') return undefined
  const revision = /^(?:W\/)?"(\d{1,18})"$/.exec(tag)?.[1]
  if (revision === undefined) throw badHeader('If-Match', 'must be an ETag such as W/"7"')
  return BigInt(revision)
}

/** The milliseconds of `Prefer: wait=2`; undefined where it is missing. */
export function waitMsOf({ headers }: FastifyRequest): number | undefined {
  const prefer = [headers.prefer ?? []].flat().join(',')
  const seconds = /(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/.exec(prefer)?.[1]
  if (seconds === undefined) return undefined
  return Math.min(Number(seconds), MOST_WAIT_SECONDS) * 1000
}

/** The W3C trace context, where it is well formed. */
export function traceparentOf({ headers }: FastifyRequest): string | undefined {
  const { traceparent } = headers
  if (typeof traceparent !== 'string') return undefined
  return /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(traceparent)
    ? traceparent
    : undefined
}

function badHeader(name: string, rule: string): Problem {
  const errors = [{ path: `header.${name}`, message: rule }]
  return new Problem(400, 'invalid-request', `${name}: ${rule}`, { errors })
}
