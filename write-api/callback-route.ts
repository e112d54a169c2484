/** The route that follows from a command which outside systems send by calling back. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AnyCommand, Callback, CalledFor, Lookups } from '../commands/command.ts'
import type { Correspondent, Correspondents } from '../commands/correspondents.ts'
import type { CommandHandler } from '../commands/handler/handler.ts'
import type { Accepted, Request } from '../commands/handler/request.ts'
import { invalid, PROBLEM_ANSWER, Problem, problemOf } from '../http/problem.ts'
import type { Server } from '../http/server.ts'

export type CallbackPorts = Readonly<{
  handler: CommandHandler
  lookups: Lookups
  correspondents: Correspondents
  now: () => Date
}>

/** A message says one thing; it is read into memory before anything is known of its sender. */
const BODY_LIMIT_BYTES = 64 * 1024

/** Adds `POST /v1<path>` for each command that declares a callback. */
export async function addCallbackRoutes(
  server: Server,
  commands: Iterable<AnyCommand>,
  ports: CallbackPorts,
): Promise<void> {
  await server.register(async (scope) => {
    takeRawJson(scope)
    for (const command of commands) addCallbackRoute(scope, command, ports)
  })
}

/** The bytes as they came: the signature is over them. */
function takeRawJson(scope: Server): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (_request, body, done) => done(null, body),
  )
}

function addCallbackRoute(scope: Server, command: AnyCommand, ports: CallbackPorts): void {
  const { callback } = command
  if (callback === undefined) return
  scope.post(
    `/v1${callback.path}`,
    { schema: describe(command, callback), config: { authenticatedBy: 'signature' } },
    async (request, reply) => {
      const [sender, correspondent] = senderOf(callback, ports, request)
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (!correspondent.isTheirs({ headers: request.headers, raw }, ports.now())) {
        throw signatureInvalid(callback)
      }
      const read = correspondent.read(await jsonOf(scope, request, raw))
      if (!read.success) throw invalid(read.error)
      const { messageId, message } = read.data
      const calls = await callback.calls(message, sender, ports.lookups)
      if (calls.length === 0) throw nothingKnown(sender, callback.subject(message))
      const actor = {
        user: `${callback.sender}:${sender}`,
        role: callback.sender,
        address: request.ip,
      }
      const sent = calls.map((call) => requestOf(command, messageId, call, actor))
      return answer(await handleAll(ports.handler, sent), reply)
    },
  )
}

function senderOf(
  { path, sender: kind }: Callback<unknown>,
  { correspondents }: CallbackPorts,
  request: FastifyRequest,
): readonly [string, Correspondent] {
  const parameter = path.slice(path.lastIndexOf(':') + 1)
  const name = (request.params as Readonly<Record<string, string>>)[parameter] ?? ''
  const found = correspondents.get(kind)?.get(name)
  if (found === undefined) {
    throw new Problem(404, `${kind}-unknown`, `There is no ${kind} ${name} that may call back.`)
  }
  return [name, found]
}

function signatureInvalid({ sender }: Callback<unknown>): Problem {
  const detail = `The signature is missing, too old, or not of this ${sender}.`
  return new Problem(401, 'signature-invalid', detail, {
    headers: { 'www-authenticate': 'Signature' },
  })
}

function nothingKnown(sender: string, subject: string): Problem {
  return new Problem(404, 'callback-unmatched', `Nothing is known of ${sender}'s ${subject}.`)
}

async function jsonOf(scope: Server, request: FastifyRequest, raw: Buffer): Promise<unknown> {
  const parse = scope.getDefaultJsonParser('error', 'error')
  return await new Promise((resolve, reject) => {
    void parse(request, raw.toString('utf8'), (error, body) =>
      error === null ? resolve(body) : reject(error),
    )
  })
}

function requestOf(
  command: AnyCommand,
  messageId: string,
  { part, input }: CalledFor<unknown>,
  actor: Request['actor'],
): Request {
  return {
    command,
    input: command.schema.parse(input),
    actor,
    idempotencyKey: `${messageId}\n${part}`,
  }
}

/** Every command is accepted, or the sender is told why not, and says it again. */
async function handleAll(
  handler: CommandHandler,
  sent: readonly Request[],
): Promise<readonly Accepted[]> {
  const outcomes = await Promise.all(sent.map((request) => handler.handle(request)))
  return outcomes.map((outcome) => {
    if (!outcome.accepted) throw problemOf(outcome.refusal)
    return outcome
  })
}

function answer(accepted: readonly Accepted[], reply: FastifyReply) {
  const positions = accepted.map(({ position }) => position).sort((a, b) => (a < b ? -1 : 1))
  const position = String(positions.at(-1))
  if (accepted.every(({ replayed }) => replayed)) reply.header('idempotency-replayed', 'true')
  reply.header('tradeline-position', position)
  return { position }
}

function describe(command: AnyCommand, { path, summary }: Callback<unknown>) {
  const parameter = path.slice(path.lastIndexOf(':') + 1)
  return {
    operationId: command.name,
    summary,
    description: 'Signed by the sender, with no bearer token.',
    tags: [path.split('/')[1] ?? ''],
    security: [],
    params: z.object({ [parameter]: z.string() }),
    headers: z.object({ 'tradeline-timestamp': z.string(), 'tradeline-signature': z.string() }),
    body: z.looseObject({}).describe("In the sender's own words."),
    response: { 200: z.object({ position: z.string() }), default: PROBLEM_ANSWER },
  }
}
