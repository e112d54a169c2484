/** Who a caller is: tokens signed by the local issuer, or by the one the operator named. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { ROLES, type Role } from '../domain/kernel/roles.ts'
import { DealerId, line } from '../domain/kernel/values.ts'
import type { Caller } from '../http/caller.ts'
import type { Config } from './config.ts'
import { codeOf, reasonOf, StartError } from './embedded/start-error.ts'

const localIssuer = 'tradeline-local'
const localAudience = 'tradeline'
const localAlgorithm = 'EdDSA'
/** Asymmetric only: a public key must never be taken for a shared secret. */
const algorithms = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
]
const remoteClockSlackSeconds = 5
const verifiedTokens = 5_000
const verifiedMs = 60_000 // a key withdrawn by the issuer counts for no longer than this

const Key = z.object({
  kty: z.literal('OKP'),
  crv: z.string(),
  x: z.string(),
  d: z.string(),
  kid: z.string(),
})
type Key = z.infer<typeof Key>

/** What goes into every event and is searched by: short, and of characters that Postgres keeps. */
const Claims = z.object({
  sub: line(200),
  role: z.enum(ROLES),
  dealer: DealerId.optional(),
  // How they signed in (RFC 8176). What is no list of names proves no second factor.
  amr: z.array(z.string()).catch([]),
})

/**
 * Methods that are a second factor beside a password, or say that there was one (RFC 8176): something
 * that the user has, or is.
 */
const SECOND_FACTORS: ReadonlySet<string> = new Set([
  'mfa',
  'mca',
  'otp',
  'hwk',
  'swk',
  'sc',
  'sms',
  'tel',
  'fpt',
  'face',
  'iris',
  'retina',
  'vbm',
])

/** How a local token says that its user signed in, unless it is told otherwise. */
const LOCAL_AMR = ['pwd', 'otp']

export type TokenReason =
  | 'malformed'
  | 'expired'
  | 'not-yet-valid'
  | 'bad-signature'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'no-user'
  | 'no-role'
  | 'bad-dealer'
  /** The issuer's keys can't be fetched now: no fault of the caller's. */
  | 'keys-unavailable'

const sentences: Record<TokenReason, string> = {
  malformed: 'The token is not a JWT.',
  expired: 'The token has expired.',
  'not-yet-valid': 'The token is not valid yet.',
  'bad-signature': "The token's signature is not of a key known here.",
  'wrong-issuer': 'The token is of another issuer.',
  'wrong-audience': 'The token is meant for another program.',
  'no-user': 'The token names no user (claim "sub": one line of at most 200 characters).',
  'no-role': `The token carries no known role (claim "role", one of ${ROLES.join(', ')}).`,
  'bad-dealer': 'The claim "dealer" of the token is not the id of a dealer.',
  'keys-unavailable': "The issuer's keys can't be fetched at the moment.",
}

/** A token that proves nothing, and why; the message may be shown to the caller. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly reason: TokenReason
  constructor(reason: TokenReason, cause?: unknown) {
    super(sentences[reason], { cause })
    this.reason = reason
  }
}

export type TokenRequest = Readonly<{
  role: Role
  dealer?: string | undefined
  user?: string | undefined
  /** How the user signed in (RFC 8176); by default with a password and a one-time password. */
  amr?: readonly string[] | undefined
  /** A span such as `"12h"`, or an instant in seconds since 1970; 12 hours by default. */
  expiresIn?: string | number | undefined
}>

/** Signs a token with the local key, which is made the first time. */
export async function signToken(dataDir: string, request: TokenRequest): Promise<string> {
  const key = await localKey(dataDir)
  const { role, dealer, user, amr = LOCAL_AMR, expiresIn } = request
  return new SignJWT({ role, amr, ...(dealer === undefined ? {} : { dealer }) })
    .setProtectedHeader({ alg: localAlgorithm, kid: key.kid })
    .setSubject(user ?? role)
    .setIssuer(localIssuer)
    .setAudience(localAudience)
    .setIssuedAt()
    .setExpirationTime(expiresIn ?? '12h')
    .sign(await importJWK(key, localAlgorithm))
}

