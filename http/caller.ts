/** Who calls, as the bearer token says; the way from a token to a caller is handed in. */

import type { FastifyRequest } from 'fastify'
import type { Role } from '../domain/kernel/roles.ts'
import { Problem } from './problem.ts'

export type Caller = Readonly<{
  user: string
  role: Role
  dealerId?: string
  /** Whether they signed in with a second factor. */
  secondFactor: boolean
}>

/** Throws an error with a sentence for the caller; its `reason` says whose fault it is. */
export type VerifyToken = (token: string) => Promise<Caller>

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined
  }
}

/** The caller of a request that has passed the authentication. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw unauthorised('A bearer token is needed.')
  return request.caller
}

export function authentication(verify: VerifyToken): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const token = /^Bearer (\S{1,8192})$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) throw unauthorised('A bearer token is needed.')
    try {
      request.caller = await verify(token)
    } catch (error) {
      throw refused(error)
    }
    if (isDealers(request.caller) && request.caller.dealerId === undefined) {
      throw dealerMissing(request.caller)
    }
  }
}

/** Whether the caller is one of a dealer's people, who see and act for their own dealers only. */
export function isDealers({ role }: Caller): boolean {
  return role.startsWith('dealer-')
}

function dealerMissing({ role }: Caller): Problem {
  const detail = `A token of the role ${role} must name its dealer (claim "dealer").`
  return new Problem(403, 'dealer-missing', detail)
}

function refused(error: unknown): Problem {
  if (!(error instanceof Error) || !('reason' in error)) throw error
  if (error.reason === 'keys-unavailable') {
    return new Problem(503, 'keys-unavailable', error.message, { headers: { 'retry-after': '5' } })
  }
  return unauthorised(error.message)
}

function unauthorised(detail: string): Problem {
  return new Problem(401, 'unauthorised', detail, { headers: { 'www-authenticate': 'Bearer' } })
}
