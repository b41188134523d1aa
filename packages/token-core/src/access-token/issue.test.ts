import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { publicMembers } from '../keys/jwk.js'
import {
  ALGORITHMS,
  AUDIENCE,
  accessToken,
  type Claims,
  grant,
  ISSUER,
  NOW,
  pair,
  type Scope,
  scopes,
  signingKey,
} from '../testing/fixtures.js'
import { defineAccessToken } from './define.js'
import { createIssuer, type IssueOptions } from './issue.js'

describe('issuer.issue', () => {
  it.each(ALGORITHMS)('AT-01 AT-02 writes what RFC 9068 asks for, with %s', async (algorithm) => {
    const { issuer, key } = await pair(algorithm)
    const jwt = await issuer.issue({ ...grant, grantId: 'g1', authTime: NOW - 10, acr: 'silver', amr: ['pwd'] })
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: algorithm, typ: 'at+jwt', kid: key.kid })
    expect(decodeJwt(jwt)).toEqual({
      iss: ISSUER,
      sub: 'alice',
      aud: AUDIENCE,
      client_id: 'web',
      scope: 'notes:write',
      iat: NOW,
      exp: NOW + 600,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{28}$/),
      grant_id: 'g1',
      auth_time: NOW - 10,
      acr: 'silver',
      amr: ['pwd'],
      tenant: 't1',
    })
  })

  it.each(ALGORITHMS)('issues %s tokens that jose verifies', async (algorithm) => {
    const { issuer, key } = await pair(algorithm)
    const publicKey = await importJWK(publicMembers(key.publicJwk), algorithm)
    const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', currentDate: new Date(NOW * 1000) }
    expect((await jwtVerify(await issuer.issue(grant), publicKey, options)).payload.sub).toBe('alice')
  })

  it('AT-03 AT-07 leaves out what was not given', async () => {
    const { issuer } = await pair()
    const claims = decodeJwt(await issuer.issue({ ...grant, scope: [] }))
    expect(Object.keys(claims).sort()).toEqual(['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'sub', 'tenant'])
  })

  it('RI-03 DP-13 writes the audience and the thumbprint that were granted, and no other', async () => {
    const { issuer } = await pair()
    const claims = decodeJwt(await issuer.issue({ ...grant, confirmation: { jkt: 'thumbprint' } }))
    expect(claims.aud).toBe(AUDIENCE)
    expect(claims['cnf']).toEqual({ jkt: 'thumbprint' })
    const audience = [AUDIENCE, 'https://b.example']
    expect(decodeJwt(await issuer.issue({ ...grant, audience })).aud).toEqual(audience)
  })

  it('gives each token its own jti, and takes a lifetime', async () => {
    const { issuer } = await pair()
    const [a, b] = [decodeJwt(await issuer.issue(grant)), decodeJwt(await issuer.issue({ ...grant, lifetime: 5 }))]
    expect(a.jti).not.toBe(b.jti)
    expect(b.exp).toBe(NOW + 5)
  })

  it('takes the key of the moment from a function', async () => {
    const current = { key: await signingKey('ES256') }
    const issuer = createIssuer({ token: accessToken, issuer: ISSUER, keys: async () => current.key })
    expect(decodeProtectedHeader(await issuer.issue(grant)).alg).toBe('ES256')
    current.key = await signingKey('EdDSA')
    expect(decodeProtectedHeader(await issuer.issue(grant)).alg).toBe('EdDSA')
  })

  it('hands a signer of yours bytes in memory of their own: it may keep them, or pass the whole buffer on', async () => {
    const key = await signingKey()
    const seen: Uint8Array[] = []
    const keys = {
      ...key,
      sign: (data: Uint8Array<ArrayBuffer>) => {
        seen.push(data)
        return key.sign(data)
      },
    }
    const jwt = await createIssuer({ token: accessToken, issuer: ISSUER, keys }).issue(grant)
    expect(seen.map(({ buffer }) => new TextDecoder().decode(buffer))).toEqual([jwt.slice(0, jwt.lastIndexOf('.'))])
  })

  it.each<[Record<string, unknown>, RegExp]>([
    [{ scope: ['notes:raed'] }, /Scope "notes:raed" is not declared/],
    [{ claims: {} }, /don't satisfy the schema of their token, at: tenant/],
    [{ claims: { tenant: 1 } }, /at: tenant/],
    [{ claims: { tenant: 't', iss: 'x' } }, /"iss" is registered/],
    [{ claims: { tenant: 't', cnf: {} } }, /"cnf" is registered/],
    [{ claims: { tenant: 'x'.repeat(20_000) } }, /longer than the 16 kB/],
    [{ audience: '' }, /needs an audience/],
    [{ audience: [] }, /needs an audience/],
    [{ subject: '' }, /needs a subject/],
    [{ lifetime: 0 }, /whole seconds/],
    [{ lifetime: 1.5 }, /whole seconds/],
    [{ lifetime: Number.POSITIVE_INFINITY }, /whole seconds/],
  ])('refuses %.60j with a sentence', async (options, sentence) => {
    const { issuer } = await pair()
    // Plain JavaScript may pass anything.
    const wrong = { ...grant, ...options } as IssueOptions<Scope, Claims>
    await expect(issuer.issue(wrong)).rejects.toThrow(sentence)
  })

  it('checks the claims as they will arrive: a Date as text', async () => {
    const claims = z.object({ since: z.coerce.date() })
    const token = defineAccessToken({ scopes, claims, lifetime: 60 })
    const issuer = createIssuer({ token, issuer: ISSUER, keys: await signingKey() })
    const jwt = await issuer.issue({ ...grant, claims: { since: new Date(0) } })
    expect(decodeJwt(jwt)['since']).toBe('1970-01-01T00:00:00.000Z')
  })
})

describe('createIssuer', () => {
  it.each(['', 'auth.example', 'http://auth.example', 'https://auth.example?x', 'https://auth.example#x'])(
    'refuses the issuer %j with a sentence',
    async (issuer) => {
      const keys = await signingKey()
      expect(() => createIssuer({ token: accessToken, issuer, keys })).toThrow(/can't use this issuer: it .*\.$/)
    },
  )

  it('takes http on a loopback address, for development', async () => {
    const keys = await signingKey()
    expect(() => createIssuer({ token: accessToken, issuer: 'http://localhost:4000', keys })).not.toThrow()
  })
})

describe('defineAccessToken', () => {
  it('refuses a lifetime that is no positive number of seconds, and claims that are no schema', () => {
    for (const lifetime of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => defineAccessToken({ scopes, lifetime })).toThrow(/whole seconds/)
    // @ts-expect-error not a Standard Schema
    expect(() => defineAccessToken({ scopes, claims: { tenant: 'string' }, lifetime: 1 })).toThrow(/Standard Schema/)
  })
})
