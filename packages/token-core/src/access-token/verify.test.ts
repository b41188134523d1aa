import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TokenError } from '../errors.js'
import { localKeys } from '../keys/local.js'
import {
  ALGORITHMS,
  AUDIENCE,
  accessToken,
  codeOf,
  forge,
  grant,
  headerOf,
  ISSUER,
  METADATA,
  NOW,
  pair,
  scopes,
  signingKey,
  validClaims,
} from '../testing/fixtures.js'
import { defineAccessToken } from './define.js'
import { createIssuer } from './issue.js'
import { isVerifiedAccessToken } from './verified.js'
import { createVerifier, type VerifierOptions } from './verify.js'

/** Verifies forged claims and header members with a verifier that would accept the valid ones. */
async function verdict(claims: Record<string, unknown> | string, header: Record<string, unknown> = {}, options = {}) {
  const { key, verifier } = await pair('ES256', options)
  return codeOf(verifier.verify(await forge(key, headerOf(key, header), claims)))
}
const without = (name: string) => Object.fromEntries(Object.entries(validClaims).filter(([member]) => member !== name))

describe('verifier.verify', () => {
  it.each(ALGORITHMS)('AT-08 accepts what the issuer issues with %s', async (algorithm) => {
    const { issuer, verifier } = await pair(algorithm)
    const verified = await verifier.verify(await issuer.issue(grant))
    expect(verified.claims).toMatchObject({ iss: ISSUER, sub: 'alice', client_id: 'web', tenant: 't1', exp: NOW + 600 })
    expect(verified.scope).toEqual(['notes:write'])
  })

  it('answers has() on the closure of the granted scope', async () => {
    const { issuer, verifier } = await pair()
    const verified = await verifier.verify(await issuer.issue(grant))
    expect(verified.has('notes:read')).toBe(true)
    expect(verified.has('notes:read', 'notes:write')).toBe(true)
    expect(verified.has('notes:read', 'admin')).toBe(false)
    expect(verified.has()).toBe(true)
  })

  it('leaves scope values that are not declared out of scope, and in the claim', async () => {
    const { key, verifier } = await pair()
    const verified = await verifier.verify(
      await forge(key, headerOf(key), { ...validClaims, scope: 'openid notes:read' }),
    )
    expect(verified.scope).toEqual(['notes:read'])
    expect(verified.claims.scope).toBe('openid notes:read')
  })

  it("tells a client's own token from a resource owner's", async () => {
    const { issuer, verifier } = await pair()
    expect((await verifier.verify(await issuer.issue(grant))).isClient).toBe(false)
    expect((await verifier.verify(await issuer.issue({ ...grant, subject: 'web' }))).isClient).toBe(true)
  })

  it('gives a deeply frozen, branded result', async () => {
    const { issuer, verifier } = await pair()
    const verified = await verifier.verify(
      await issuer.issue({ ...grant, audience: [AUDIENCE, 'https://other.example'] }),
    )
    for (const value of [verified, verified.claims, verified.claims.aud, verified.scope])
      expect(Object.isFrozen(value)).toBe(true)
    expect(isVerifiedAccessToken(verified)).toBe(true)
    expect(isVerifiedAccessToken({ ...verified })).toBe(false)
    expect([null, undefined, 'x', {}].some(isVerifiedAccessToken)).toBe(false)
  })

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])('AT-01 accepts typ %s', async (typ) => {
    expect(await verdict(validClaims, { typ })).toBe('accepted')
  })

  it.each([
    undefined,
    'JWT',
    'jwt',
    '',
    'at+jwt ',
    'xat+jwt',
    'text/at+jwt',
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'oauth-authz-req+jwt',
    'token-introspection+jwt',
    'client-authentication+jwt',
  ])('AT-06 JW-13 ATT-018 refuses typ %s', async (typ) => {
    expect(await verdict(validClaims, { typ })).toBe('wrong_type')
  })

  it('AT-01 accepts a token without kid when one key fits', async () => {
    expect(await verdict(validClaims, { kid: undefined })).toBe('accepted')
  })

  it.each(['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])(
    'AT-02 ATT-019 refuses a token without %s',
    async (name) => {
      expect(await verdict(without(name))).toBe(name === 'iss' ? 'wrong_issuer' : 'invalid_claims')
    },
  )

  it.each([
    [{ iss: `${ISSUER}/` }, 'wrong_issuer'],
    [{ iss: ISSUER.toUpperCase() }, 'wrong_issuer'],
    [{ iss: '__proto__' }, 'wrong_issuer'],
    [{ iss: [ISSUER] }, 'wrong_issuer'],
    [{ aud: 'https://other.example' }, 'wrong_audience'],
    [{ aud: [] }, 'invalid_claims'],
    [{ aud: [AUDIENCE, 1] }, 'invalid_claims'],
    [{ aud: { 0: AUDIENCE } }, 'invalid_claims'],
    [{ aud: `${AUDIENCE}/` }, 'wrong_audience'],
    [{ aud: `x${AUDIENCE}` }, 'wrong_audience'],
    [{ aud: ['https://other.example', AUDIENCE] }, 'accepted'],
    [{ exp: NOW - 5 }, 'expired'],
    [{ exp: NOW - 4 }, 'accepted'],
    [{ iat: NOW + 5 }, 'accepted'],
    [{ iat: NOW + 6 }, 'not_yet_valid'],
    [{ nbf: NOW + 6 }, 'not_yet_valid'],
    [{ nbf: NOW }, 'accepted'],
    [{ sub: '' }, 'invalid_claims'],
    [{ sub: 1 }, 'invalid_claims'],
    [{ scope: ['notes:read'] }, 'invalid_claims'],
    [{ scope: 'a  b' }, 'invalid_claims'],
    [{ scope: '' }, 'accepted'],
    [{ amr: 'pwd' }, 'invalid_claims'],
    [{ acr: 1 }, 'invalid_claims'],
    [{ grant_id: {} }, 'invalid_claims'],
    [{ tenant: 1 }, 'invalid_claims'],
    [{ cnf: { jkt: 'x' } }, 'wrong_binding'],
  ])('AT-04 JW-10 with %j it is %s', async (claims, expected) => {
    expect(await verdict({ ...validClaims, ...claims })).toBe(expected)
  })

  it.each(['"1800000600"', '1e400', '-1', '-1e400', 'null', 'true', '[]', '{}', '""'])(
    'JW-17 refuses a date of %s',
    async (date) => {
      for (const name of ['exp', 'iat', 'nbf', 'auth_time']) {
        const text = JSON.stringify({ ...without(name) }).replace(/}$/, `,"${name}":${date}}`)
        expect(await verdict(text)).toBe('invalid_claims')
      }
    },
  )

  it('takes a clock tolerance of 0 to 60 seconds and no other', async () => {
    expect(await verdict({ ...validClaims, exp: NOW }, {}, { clockTolerance: 0 })).toBe('expired')
    expect(await verdict({ ...validClaims, exp: NOW - 59 }, {}, { clockTolerance: 60 })).toBe('accepted')
    for (const clockTolerance of [-1, 61, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(pair('ES256', { clockTolerance })).rejects.toThrow(/0 to 60/)
  })

  it('JW-09 takes keys from the issuer that the token names, and from no other', async () => {
    const [a, b] = [await signingKey('ES256', 'a'), await signingKey('ES256', 'b')]
    const issuers = {
      'https://a.example': localKeys({ keys: [a.publicJwk] }),
      'https://b.example': localKeys({ keys: [{ ...b.publicJwk, kid: a.kid }] }),
    }
    const { verifier } = await pair('ES256', { issuers })
    expect(
      await codeOf(verifier.verify(await forge(a, headerOf(a), { ...validClaims, iss: 'https://a.example' }))),
    ).toBe('accepted')
    expect(
      await codeOf(verifier.verify(await forge(b, headerOf(a), { ...validClaims, iss: 'https://b.example' }))),
    ).toBe('accepted')
    expect(
      await codeOf(verifier.verify(await forge(b, headerOf(a), { ...validClaims, iss: 'https://a.example' }))),
    ).toBe('bad_signature')
    expect(await codeOf(verifier.verify(await forge(a, headerOf(a), validClaims)))).toBe('wrong_issuer')
  })

  it('AT-10 hands all claims to the revoked hook, last, and refuses what it says', async () => {
    const asked: unknown[] = []
    const revoked: VerifierOptions<'notes:read' | 'notes:write' | 'admin', { tenant: string }>['revoked'] = async (
      claims,
    ) => {
      asked.push(claims.grant_id, claims.tenant, claims.jti, Object.isFrozen(claims))
      return claims.grant_id === 'gone'
    }
    const { issuer, verifier } = await pair('ES256', { revoked })
    expect(await codeOf(verifier.verify(await issuer.issue({ ...grant, grantId: 'g1' })))).toBe('accepted')
    expect(asked).toEqual(['g1', 't1', expect.any(String), true])
    expect(await codeOf(verifier.verify(await issuer.issue({ ...grant, grantId: 'gone' })))).toBe('revoked')
    expect(
      await codeOf(
        verifier.verify(await issuer.issue({ ...grant, audience: 'https://other.example', grantId: 'gone' })),
      ),
    ).toBe('wrong_audience')
    expect(asked).toHaveLength(8)
  })

  it('fails when the revoked hook fails', async () => {
    const { issuer, verifier } = await pair('ES256', { revoked: () => Promise.reject(new Error('database down')) })
    await expect(verifier.verify(await issuer.issue(grant))).rejects.toThrow('database down')
  })

  it('gives the claims as an async schema transforms them, and keeps the registered ones from it', async () => {
    const seen: unknown[] = []
    const claims = z.strictObject({ tenant: z.string() }).transform(async (value) => {
      seen.push(value)
      return { tenant: { name: value.tenant }, sub: 'mallory' }
    })
    const token = defineAccessToken({ scopes, claims, lifetime: 60 })
    const key = await signingKey()
    const verifier = createVerifier({
      token,
      audience: AUDIENCE,
      issuers: { [ISSUER]: localKeys({ keys: [key.publicJwk] }) },
      now: () => NOW,
    })
    const verified = await verifier.verify(await forge(key, headerOf(key), validClaims))
    expect(seen.at(-1)).toEqual({ tenant: 't1' })
    expect(verified.claims.tenant.name).toBe('t1')
    expect(Object.isFrozen(verified.claims.tenant)).toBe(true)
    expect(verified.claims.sub).toBe('alice')
  })

  it('answers invalid_claims when the schema throws or gives no object', async () => {
    const key = await signingKey()
    const jwt = await forge(key, headerOf(key), validClaims)
    const throwing = z.object({}).transform((): object => {
      throw new Error('a bug')
    })
    const primitive = z.object({}).transform(() => 'x')
    for (const claims of [throwing, primitive]) {
      const token = defineAccessToken<string, unknown>({ scopes, claims, lifetime: 60 })
      const verifier = createVerifier({
        token,
        audience: AUDIENCE,
        issuers: { [ISSUER]: localKeys({ keys: [key.publicJwk] }) },
        now: () => NOW,
      })
      expect(await codeOf(verifier.verify(jwt))).toBe('invalid_claims')
    }
  })

  it('has no claims of its own where the token type declares none', async () => {
    const token = defineAccessToken({ scopes, lifetime: 60 })
    const key = await signingKey()
    const issuers = { [ISSUER]: localKeys({ keys: [key.publicJwk] }) }
    const verifier = createVerifier({ token, audience: AUDIENCE, issuers, now: () => NOW })
    const verified = await verifier.verify(await forge(key, headerOf(key), { ...validClaims, admin: true }))
    expect(verified.claims).not.toHaveProperty('admin')
    const issuer = createIssuer({ token, issuer: ISSUER, keys: key, now: () => NOW })
    expect(await codeOf(verifier.verify(await issuer.issue({ ...grant, claims: {} })))).toBe('accepted')
  })

  it('JW-16 is not impressed by a claim called __proto__', async () => {
    const { key, verifier } = await pair()
    const text = JSON.stringify(validClaims).replace(/}$/, ',"__proto__":{"admin":true},"constructor":1}')
    const { claims } = await verifier.verify(await forge(key, headerOf(key), text))
    expect('admin' in claims).toBe(false)
    expect('admin' in {}).toBe(false)
  })

  it('answers keys_unavailable with 503 and without a challenge', async () => {
    const { issuer } = await pair()
    const down = localKeys(() => Promise.reject(new Error('down')))
    const { verifier } = await pair('ES256', { issuers: { [ISSUER]: down } })
    const error: unknown = await verifier.verify(await issuer.issue(grant)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'keys_unavailable', status: 503, challenges: [] })
    expect(error instanceof TokenError && error.headers).not.toHaveProperty('www-authenticate')
  })

  it('gives every refusal of a token a challenge', async () => {
    const { verifier } = await pair()
    await expect(verifier.verify('x')).rejects.toMatchObject({
      status: 401,
      challenges: [{ scheme: 'Bearer', parameters: { error: 'invalid_token', resource_metadata: METADATA } }],
    })
  })
})

describe('createVerifier', () => {
  const base = { token: accessToken, audience: AUDIENCE, issuers: { [ISSUER]: localKeys(() => ({ keys: [] })) } }

  it.each([
    [{ audience: '' }, /needs an audience/],
    [{ audience: undefined }, /needs an audience/],
    [{ issuers: {} }, /at least one issuer/],
    [{ issuers: { [ISSUER]: { keys: [] } } }, /needs keys for the issuer/],
    [{ issuers: { [ISSUER]: 'secret' } }, /needs keys for the issuer/],
    [{ resourceMetadata: '/x' }, /absolute URL/],
  ])('ATT-006 refuses %j with a sentence', (options, sentence) => {
    // Plain JavaScript may pass anything.
    expect(() => createVerifier({ ...base, ...options } as typeof base)).toThrow(sentence)
  })
})
