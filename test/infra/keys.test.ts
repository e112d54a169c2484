import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { test } from 'tap'
import { ROLES } from '../../domain/kernel/roles.ts'
import { signToken, verifier } from '../../infra/keys.ts'

const local = { jwksUrl: undefined, issuer: undefined, audience: undefined }
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600

test('a token of any role signed here is taken here', async (t) => {
  const dataDir = t.testdir()
  const verify = await verifier({ dataDir, identity: local })
  for (const role of ROLES) {
    const token = await signToken(dataDir, { role, user: 'ann' })
    t.same(await verify(token), { user: 'ann', role, secondFactor: true })
  }
  const token = await signToken(dataDir, { role: 'dealer-buyer', dealer: 'D1' })
  const buyer = { user: 'dealer-buyer', role: 'dealer-buyer', dealerId: 'D1', secondFactor: true }
  t.same(await verify(token), buyer)
  t.same(await verify(token), buyer)
})

test('a token says whether its user signed in with a second factor', async (t) => {
  const dataDir = t.testdir()
  const verify = await verifier({ dataDir, identity: local })
  const signedIn = async (amr: readonly string[]) => {
    const token = await signToken(dataDir, { role: 'brand-finance', amr })
    return (await verify(token)).secondFactor
  }
  for (const method of ['mfa', 'otp', 'hwk', 'swk', 'fpt', 'sms']) {
    t.equal(await signedIn(['pwd', method]), true, method)
  }
  t.equal(await signedIn(['pwd']), false)
  t.equal(await signedIn(['pwd', 'kba']), false, 'a question is no other factor than a password')
  t.equal(await signedIn([]), false)
})

test('processes that start at once agree on one key, which only its owner can read', async (t) => {
  const dataDir = t.testdir()
  const tokens = await Promise.all(
    Array.from({ length: 20 }, () => signToken(dataDir, { role: 'auditor' })),
  )
  const verify = await verifier({ dataDir, identity: local })
  for (const token of tokens) t.match(await verify(token), { role: 'auditor' })
  t.same(await readdir(join(dataDir, 'keys')), ['issuer.json'])
  t.equal((await stat(join(dataDir, 'keys', 'issuer.json'))).mode & 0o777, 0o600)
})

test('a damaged key is named in one sentence and left as it is', async (t) => {
  const dataDir = t.testdir({ keys: { 'issuer.json': '{"kty":' } })
  await t.rejects(signToken(dataDir, { role: 'auditor' }), {
    name: 'StartError',
    message: /issuer\.json, can't be used/,
  })
  t.equal(await readFile(join(dataDir, 'keys', 'issuer.json'), 'utf8'), '{"kty":')
})

test('a token is refused with the reason', async (t) => {
  const dataDir = t.testdir()
  const other = t.testdir({ other: {} })
  const verify = await verifier({ dataDir, identity: local })
  const good = await signToken(dataDir, { role: 'auditor' })
  const refused = (token: string, reason: string) =>
    t.rejects(verify(token), { name: 'TokenError', reason })
  await refused('nonsense', 'malformed')
  await refused('', 'malformed')
  await refused(await signToken(dataDir, { role: 'auditor', expiresIn: 1 }), 'expired')
  await refused(await signToken(join(other, 'other'), { role: 'auditor' }), 'bad-signature')
  await refused(`${good.slice(0, good.lastIndexOf('.'))}.AAAA`, 'bad-signature')
  await refused(unsigned(good), 'bad-signature')
})

/** The same claims under `alg: none`. */
function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none"}').toString('base64url')
  return `${header}.${token.split('.')[1]}.`
}

test('a token already seen is refused once it has expired', async (t) => {
  const dataDir = t.testdir()
  let now = new Date()
  const verify = await verifier({ dataDir, identity: local }, () => now)
  const token = await signToken(dataDir, { role: 'auditor', expiresIn: inAnHour() })
  t.match(await verify(token), { role: 'auditor' })
  now = new Date(now.getTime() + 3_601_000)
  await t.rejects(verify(token), { name: 'TokenError', reason: 'expired' })
})

test('an OIDC issuer decides by its own keys, name and audience', async (t) => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] }
  const server = createServer((_, response) => response.end(JSON.stringify(jwks)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const identity = {
    jwksUrl: `http://127.0.0.1:${port}/keys`,
    issuer: 'https://id.example',
    audience: 'tradeline',
  }
  const verify = await verifier({ dataDir: t.testdirName, identity })
  const sign = (claims: JWTPayload) =>
    new SignJWT({
      iss: identity.issuer,
      aud: identity.audience,
      sub: 'eve',
      exp: inAnHour(),
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(privateKey)
  const eve = { user: 'eve', role: 'erp', secondFactor: false }
  t.same(await verify(await sign({ role: 'erp' })), eve)
  t.same(await verify(await sign({ role: 'erp', amr: 'otp' })), eve, 'no list of methods')
  t.match(await verify(await sign({ role: 'erp', amr: ['pwd', 'hwk'] })), { secondFactor: true })
  const refused = async (claims: JWTPayload, reason: string) =>
    t.rejects(verify(await sign(claims)), { name: 'TokenError', reason }, reason)
  await refused({ role: 'cook' }, 'no-role')
  await refused({}, 'no-role')
  await refused({ role: 'erp', sub: '' }, 'no-user')
  await refused({ role: 'erp', dealer: 7 }, 'bad-dealer')
  await refused({ role: 'erp', iss: 'https://other.example' }, 'wrong-issuer')
  await refused({ role: 'erp', aud: 'wiki' }, 'wrong-audience')
  await refused({ role: 'erp', exp: 1 }, 'expired')
  await refused({ role: 'erp', nbf: inAnHour() }, 'not-yet-valid')
})

test('an issuer that is away is not the fault of the token', async (t) => {
  const { privateKey } = await generateKeyPair('ES256')
  const token = await new SignJWT({ role: 'erp' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(privateKey)
  const identity = { jwksUrl: 'http://127.0.0.1:1/keys', issuer: 'x', audience: 'y' }
  const verify = await verifier({ dataDir: t.testdirName, identity })
  await t.rejects(verify(token), { name: 'TokenError', reason: 'keys-unavailable' })
})
