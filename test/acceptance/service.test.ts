import { Validator } from '@seriousme/openapi-schema-validator'
import tap, { test } from 'tap'
import type { Role } from '../../domain/kernel/roles.ts'
import { type Body, field } from './http.ts'
import { startSystem } from './system.ts'

const system = await startSystem(tap)
const SERVICES = [
  ['write', system.sendToWrite],
  ['read', system.sendToRead],
] as const

for (const [service, send] of SERVICES) {
  const get = (path: string) => send({ method: 'GET', path })

  test(`the ${service} service describes itself by a valid OpenAPI 3.1 document`, async (t) => {
    const { status, body } = await get('/openapi.json')
    t.equal(status, 200)
    t.match(body.openapi, /^3\.1\./)
    const { valid, errors } = await new Validator().validate(body)
    t.ok(valid, JSON.stringify(errors))
    for (const [path, methods] of Object.entries(body.paths as Body)) {
      t.match(path, /^\/v1\//)
      for (const operation of Object.values(methods as Body)) {
        const problem = field(operation, 'responses.default.content')
        t.ok(Object.hasOwn(problem as Body, 'application/problem+json'), path)
      }
    }
  })

  test(`the page of the ${service} service needs no other host`, async (t) => {
    const { status, text, headers } = await get('/docs/')
    t.equal(status, 200)
    t.match(headers.get('content-type'), /^text\/html/)
    t.match(headers.get('content-security-policy'), /^default-src 'self';/)
    t.notMatch(headers.get('content-security-policy'), /https?:/)
    const sources = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, source]) => source ?? '')
    t.ok(sources.length > 0)
    for (const source of sources) {
      const { origin, pathname } = new URL(source, 'http://own/docs/')
      t.equal(origin, 'http://own')
      t.equal((await get(pathname)).status, 200, source)
    }
    t.match(await get('/docs'), { status: 301 })
  })

  test(`the ${service} service says how it does, to whoever asks`, async (t) => {
    t.match(await get('/healthz'), { status: 200, body: { status: 'ok' } })
    t.match(await get('/readyz'), {
      status: 200,
      body: { status: 'ready', parts: { database: 'ok', eventStore: 'ok', readModels: 'ok' } },
    })
    const metrics = await get('/metrics')
    t.equal(metrics.status, 200)
    t.match(metrics.headers.get('content-type'), /^text\/plain/)
    t.match(metrics.text, /^# HELP /m)
  })

  test(`what the ${service} service does not have is answered by a problem document`, async (t) => {
    t.match(await get('/v1/nothing'), { status: 404, body: { code: 'not-found' } })
    t.match(await get('/v1/orders/%ZZ'), { status: 400, body: { code: 'malformed-request' } })
    const deleted = await send({ method: 'DELETE', path: '/v1/orders' })
    t.match(deleted, { status: 405, body: { code: 'method-not-allowed' } })
    t.equal(deleted.headers.get('allow'), service === 'write' ? 'POST' : 'GET, HEAD')
  })
}

const PATHS: Readonly<Record<'write' | 'read', readonly string[]>> = {
  write: [
    '/dealers',
    '/products',
    '/products/{productId}/list',
    '/products/{productId}/unlist',
    '/warehouses',
    '/stock/receipts',
    '/facilities/{dealerId}/limit',
    '/facilities/{dealerId}/temporary-limits',
    '/facilities/{dealerId}/guarantees',
    '/guarantees/{guaranteeId}/revoke',
    '/orders',
    '/orders/{orderId}/cancel',
    '/fulfilments/{fulfilmentId}/pick',
    '/fulfilments/{fulfilmentId}/ship',
    '/fulfilments/{fulfilmentId}/deliver',
    '/fulfilments/{fulfilmentId}/delay',
    '/payments',
    '/payments/{paymentId}/capture',
    '/payments/{paymentId}/fail',
    '/business-days/{date}/close',
    '/sagas/{sagaId}/resume',
  ],
  read: [
    '/orders',
    '/orders/{orderId}',
    '/orders/{orderId}/timeline',
    '/products',
    '/products/suggest',
    '/stock',
    '/dealers/{dealerId}/credit',
    '/receivables',
    '/payments',
    '/payments/{paymentId}',
    '/ledger/entries',
    '/ledger/trial-balance',
    '/audit/events',
    '/audit/streams/{stream}/state',
    '/projections',
    '/sagas',
    '/feed/status',
  ],
}

test('the rows of the contract are there', async (t) => {
  for (const [service, send] of SERVICES) {
    const { body } = await send({ method: 'GET', path: '/openapi.json' })
    for (const path of PATHS[service]) t.ok(field(body.paths, `/v1${path}`), `${service} ${path}`)
  }
})

const ANY_ROLE: readonly Role[] = ['brand-admin', 'erp', 'platform-service', 'auditor']

test('every read answers whoever may read at all, on an empty system', async (t) => {
  await system.seen()
  for (const role of ANY_ROLE) {
    const person = await system.person(role)
    for (const path of PATHS.read.filter((one) => !one.includes('{') && !one.includes('suggest'))) {
      const { status } = await person.get(path)
      t.ok([200, 403].includes(status), `${role} ${path}: ${status}`)
    }
  }
})