type Clock = () => Date
export type Verifier = (token: string) => Promise<Caller>

/** Says who a token speaks for, by the local key or the issuer's; throws a `TokenError`. */
export async function verifier(
  config: Pick<Config, 'dataDir' | 'identity'>,
  now: Clock = () => new Date(),
): Promise<Verifier> {
  const { jwksUrl, issuer, audience } = config.identity
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) {
    const { d: _, ...publicKey } = await localKey(config.dataDir)
    const keys = createLocalJWKSet({ keys: [{ ...publicKey, alg: localAlgorithm }] })
    return remembering(
      keys,
      { issuer: localIssuer, audience: localAudience, clockTolerance: 0 },
      now,
    )
  }
  const keys = createRemoteJWKSet(new URL(jwksUrl))
  return remembering(keys, { issuer, audience, clockTolerance: remoteClockSlackSeconds }, now)
}

type Expected = Readonly<{ issuer: string; audience: string; clockTolerance: number }>

/** A caller sends one token many times; its signature is checked once a minute. */
function remembering(keys: JWTVerifyGetKey, expected: Expected, now: Clock): Verifier {
  const seen = new LRUCache<string, Readonly<{ caller: Caller; untilMs: number }>>({
    max: verifiedTokens,
    ttl: verifiedMs,
  })
  return async (token) => {
    const known = seen.get(token)
    if (known !== undefined && now().getTime() < known.untilMs) return known.caller
    const claims = await verified(token, keys, { ...expected, currentDate: now() })
    const caller = callerOf(claims)
    const toleranceMs = expected.clockTolerance * 1000
    seen.set(token, { caller, untilMs: (claims.exp ?? 0) * 1000 + toleranceMs })
    return caller
  }
}

async function verified(token: string, keys: JWTVerifyGetKey, expected: JWTVerifyOptions) {
  try {
    const options = { ...expected, algorithms, requiredClaims: ['exp'] }
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    throw new TokenError(reasonFor(error), error)
  }
}

function reasonFor(error: unknown): TokenReason {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'not-yet-valid'
    if (error.claim === 'iss') return 'wrong-issuer'
    return error.claim === 'aud' ? 'wrong-audience' : 'malformed'
  }
  if (error instanceof errors.JWKSNoMatchingKey) return 'bad-signature'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'bad-signature'
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return 'malformed'
  return 'keys-unavailable'
}

function callerOf(payload: JWTPayload): Caller {
  const claims = Claims.safeParse(payload)
  if (!claims.success) {
    const claim = claims.error.issues[0]?.path[0]
    throw new TokenError(claim === 'sub' ? 'no-user' : claim === 'role' ? 'no-role' : 'bad-dealer')
  }
  const { sub, role, dealer, amr } = claims.data
  const secondFactor = amr.some((method) => SECOND_FACTORS.has(method))
  return { user: sub, role, ...(dealer === undefined ? {} : { dealerId: dealer }), secondFactor }
}

/** The local private key; of several processes that start at once, one makes it for all. */
async function localKey(dataDir: string): Promise<Key> {
  const folder = join(dataDir, 'keys')
  const file = join(folder, 'issuer.json')
  try {
    return await readKey(file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unusable(file, error)
  }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await publish(await makeKey(), file)
    return await readKey(file)
  } catch (error) {
    throw unusable(file, error)
  }
}

async function readKey(file: string): Promise<Key> {
  return Key.parse(JSON.parse(await readFile(file, 'utf8')))
}

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(localAlgorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: randomUUID() }
}

/** Linking a whole file to its name can't show half a key, nor replace another's. */
async function publish(key: JWK, file: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(key), { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(draft, file)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
}

function unusable(file: string, error: unknown): StartError {
  return new StartError(`The key for local tokens, ${file}, can't be used: ${reasonOf(error)}.`)
}
