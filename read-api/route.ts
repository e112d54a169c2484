/** How a read is declared: its path, the read models it stands on, who may ask, and the query. */

import { z } from 'zod'
import type { Role } from '../domain/kernel/roles.ts'
import { type Caller, callerOf } from '../http/caller.ts'
import { invalid, PROBLEM_ANSWER, Problem, roleForbidden } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { Position } from './cursor.ts'

const Waiting = z.object({
  after: Position.optional(),
  waitMs: z.coerce.number().int().min(0).max(30_000).default(5_000),
})

/** Resolves once the read models have seen a position; throws `ReadModelBehind` after the time. */
export type WaitForModels = (
  models: readonly string[],
  position: bigint,
  timeoutMs: number,
) => Promise<boolean>

export type Read<Params, Query> = Readonly<{
  path: string
  summary: string
  /** The names of the read models it stands on: `?after=` waits for them. */
  models: readonly string[]
  /** Undefined: everybody, who then sees their own dealers only. */
  roles?: readonly Role[]
  params?: z.ZodType<Params>
  query?: z.ZodType<Query>
  answerSchema?: z.ZodType
  /** The media type of an answer that is a file. */
  fileType?: string
  handle: (asked: Readonly<{ params: Params; query: Query; caller: Caller }>) => Promise<Answer>
}>

export type Answer = Readonly<{
  body: unknown
  etag?: string
  type?: string
  headers?: Readonly<Record<string, string>>
}>

export function addRead<Params, Query>(
  server: Server,
  waitFor: WaitForModels,
  read: Read<Params, Query>,
): void {
  const path = `/v1${read.path}`
  server.get(path, { schema: describe(read) }, async (request, reply) => {
    const caller = callerOf(request)
    refuseRole(read, caller)
    const { after, waitMs } = parse(Waiting, request.query, 'query')
    const params = parse(
      read.params ?? (z.object({}) as unknown as z.ZodType<Params>),
      request.params,
    )
    const query = parse(
      read.query ?? (z.object({}) as unknown as z.ZodType<Query>),
      request.query,
      'query',
    )
    if (after !== undefined) await seen(waitFor, read.models, BigInt(after), waitMs)
    const { body, etag, type, headers } = await read.handle({ params, query, caller })
    if (headers !== undefined) reply.headers(headers)
    if (etag !== undefined) reply.header('etag', etag)
    if (type !== undefined) reply.type(type)
    return reply.send(body)
  })
}

function parse<Output>(schema: z.ZodType<Output>, value: unknown, where = ''): Output {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw invalid(parsed.error, where)
  return parsed.data
}

function refuseRole({ roles }: Pick<Read<never, never>, 'roles'>, { role }: Caller): void {
  if (roles === undefined || roles.includes(role)) return
  throw roleForbidden(role, roles, 'read this')
}

async function seen(
  waitFor: WaitForModels,
  models: readonly string[],
  position: bigint,
  waitMs: number,
): Promise<void> {
  if (await waitFor(models, position, waitMs)) return
  const detail = `The read model has not seen position ${position} within ${waitMs} ms.`
  throw new Problem(504, 'read-model-behind', detail, { headers: { 'retry-after': '1' } })
}

function describe<Params, Query>(read: Read<Params, Query>) {
  const query = read.query instanceof z.ZodObject ? Waiting.extend(read.query.shape) : Waiting
  return {
    summary: read.summary,
    tags: [read.path.split('/')[1] ?? ''],
    querystring: query,
    ...(read.params === undefined ? {} : { params: read.params }),
    response: {
      200: answerOf(read),
      default: PROBLEM_ANSWER,
    },
  }
}

function answerOf<Params, Query>({ answerSchema, fileType }: Read<Params, Query>) {
  if (fileType === undefined) return answerSchema ?? z.looseObject({})
  const schema = z.string().meta({ format: 'binary' })
  return { description: 'A file.', content: { [fileType]: { schema } } }
}
