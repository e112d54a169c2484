/** What the operator chose: the environment and the command line, read and checked once. */
import { z } from 'zod'
import { Amount, Name, Rate } from '../domain/kernel/values.ts'
import { TaxId } from '../domain/order/invoice-events.ts'
import { OverLimit, StockShort } from '../domain/order/values.ts'
import { DEFAULT_POLICY, type Policy } from '../domain/policy.ts'
import { readChart } from './chart-of-accounts.ts'
import { StartError } from './embedded/start-error.ts'

export const PROCESS_ROLES = ['write', 'read', 'worker'] as const
export type ProcessRole = (typeof PROCESS_ROLES)[number]

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
const MS_A_MINUTE = 60_000
const MS_AN_HOUR = 60 * MS_A_MINUTE
const emptyMeansUnset = (value: unknown) => (value === '' ? undefined : value)
/** Shown in no message, for they may hold passwords or secrets. */
const unshown = new Set([
  'DATABASE_URL',
  'EVENTSTORE_URL',
  'NATS_URL',
  'JWKS_URL',
  'CARRIER_SECRETS',
  'PROVIDER_URLS',
  'PROVIDER_SECRETS',
])

const port = (standard: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port: a whole number from 0 to 65535')
    .transform(Number)
    .refine((number) => number <= 65_535, 'must be a port: a whole number from 0 to 65535')
    .default(standard)

const wholeNumber = (least: number, most: number) => {
  const rule = `must be a whole number from ${least} to ${most}`
  return z.coerce.number(rule).int(rule).min(least, rule).max(most, rule)
}

const url = (rule: string, ...schemes: readonly string[]) =>
  z
    .string()
    .refine((text) => text.split(',').every((one) => hasScheme(one.trim(), schemes)), rule)
    .optional()

const Settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  WRITE_PORT: port(8080),
  READ_PORT: port(8081),
  EVENT_STORE_PORT: port(2113),
  POSTGRES_PORT: port(5442),
  NATS_PORT: port(4222),
  EVENTSTORE_URL: url(
    'must be a URL that starts with esdb:// or esdb+discover://',
    'esdb',
    'esdb+discover',
  ),
  DATABASE_URL: url('must be a URL that starts with postgres://', 'postgres', 'postgresql'),
  NATS_URL: url('must be a URL that starts with nats:// or tls://', 'nats', 'tls'),
  JWKS_URL: url('must be a URL that starts with https:// or http://', 'https', 'http'),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  TAX_AUTHORITY_URL: url('must be a URL that starts with https:// or http://', 'https', 'http'),
  CARRIER_SECRETS: z.string().transform(secretsIn).optional(),
  PROVIDER_URLS: z.string().transform(providerUrlsIn).optional(),
  PROVIDER_SECRETS: z.string().transform(secretsIn).optional(),
  SIMULATED_PAYERS: z
    .enum(['pay', 'wait'], 'must be pay (after a moment) or wait (until told to)')
    .default('pay'),
  TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be a time zone of the IANA list, such as Asia/Shanghai')
    .default('Asia/Shanghai'),
  CURRENCY: z
    .string()
    .refine(
      (code) => Intl.supportedValuesOf('currency').includes(code),
      'must be an ISO 4217 code, such as CNY',
    )
    .default('CNY'),
  OVER_LIMIT: OverLimit.default('reject'),
  STOCK_SHORT: StockShort.default('reject'),
  MINIMUM_ORDER_AMOUNT: Amount.default('0.00'),
  PREPAID_HOURS: wholeNumber(1, 24 * 90).default(24),
  RESERVATION_MINUTES: wholeNumber(1, 24 * 60).default(15),
  BACKDATING_DAYS: wholeNumber(0, 3650).default(90),
  LATE_FEE_TAX_RATE: Rate.default('0'),
  REFUND_APPROVAL_OVER: Amount.default(DEFAULT_POLICY.refundApprovalOver),
  CHART_OF_ACCOUNTS: z.string().optional(),
  SELLER_NAME: Name.default(DEFAULT_POLICY.seller.name),
  SELLER_TAX_ID: TaxId.default(DEFAULT_POLICY.seller.taxId),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
  '--data': z.string().default('./data/main'),
  '--role': z.string().default('all').transform(rolesIn),
  '--business-date': z.iso.date('must be a day that exists, as YYYY-MM-DD').optional(),
})

