import { test } from 'tap'
import { DEFAULT_POLICY } from '../../domain/policy.ts'
import { readConfig } from '../../infra/config.ts'

test('an empty environment gives the documented defaults', (t) => {
  const config = readConfig({})
  t.match(config, {
    writePort: 8080,
    readPort: 8081,
    ports: { postgres: 5442, eventStore: 2113, nats: 4222 },
    urls: { database: undefined, eventStore: undefined, nats: undefined, taxAuthority: undefined },
    dataDir: './data/main',
    policy: DEFAULT_POLICY,
    logLevel: 'info',
  })
  t.same([...config.roles], ['write', 'read', 'worker'])
  t.end()
})

test('the command line and the environment are read into one shape', (t) => {
  const config = readConfig(
    {
      WRITE_PORT: '0',
      NATS_URL: 'nats://one:4222,nats://two:4222',
      CURRENCY: 'USD',
      LOG_LEVEL: '',
    },
    { role: 'read, worker', data: '/srv/tradeline', businessDate: '2024-02-29' },
  )
  t.equal(config.writePort, 0)
  t.equal(config.urls.nats, 'nats://one:4222,nats://two:4222')
  t.equal(config.policy.currency, 'USD')
  t.equal(config.logLevel, 'info', 'an empty variable counts as not set')
  t.same([...config.roles], ['read', 'worker'])
  t.equal(config.dataDir, '/srv/tradeline')
  t.equal(config.businessDate, '2024-02-29')
  t.end()
})

const refusals: readonly (readonly [Record<string, string>, string])[] = [
  [
    { WRITE_PORT: '80a' },
    'WRITE_PORT must be a port: a whole number from 0 to 65535, but is "80a".',
  ],
  [
    { READ_PORT: '70000' },
    'READ_PORT must be a port: a whole number from 0 to 65535, but is "70000".',
  ],
  [{ READ_PORT: '8080' }, 'READ_PORT must differ from WRITE_PORT; both are 8080.'],
  [
    { TIME_ZONE: 'Mars/Olympus' },
    'TIME_ZONE must be a time zone of the IANA list, such as Asia/Shanghai, but is "Mars/Olympus".',
  ],
  [{ CURRENCY: 'cny' }, 'CURRENCY must be an ISO 4217 code, such as CNY, but is "cny".'],
  [{ JWKS_URL: 'https://id.example/keys' }, 'JWT_ISSUER must be given with JWKS_URL.'],
]

for (const [environment, sentence] of refusals) {
  test(`refused: ${JSON.stringify(environment)}`, (t) => {
    t.throws(() => readConfig(environment), { name: 'StartError', message: sentence })
    t.end()
  })
}

test('a carrier may have two secrets while they are changed', (t) => {
  const { carrierSecrets } = readConfig({ CARRIER_SECRETS: 'SF:new,YTO:a:b, SF:old' })
  t.same(
    [...carrierSecrets],
    [
      ['SF', ['new', 'old']],
      ['YTO', ['a:b']],
    ],
  )
  t.throws(() => readConfig({ CARRIER_SECRETS: 'hunter2' }), {
    message: 'CARRIER_SECRETS must be a list such as SF:secret,YTO:other, without blanks in it.',
  })
  t.end()
})

test('providers that are configured are those that can be paid by, and each signs', (t) => {
  const { providers, policy } = readConfig({
    PROVIDER_URLS: 'wechat:https://pay.example:8443/v3',
    PROVIDER_SECRETS: 'wechat:new,wechat:old',
  })
  t.same([...providers.urls], [['wechat', 'https://pay.example:8443/v3']])
  t.same([...providers.secrets], [['wechat', ['new', 'old']]])
  t.same(policy.onlineMethods, ['wechat'])
  t.throws(() => readConfig({ PROVIDER_URLS: 'wechat:https://pay.example' }), {
    message: 'PROVIDER_SECRETS must hold a secret of wechat, as PROVIDER_URLS names it.',
  })
  t.throws(() => readConfig({ PROVIDER_URLS: 'paypal:https://user:hunter2@pay.example' }), {
    message:
      'PROVIDER_URLS must be a list such as wechat:https://pay.example,alipay:https://pay.example.',
  })
  t.end()
})

test('providers are simulated where a process both asks them and is called back', (t) => {
  t.same(readConfig({}).policy.onlineMethods, ['wechat', 'alipay'])
  t.same(readConfig({}, { role: 'write' }).policy.onlineMethods, [])
  t.end()
})

test('a wrong role or date is refused by the name of its option', (t) => {
  t.throws(() => readConfig({}, { role: 'write,cook' }), {
    message:
      '--role must be all, or a comma-separated list of write, read and worker, but is "write,cook".',
  })
  t.throws(() => readConfig({}, { businessDate: '2023-02-29' }), {
    message: '--business-date must be a day that exists, as YYYY-MM-DD, but is "2023-02-29".',
  })
  t.end()
})

test('a refused URL is not repeated, for it may hold a password', (t) => {
  t.throws(() => readConfig({ DATABASE_URL: 'mysql://root:hunter2@db' }), {
    message: /^DATABASE_URL must be a URL that starts with postgres:\/\/\.$/,
  })
  t.end()
})
