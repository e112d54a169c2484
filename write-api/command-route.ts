/** The HTTP route that follows from a command's declaration. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AnyCommand, Route } from '../commands/command.ts'
import { AppendTooLarge } from '../commands/event-store.ts'
import type { CommandHandler } from '../commands/handler/handler.ts'
import type { Outcomes } from '../commands/handler/outcomes.ts'
import type { Accepted, Request } from '../commands/handler/request.ts'
import { streamName } from '../domain/kernel/aggregate.ts'
import { callerOf } from '../http/caller.ts'
import { invalid, PROBLEM_ANSWER, Problem, problemOf } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { idempotencyKeyOf, ifMatchOf, traceparentOf, waitMsOf } from './headers.ts'

export type CommandRoutePorts = Readonly<{ handler: CommandHandler; outcomes: Outcomes }>

/** Adds `POST /v1<path>` for a command that declares a route; others are for sagas alone. */
export function addCommandRoute(
  server: Server,
  command: AnyCommand,
  ports: CommandRoutePorts,
): void {
  const { route } = command
  if (route === undefined) return
  const params = paramsOf(route)
  server.post(
    `/v1${route.path}`,
    { schema: describe(command, route, params) },
    async (request, reply) => {
      // `*` is no revision that anybody looked at.
      if (route.requiresIfMatch === true && ifMatchOf(request) === undefined) {
        throw new Problem(
          428,
          'precondition-required',
          'If-Match is needed: the ETag you looked at.',
        )
      }
      const sent = requestOf(command, request)
      const outcome = await ports.handler.handle(sent).catch(asProblem)
      if (!outcome.accepted) throw problemOf(outcome.refusal)
      return answer(ports.outcomes, route, sent, outcome, request, reply)
    },
  )
}

function asProblem(error: unknown): never {
  if (!(error instanceof AppendTooLarge)) throw error
  const detail =
    `What this command would write has ${error.bytes} bytes, and may have ${error.mostBytes}: ` +
    'divide it, or say it in fewer words.'
  throw new Problem(413, 'command-too-large', detail)
}

function paramsOf(route: Route<unknown>): readonly string[] {
  return [...route.path.matchAll(/:(\w+)/g)].flatMap(([, name]) => name ?? [])
}

/** The command as the handler takes it: parsed, with its sender and its conditions. */
export function requestOf(command: AnyCommand, request: FastifyRequest): Request {
  const idempotencyKey = idempotencyKeyOf(request)
  const ifRevision = ifMatchOf(request)
  const traceparent = traceparentOf(request)
  const { secondFactor, ...caller } = callerOf(request)
  return {
    command,
    input: parse(command, request),
    actor: { ...caller, address: request.ip },
    secondFactor,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(ifRevision === undefined ? {} : { ifRevision }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

function parse(command: AnyCommand, request: FastifyRequest): unknown {
  const body = request.body ?? {}
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new Problem(400, 'invalid-request', 'The body must be a JSON object.')
  }
  const params = request.params as Readonly<Record<string, string>>
  refuseOtherNames(body, params)
  const parsed = strict(command.schema).safeParse({ ...body, ...params })
  if (!parsed.success) throw invalid(parsed.error)
  return parsed.data
}

/** What the path names, the body may repeat but not contradict. */
function refuseOtherNames(body: object, params: Readonly<Record<string, string>>): void {
  const given = body as Readonly<Record<string, unknown>>
  const errors = Object.entries(params)
    .filter(([name, value]) => Object.hasOwn(given, name) && given[name] !== value)
    .map(([path]) => ({ path, message: 'must be as in the path, or left out' }))
  const [first] = errors
  if (first === undefined) return
  throw new Problem(400, 'invalid-request', `${first.path}: ${first.message}`, { errors })
}

const strictSchemas = new WeakMap<z.ZodType, z.ZodType>()

/** A field that the command does not know is a mistake of the sender's, not something to pass over. */
function strict(schema: z.ZodType): z.ZodType {
  const known = strictSchemas.get(schema)
  if (known !== undefined) return known
  const made = schema instanceof z.ZodObject ? schema.strict() : schema
  strictSchemas.set(schema, made)
  return made
}

async function answer(
  outcomes: Outcomes,
  route: Route<unknown>,
  sent: Request,
  accepted: Accepted,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readonly<Record<string, unknown>>> {
  const { streamId, events, revision, position, replayed, state } = accepted
  const answered = { input: sent.input, streamId, events, state }
  reply.status(route.status ?? 200)
  if (route.location !== undefined) reply.header('location', `/v1${route.location(answered)}`)
  if (replayed) reply.header('idempotency-replayed', 'true')
  const told = await coordinated(outcomes, route, sent, accepted, waitMsOf(request))
  reply.header('etag', `W/"${told?.revision ?? revision}"`)
  reply.header('tradeline-position', String(told?.position ?? position))
  return {
    ...route.answer?.(answered),
    ...told?.answer,
    position: String(told?.position ?? position),
  }
}

async function coordinated(
  outcomes: Outcomes,
  route: Route<unknown>,
  { command, input }: Request,
  { streamId, events, replayed }: Accepted,
  waitMs: number | undefined,
) {
  if (route.coordinated === undefined) return undefined
  const { tell, joins = false } = route.coordinated
  const withinMs = waitMs ?? route.coordinated.waitMs ?? 0
  const [first] = events
  if (withinMs === 0 || (first === undefined && !joins)) return undefined
  return await outcomes.wait({
    stream: streamName(command.aggregate.category, streamId),
    withinMs,
    lookBack: replayed || first === undefined,
    tell: (event) => {
      // What the stream told before is the outcome of another command.
      const isBefore = first !== undefined && event.revision < first.revision
      const told = isBefore ? undefined : tell(event, input)
      return told && { answer: told, revision: event.revision, position: event.position }
    },
  })
}

const Position = z.string().describe('The place in the log; give it to a read as `?after=`.')

function describe(command: AnyCommand, route: Route<unknown>, params: readonly string[]) {
  const shape = command.schema instanceof z.ZodObject ? command.schema.shape : {}
  const entries = Object.entries(shape as Readonly<Record<string, z.ZodType>>)
  const body = Object.fromEntries(entries.filter(([name]) => !params.includes(name)))
  const path = Object.fromEntries(entries.filter(([name]) => params.includes(name)))
  const answered =
    route.answerSchema instanceof z.ZodObject
      ? route.answerSchema.extend({ position: Position })
      : z.looseObject({ position: Position })
  return {
    operationId: command.name,
    summary: route.summary,
    description: descriptionOf(command),
    tags: [route.path.split('/')[1] ?? ''],
    body: z.strictObject(body),
    ...(params.length === 0 ? {} : { params: z.object(path) }),
    headers: z.object({
      'idempotency-key': z.string().optional(),
      'if-match': route.requiresIfMatch === true ? z.string() : z.string().optional(),
      prefer: z.string().optional(),
    }),
    response: {
      [route.status ?? 200]: answered,
      default: PROBLEM_ANSWER,
    },
  }
}

function descriptionOf({ roles, secondFactor }: AnyCommand): string {
  const needs = secondFactor === true ? ' Needs a second factor (claim `amr` of the token).' : ''
  return `Roles: ${roles.join(', ')}.${needs}`
}