/** Every environment variable by its name, with its default where it has one. */
export function environmentVariables(): ReadonlyMap<string, string | undefined> {
  const standard: Readonly<Record<string, unknown>> = Settings.parse({})
  const names = Object.keys(Settings.shape).filter((name) => !name.startsWith('--'))
  return new Map(names.map((name) => [name, standard[name]?.toString()]))
}

/** What the command line gave; each wins over its default. */
export type CommandLine = Readonly<{ data?: string; role?: string; businessDate?: string }>

export type Config = Readonly<{
  /** The address that the services listen on. */
  host: string
  writePort: number
  readPort: number
  /** Of the parts that we start ourselves. */
  ports: Readonly<{ postgres: number; eventStore: number; nats: number }>
  /** Of servers that run elsewhere. */
  urls: Readonly<{
    database: string | undefined
    eventStore: string | undefined
    nats: string | undefined
    taxAuthority: string | undefined
  }>
  identity: Identity
  /** What each carrier that may call back signs with; several while a secret is being changed. */
  carrierSecrets: ReadonlyMap<string, readonly string[]>
  providers: ProviderSettings
  roles: ReadonlySet<ProcessRole>
  dataDir: string
  /** The first business day of an empty system. */
  businessDate: string | undefined
  policy: Policy
  logLevel: (typeof logLevels)[number]
}>

type OnlineMethod = Policy['onlineMethods'][number]

/** Where payment providers are; those that online payments can be made by and are not here are simulated. */
export type ProviderSettings = Readonly<{
  urls: ReadonlyMap<OnlineMethod, string>
  /** What each signs with, and we; several while a secret is being changed: the first is ours. */
  secrets: ReadonlyMap<string, readonly string[]>
  simulatedPayers: 'pay' | 'wait'
}>

/** Who signs the tokens: the issuer with these keys, or (no `jwksUrl`) the local key pair. */
export type Identity = Readonly<{
  jwksUrl: string | undefined
  issuer: string | undefined
  audience: string | undefined
}>

/** Throws a `StartError` that names the variable or option and the rule it breaks. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  commandLine: CommandLine = {},
): Config {
  const given = {
    ...environment,
    '--data': commandLine.data,
    '--role': commandLine.role,
    '--business-date': commandLine.businessDate,
  }
  const known = Object.keys(Settings.shape).map((name) => [
    name,
    emptyMeansUnset(given[name as keyof typeof given]),
  ])
  const parsed = Settings.safeParse(Object.fromEntries(known))
  if (!parsed.success) throw new StartError(sentences(parsed.error, given))
  assertIssuerIsWhole(parsed.data)
  assertPortsDiffer(parsed.data)
  assertProvidersSign(parsed.data)
  return configOf(parsed.data)
}

type Settings = z.infer<typeof Settings>

function policyOf(settings: Settings): Policy {
  return {
    ...DEFAULT_POLICY,
    currency: settings.CURRENCY,
    timeZone: settings.TIME_ZONE,
    overLimit: settings.OVER_LIMIT,
    stockShort: settings.STOCK_SHORT,
    minimumOrderAmount: settings.MINIMUM_ORDER_AMOUNT,
    prepaidMs: settings.PREPAID_HOURS * MS_AN_HOUR,
    reservationMs: settings.RESERVATION_MINUTES * MS_A_MINUTE,
    backdatingDays: settings.BACKDATING_DAYS,
    lateFeeTaxRate: settings.LATE_FEE_TAX_RATE,
    onlineMethods: onlineMethodsOf(settings),
    refundApprovalOver: settings.REFUND_APPROVAL_OVER,
    seller: { name: settings.SELLER_NAME, taxId: settings.SELLER_TAX_ID },
    ...(settings.CHART_OF_ACCOUNTS && { chart: readChart(settings.CHART_OF_ACCOUNTS) }),
  }
}

/** Those that are configured, or else all, simulated, in a process that both asks and is called back. */
function onlineMethodsOf(settings: Settings): Policy['onlineMethods'] {
  if (settings.PROVIDER_URLS !== undefined) return [...settings.PROVIDER_URLS.keys()]
  const roles = settings['--role']
  return roles.has('write') && roles.has('worker') ? DEFAULT_POLICY.onlineMethods : []
}

