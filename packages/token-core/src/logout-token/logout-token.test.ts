import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { localKeys } from '../keys/local.js'
import {
  createLogoutTokenIssuer,
  createLogoutTokenVerifier,
  type LogoutTokenVerifierOptions,
  memoryReplay,
} from '../logout-token.js'
import { codeOf, forge, ISSUER, NOW, signingKey } from '../testing/fixtures.js'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const key = await signingKey()
const keys = localKeys({ keys: [key.publicJwk] })
const issuer = createLogoutTokenIssuer({ issuer: ISSUER, keys: key, now: () => NOW })
const verifierWith = (options: Partial<LogoutTokenVerifierOptions> = {}) =>
  createLogoutTokenVerifier({
    issuer: ISSUER,
    clientId: 'web',
    keys,
    replay: memoryReplay(),
    now: () => NOW,
    ...options,
  })
const good = { iss: ISSUER, aud: 'web', iat: NOW, exp: NOW + 120, jti: 'j', sub: 'alice', events: { [EVENT]: {} } }
const sign = (claims: object, header: object = {}) =>
  forge(key, { alg: key.alg, typ: 'logout+jwt', kid: key.kid, ...header }, { ...good, ...claims })

describe('logoutTokenIssuer.issue', () => {
  it('writes what Back-Channel Logout §2.4 asks for', async () => {
    const jwt = await issuer.issue({ audience: 'web', subject: 'alice', sessionId: 's' })
    expect(decodeProtectedHeader(jwt).typ).toBe('logout+jwt')
    expect(decodeJwt(jwt)).toEqual({ ...good, jti: expect.stringMatching(/^[\w-]{28}$/), sid: 's' })
    expect(await verifierWith().verify(jwt)).toMatchObject({ sub: 'alice', sid: 's' })
    expect(await verifierWith().verify(await issuer.issue({ audience: 'web', sessionId: 's' }))).not.toHaveProperty(
      'sub',
    )
  })

  it('needs a subject or a session', async () => {
    await expect(issuer.issue({ audience: 'web', subject: '' })).rejects.toThrow(/subject or a session/)
  })
})

describe('logoutTokenVerifier.verify', () => {
  it.each<[string, object, string]>([
    ['another issuer', { iss: 'https://other.example' }, 'wrong_issuer'],
    ['another audience', { aud: 'other' }, 'wrong_audience'],
    ['no iat', { iat: undefined }, 'invalid_claims'],
    ['no exp', { exp: undefined }, 'invalid_claims'],
    ['an expired one', { exp: NOW - 30 }, 'expired'],
    ['no jti', { jti: undefined }, 'invalid_claims'],
    ['no events', { events: undefined }, 'invalid_claims'],
    ['other events', { events: { 'https://other.example/event': {} } }, 'invalid_claims'],
    ['an event that is no object', { events: { [EVENT]: true } }, 'invalid_claims'],
    ['a nonce', { nonce: 'n' }, 'invalid_claims'],
    ['neither sub nor sid', { sub: undefined }, 'invalid_claims'],
    ['an empty sid', { sid: '' }, 'invalid_claims'],
  ])('OI-05 refuses %s', async (_, claims, code) => {
    expect(await codeOf(verifierWith().verify(await sign(claims)))).toBe(code)
  })

  it.each<[string | undefined, string, string]>([
    ['logout+jwt', 'accepted', 'accepted'],
    ['JWT', 'accepted', 'wrong_type'],
    [undefined, 'accepted', 'wrong_type'],
    ['at+jwt', 'wrong_type', 'wrong_type'],
    ['secevent+jwt', 'wrong_type', 'wrong_type'],
  ])('OI-05 judges typ %s: %s, and strictly: %s', async (typ, code, strictly) => {
    expect(await codeOf(verifierWith().verify(await sign({}, { typ })))).toBe(code)
    expect(await codeOf(verifierWith({ strictType: true }).verify(await sign({}, { typ })))).toBe(strictly)
  })

  it('OI-05 refuses a signature by another key', async () => {
    const other = await signingKey('ES256', 'other')
    expect(
      await codeOf(verifierWith().verify(await forge(other, { alg: 'ES256', typ: 'logout+jwt', kid: key.kid }, good))),
    ).toBe('bad_signature')
  })

  it.each([10, 500])('OI-05 accepts one of %i at once', async (count) => {
    const verifier = verifierWith()
    const jwt = await sign({})
    const codes = await Promise.all(Array.from({ length: count }, () => codeOf(verifier.verify(jwt))))
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1)
  })
})

describe('createLogoutTokenVerifier', () => {
  it.each<Partial<LogoutTokenVerifierOptions>>([{ issuer: '' }, { clientId: '' }, { clockTolerance: -1 }])(
    'refuses %j',
    (options) => {
      expect(() => verifierWith(options)).toThrow(TypeError)
    },
  )
})
