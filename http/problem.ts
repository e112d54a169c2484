/** Problem documents (RFC 9457): the one form in which both services say no. */

import { z } from 'zod'
import type { Refusal, RefusalKind } from '../domain/kernel/decision.ts'
import { ToldExplanation } from '../domain/kernel/explanation.ts'

const TYPE_BASE = 'https://tradeline.dev/problems/'

export type FieldError = Readonly<{ path: string; message: string }>

export type ProblemDocument = Readonly<{
  type: string
  title: string
  status: number
  detail: string
  code: string
  instance?: string
  decision?: Refusal['decision']
  errors?: readonly FieldError[]
}>

/** For OpenAPI. */
export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  instance: z.string().optional(),
  decision: ToldExplanation.optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

type Extras = Readonly<{
  decision?: Refusal['decision']
  errors?: readonly FieldError[]
  headers?: Readonly<Record<string, string>>
}>

/** Thrown anywhere in a route: becomes the answer. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly extras: Extras
  constructor(status: number, code: string, detail: string, extras: Extras = {}) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.extras = extras
  }
}

/** `credit-insufficient` → `Credit insufficient`. */
function titleOf(code: string): string {
  const words = code.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export function documentOf(problem: Problem, instance: string): ProblemDocument {
  const { decision, errors } = problem.extras
  return {
    type: `${TYPE_BASE}${problem.code}`,
    title: titleOf(problem.code),
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    instance,
    ...(decision === undefined ? {} : { decision }),
    ...(errors === undefined ? {} : { errors }),
  }
}

const STATUS: Readonly<Record<RefusalKind, number>> = {
  rule: 422,
  state: 409,
  unknown: 404,
  forbidden: 403,
  precondition: 412,
}

/** A refusal of the domain as a problem. */
export function problemOf({ kind, code, message, decision }: Refusal): Problem {
  return new Problem(STATUS[kind], code, message, { decision })
}

/** What zod found, as a 400 that names each field and rule. */
export function invalid(error: z.ZodError, where = ''): Problem {
  const errors = error.issues.slice(0, MOST_ERRORS).map(({ path, message }) => ({
    path: [where, ...path.map(String)].filter((part) => part !== '').join('.'),
    message,
  }))
  const [first] = errors
  const detail =
    first === undefined ? 'The request is not valid.' : `${first.path || 'body'}: ${first.message}`
  return new Problem(400, 'invalid-request', detail, { errors })
}

const MOST_ERRORS = 50

/** A role that may not ask for this, with those that may. */
export function roleForbidden(role: string, allowed: readonly string[], what: string): Problem {
  return new Problem(403, 'role-forbidden', `The role ${role} may not ${what}.`, {
    decision: {
      rule: 'role-forbidden',
      ruleVersion: 1,
      inputs: { role, allowed },
      ways: [`ask someone with one of the roles: ${allowed.join(', ')}`],
    },
  })
}

/** For OpenAPI: what every route may answer instead. */
export const PROBLEM_ANSWER = {
  description: 'A problem document.',
  content: { 'application/problem+json': { schema: ProblemSchema } },
}
