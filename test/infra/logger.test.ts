import { Writable } from 'node:stream'
import { test } from 'tap'
import { createLogger } from '../../infra/logger.ts'

test('a log line is JSON with its time, and secrets in it are blacked out', (t) => {
  const written: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk))
      done()
    },
  })
  const logger = createLogger({ level: 'info' }, sink)
  logger.info(
    {
      order: 'O1',
      authorization: 'Bearer s3cret',
      req: { method: 'POST', headers: { authorization: 'Bearer s3cret', cookie: 's3cret' } },
      config: { databaseUrl: 'postgres://u:s3cret@h/d' },
    },
    'accepted',
  )
  logger.debug('not at this level')
  t.equal(written.length, 1)
  t.notMatch(written[0], /s3cret/)
  t.match(JSON.parse(written[0] ?? ''), {
    msg: 'accepted',
    order: 'O1',
    time: /^\d{4}-\d\d-\d\dT/,
    req: { method: 'POST', headers: { authorization: '[redacted]' } },
  })
  t.end()
})