function configOf(settings: Settings): Config {
  return {
    host: settings.HOST,
    writePort: settings.WRITE_PORT,
    readPort: settings.READ_PORT,
    ports: {
      postgres: settings.POSTGRES_PORT,
      eventStore: settings.EVENT_STORE_PORT,
      nats: settings.NATS_PORT,
    },
    urls: {
      database: settings.DATABASE_URL,
      eventStore: settings.EVENTSTORE_URL,
      nats: settings.NATS_URL,
      taxAuthority: settings.TAX_AUTHORITY_URL,
    },
    identity: {
      jwksUrl: settings.JWKS_URL,
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
    },
    carrierSecrets: settings.CARRIER_SECRETS ?? new Map(),
    providers: {
      urls: settings.PROVIDER_URLS ?? new Map(),
      secrets: settings.PROVIDER_SECRETS ?? new Map(),
      simulatedPayers: settings.SIMULATED_PAYERS,
    },
    roles: settings['--role'],
    dataDir: settings['--data'],
    businessDate: settings['--business-date'],
    policy: policyOf(settings),
    logLevel: settings.LOG_LEVEL,
  }
}

/** Without both, a token that the same issuer made for another program would be good here. */
function assertIssuerIsWhole(settings: Settings): void {
  if (settings.JWKS_URL === undefined) return
  for (const name of ['JWT_ISSUER', 'JWT_AUDIENCE'] as const) {
    if (settings[name] === undefined) throw new StartError(`${name} must be given with JWKS_URL.`)
  }
}

function assertProvidersSign({ PROVIDER_URLS, PROVIDER_SECRETS }: Settings): void {
  for (const name of PROVIDER_URLS?.keys() ?? []) {
    if (PROVIDER_SECRETS?.has(name) === true) continue
    throw new StartError(
      `PROVIDER_SECRETS must hold a secret of ${name}, as PROVIDER_URLS names it.`,
    )
  }
}

function assertPortsDiffer(settings: Settings): void {
  const names = [
    'WRITE_PORT',
    'READ_PORT',
    'EVENT_STORE_PORT',
    'POSTGRES_PORT',
    'NATS_PORT',
  ] as const
  const first = new Map<number, string>()
  for (const name of names) {
    const other = first.get(settings[name])
    if (other !== undefined && settings[name] !== 0) {
      throw new StartError(`${name} must differ from ${other}; both are ${settings[name]}.`)
    }
    first.set(settings[name], name)
  }
}

function sentences(error: z.ZodError, given: Readonly<Record<string, string | undefined>>): string {
  return error.issues
    .map((issue) => {
      const name = String(issue.path[0])
      const value = unshown.has(name) ? '' : `, but is "${given[name]}"`
      return `${name} ${issue.message}${value}.`
    })
    .join(' ')
}

function rolesIn(text: string, context: z.RefinementCtx<string>): ReadonlySet<ProcessRole> {
  const roles = z.array(z.enum(PROCESS_ROLES)).safeParse(text.split(',').map((part) => part.trim()))
  if (text.trim() === 'all') return new Set(PROCESS_ROLES)
  if (roles.success) return new Set(roles.data)
  context.addIssue('must be all, or a comma-separated list of write, read and worker')
  return z.NEVER
}

/** `SF:secret,YTO:other`; a name may come more than once. */
function secretsIn(
  text: string,
  context: z.RefinementCtx<string>,
): ReadonlyMap<string, readonly string[]> {
  const entries = text.split(',').map((entry) => /^\s*([^:\s]{1,64}):(\S+)\s*$/.exec(entry))
  if (entries.includes(null)) {
    context.addIssue('must be a list such as SF:secret,YTO:other, without blanks in it')
    return z.NEVER
  }
  const pairs = entries.map((entry) => [entry?.[1] ?? '', entry?.[2] ?? ''] as const)
  const byName = Map.groupBy(pairs, ([name]) => name)
  return new Map([...byName].map(([name, theirs]) => [name, theirs.map(([, secret]) => secret)]))
}

/** `wechat:https://pay.example/v3,alipay:https://…` */
function providerUrlsIn(
  text: string,
  context: z.RefinementCtx<string>,
): ReadonlyMap<OnlineMethod, string> {
  const entries = text
    .split(',')
    .map((entry) => /^\s*(wechat|alipay):(https?:\/\/[^\s,]+)\s*$/.exec(entry))
  if (entries.includes(null)) {
    context.addIssue('must be a list such as wechat:https://pay.example,alipay:https://pay.example')
    return z.NEVER
  }
  return new Map(entries.map((entry) => [entry?.[1] as OnlineMethod, entry?.[2] ?? '']))
}

function hasScheme(text: string, schemes: readonly string[]): boolean {
  return schemes.some(
    (scheme) => text.startsWith(`${scheme}://`) && text.length > scheme.length + 3,
  )
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
