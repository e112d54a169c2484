import { pino } from 'pino'
import { test } from 'tap'
import type { AnyCommand } from '../../commands/command.ts'
import { createWriteApi } from '../../write-api/server.ts'
import { bench, Count, count } from '../commands/handler/tally.ts'

const conditional = {
  ...Count,
  route: { path: '/tallies/:tallyId/count', summary: 'Count', requiresIfMatch: true },
} as unknown as AnyCommand

test('a command that needs If-Match is refused without it, and taken with it', async (t) => {
  const { handler } = bench()
  const outcomes = { observe: () => undefined, wait: async () => undefined }
  const server = await createWriteApi(
    [conditional],
    { handler, outcomes },
    {
      version: '1',
      logger: pino({ level: 'silent' }),
      verify: async () => ({ user: 'ann', role: 'brand-ops', secondFactor: true }),
      readiness: async () => ({ ready: true, parts: {} }),
      metrics: async () => ({ contentType: 'text/plain', text: '' }),
      onAnswer: () => undefined,
      unavailable: () => undefined,
    },
  )
  t.teardown(() => server.close())
  const ask = (headers: Readonly<Record<string, string>>) =>
    server.inject({
      method: 'POST',
      url: '/v1/tallies/T1/count',
      payload: { by: 20 },
      headers: { authorization: 'Bearer x', ...headers },
    })
  const without = await ask({})
  t.equal(without.statusCode, 428)
  t.match(without.json(), { code: 'precondition-required', status: 428 })
  t.equal(
    (await ask({ 'if-match': '*' })).statusCode,
    428,
    'any revision is none that was looked at',
  )
  await handler.handle(count(1))
  t.equal((await ask({ 'if-match': 'W/"0"' })).headers.etag, 'W/"1"')
  t.match((await ask({ 'if-match': 'W/"0"' })).json(), { code: 'revision-moved', status: 412 })
})
