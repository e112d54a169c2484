/** What both services are made on: authentication, problem documents, health, metrics, OpenAPI. */

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import swagger from '@fastify/swagger'
import scalar from '@scalar/fastify-api-reference'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { authentication, type VerifyToken } from './caller.ts'
import { documentOf, Problem } from './problem.ts'

export type Readiness = Readonly<{
  ready: boolean
  /** Each part by name: `"ok"`, or what is wrong with it. */
  parts: Readonly<Record<string, string>>
}>

export type Server = FastifyInstance

export type ServerOptions = Readonly<{
  title: string
  description: string
  version: string
  logger: FastifyBaseLogger
  verify: VerifyToken
  readiness: () => Promise<Readiness>
  /** The metrics in Prometheus's text form. */
  metrics: () => Promise<Readonly<{ contentType: string; text: string }>>
  /** Called once for each answer. */
  onAnswer: (answer: Readonly<{ route: string; status: number; seconds: number }>) => void
  /** Errors that mean that something is away or too much is waiting: 503. */
  unavailable: (
    error: unknown,
  ) => Readonly<{ detail: string; retryAfterSeconds: number }> | undefined
  mostInFlight?: number
}>

const BODY_LIMIT_BYTES = 1024 * 1024
const MOST_PARAM_LENGTH = 300
const REQUEST_TIMEOUT_MS = 60_000
const MOST_IN_FLIGHT = 5_000
const PUBLIC = new Set(['/healthz', '/readyz', '/metrics', '/openapi.json'])

/** A server with everything but its routes. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const server: Server = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: MOST_PARAM_LENGTH },
    frameworkErrors: (error, request, reply) =>
      send(request, reply, problemOfError(error, options)),
    clientErrorHandler: answerUnreadable,
  })
  server.decorateRequest('caller', undefined)
  server.setValidatorCompiler(() => (value) => ({ value }))
  server.setSerializerCompiler(() => JSON.stringify)
  takeJsonOnly(server)
  boundInFlight(server, options.mostInFlight ?? MOST_IN_FLIGHT)
  requireTokens(server, options.verify)
  answerProblems(server, options)
  server.addHook('onResponse', (request, reply, done) => {
    const route = `${request.method} ${request.routeOptions.url ?? 'unknown'}`
    options.onAnswer({ route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 })
    done()
  })
  await describe(server, options)
  operate(server, options)
  return server
}

/** JSON is all that is understood; no body at all is taken as `{}` is, whatever its type. */
function takeJsonOnly(server: Server): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.removeAllContentTypeParsers()
  server.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') done(null, undefined)
      else void parse(request, body, done)
    },
  )
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route itself finds out who calls, by a signature: no bearer token is asked for. */
    authenticatedBy?: 'signature'
  }
}

function isPublic(request: FastifyRequest): boolean {
  const path = request.routeOptions.url ?? ''
  return PUBLIC.has(path) || isDocs(request)
}

function isDocs({ routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url === '/docs' || url.startsWith('/docs/')
}

function requireTokens(server: Server, verify: VerifyToken): void {
  const authenticate = authentication(verify)
  server.addHook('onRequest', async (request) => {
    const isSigned = request.routeOptions.config.authenticatedBy === 'signature'
    if (!request.is404 && !isSigned && !isPublic(request)) await authenticate(request)
  })
}

/** Overload is an answer: above the bound, 503 before any work is done. */
function boundInFlight(server: Server, most: number): void {
  let inFlight = 0
  server.addHook('onRequest', (request, reply, done) => {
    if (inFlight >= most && !isPublic(request)) {
      done(unavailable('Too many requests are under way.', 1))
      return
    }
    inFlight += 1
    // `close` comes for every response, those of clients that went away included.
    reply.raw.once('close', () => {
      inFlight -= 1
    })
    done()
  })
}

function unavailable(detail: string, retryAfterSeconds: number): Problem {
  const headers = { 'retry-after': String(retryAfterSeconds) }
  return new Problem(503, 'unavailable', detail, { headers })
}

type MethodsOf = (path: string) => readonly string[]

/** The methods that a path takes; none where it is no route at all. */
function followRoutes(server: Server): MethodsOf {
  const routes: Readonly<{ pattern: RegExp; method: string }>[] = []
  server.addHook('onRoute', ({ method, url }) => {
    const pattern = new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`)
    for (const one of [method].flat()) routes.push({ pattern, method: one })
  })
  return (path) => {
    const there = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    return [...new Set(there)]
  }
}

function noSuchRoute(request: FastifyRequest, methods: readonly string[]): Problem {
  const path = pathOf(request)
  if (methods.length === 0) {
    return new Problem(404, 'not-found', `There is no ${request.method} ${path}.`)
  }
  const allow = methods.join(', ')
  const detail = `${path} takes ${allow}, and no ${request.method}.`
  return new Problem(405, 'method-not-allowed', detail, { headers: { allow } })
}

function answerProblems(server: Server, options: ServerOptions): void {
  const methodsOf = followRoutes(server)
  server.setNotFoundHandler((request, reply) =>
    send(request, reply, noSuchRoute(request, methodsOf(pathOf(request)))),
  )
  server.setErrorHandler((error: FastifyError | Problem, request, reply) => {
    const problem = problemOfError(error, options)
    if (problem.status >= 500 && problem.status !== 503) {
      request.log.error({ err: error, route: request.routeOptions.url }, 'a request failed')
    }
    return send(request, reply, problem)
  })
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url
}

function send(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  for (const [name, value] of Object.entries(problem.extras.headers ?? {}))
    reply.header(name, value)
  return reply
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(documentOf(problem, pathOf(request))))
}

/** What the HTTP parser itself could not read never becomes a request. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, code, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'headers-too-large', 'The headers are too large.'] as const)
      : ([400, 'malformed-request', 'This is no HTTP request.'] as const)
  const body = JSON.stringify(documentOf(new Problem(status, code, detail), '/'))
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json`
  const length = Buffer.byteLength(body)
  socket.end(`${head}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`)
}

const CODES: Readonly<Record<number, string>> = {
  400: 'malformed-request',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
}

function problemOfError(error: FastifyError | Problem, options: ServerOptions): Problem {
  if (error instanceof Problem) return error
  const away = options.unavailable(error)
  if (away !== undefined) return unavailable(away.detail, away.retryAfterSeconds)
  const status = error.statusCode ?? 500
  const code = CODES[status]
  if (code !== undefined) return new Problem(status, code, error.message)
  return new Problem(500, 'internal-error', 'Something went wrong here; it was logged.')
}

async function describe(server: Server, { title, description, version }: ServerOptions) {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
  })
  await server.register(scalar, {
    routePrefix: '/docs',
    hooks: {
      onRequest: (_request, reply, done) => {
        reply.header('content-security-policy', OWN_HOST_ONLY)
        done()
      },
    },
    configuration: {
      title,
      pageTitle: title,
      url: '/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
    },
  })
}

/** The page works with no network, and tells nobody that it was looked at. */
const OWN_HOST_ONLY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:"

/** Whether it lives, whether it can work, what it measures, what it can do. */
function operate(server: Server, { readiness, metrics }: ServerOptions): void {
  const hidden = { schema: { hide: true } }
  server.get('/healthz', hidden, () => ({ status: 'ok' }))
  server.get('/readyz', hidden, async (_request, reply) => {
    const { ready, parts } = await readiness()
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not-ready', parts })
  })
  server.get('/metrics', hidden, async (_request, reply) => {
    const { contentType, text } = await metrics()
    return reply.type(contentType).send(text)
  })
  server.get('/openapi.json', hidden, () => server.swagger())
}
