import { describe, expect, it } from 'vitest'
import { createIdTokenVerifier, type IdTokenContext, type IdTokenVerifierOptions } from '../id-token.js'
import { localKeys } from '../keys/local.js'
import { codeOf, forge, ISSUER, NOW, signingKey } from '../testing/fixtures.js'
import { createIdTokenIssuer } from './issue.js'

const key = await signingKey()
const keys = localKeys({ keys: [key.publicJwk] })
const issuer = createIdTokenIssuer({ issuer: ISSUER, keys: key, now: () => NOW })
const verifierWith = (options: Partial<IdTokenVerifierOptions> = {}) =>
  createIdTokenVerifier({ issuer: ISSUER, clientId: 'web', keys, now: () => NOW, ...options })
const good = { iss: ISSUER, sub: 'alice', aud: 'web', exp: NOW + 300, iat: NOW, nonce: 'n' }
const sign = (claims: object, header: object = {}) =>
  forge(key, { alg: key.alg, typ: 'JWT', kid: key.kid, ...header }, { ...good, ...claims })

describe('idTokenVerifier.verify', () => {
  it('accepts what createIdTokenIssuer issues, with its hashes', async () => {
    const jwt = await issuer.issue({
      subject: 'alice',
      audience: 'web',
      nonce: 'n',
      authTime: NOW - 5,
      acr: 'gold',
      accessToken: 'token',
      code: 'code',
    })
    const { claims } = await verifierWith().verify(jwt, {
      nonce: 'n',
      maxAge: 60,
      acrValues: ['gold'],
      accessToken: 'token',
      code: 'code',
    })
    expect(claims).toMatchObject({ sub: 'alice', acr: 'gold' })
    expect(Object.isFrozen(claims)).toBe(true)
  })

  it.each<[string, object, IdTokenContext, string]>([
    ['another issuer', { iss: 'https://other.example' }, {}, 'wrong_issuer'],
    ['another audience', { aud: 'other' }, {}, 'wrong_audience'],
    ['several audiences without azp', { aud: ['web', 'other'] }, {}, 'invalid_claims'],
    ['another azp', { azp: 'other' }, {}, 'invalid_claims'],
    ['an expired one', { exp: NOW - 10 }, {}, 'expired'],
    ['one of the future', { iat: NOW + 11 }, {}, 'not_yet_valid'],
    ['another nonce', {}, { nonce: 'm' }, 'invalid_claims'],
    ['a sign-in too long ago', { auth_time: NOW - 100 }, { maxAge: 60 }, 'invalid_claims'],
    ['no sign-in time', {}, { maxAge: 60 }, 'invalid_claims'],
    ['another acr', { acr: 'silver' }, { acrValues: ['gold'] }, 'invalid_claims'],
    ['another access token', { at_hash: 'x' }, { accessToken: 'token' }, 'invalid_claims'],
    ['another code', { c_hash: 'x' }, { code: 'code' }, 'invalid_claims'],
    ['a code without c_hash', {}, { code: 'code' }, 'invalid_claims'],
    ['another subject', {}, { subject: 'bob' }, 'invalid_claims'],
    ['a logout event', { events: {} }, {}, 'invalid_claims'],
  ])('OI-01 refuses %s', async (_, claims, context, code) => {
    expect(await codeOf(verifierWith().verify(await sign(claims), context))).toBe(code)
  })

  it('OI-01 verifies the signature, and the algorithm that was registered', async () => {
    const other = await signingKey('ES256', 'other')
    expect(await codeOf(verifierWith().verify(await forge(other, { alg: 'ES256', kid: key.kid }, good), {}))).toBe(
      'bad_signature',
    )
    expect(await codeOf(verifierWith({ algorithm: 'RS256' }).verify(await sign({}), {}))).toBe('unsupported_alg')
    expect(await codeOf(verifierWith({ algorithm: 'ES256' }).verify(await sign({}), {}))).toBe('accepted')
  })

  it('tells in a sentence what an ID token alone can have wrong', async () => {
    await expect(verifierWith().verify(await sign({}), { nonce: 'm' })).rejects.toThrow(/nonce/)
    await expect(verifierWith().verify(await sign({ at_hash: 'x' }), { accessToken: 'a' })).rejects.toThrow(/at_hash/)
  })
})

describe('createIdTokenVerifier', () => {
  it.each<Partial<IdTokenVerifierOptions>>([{ issuer: '' }, { clientId: '' }, { clockTolerance: 61 }])(
    'refuses %j',
    (options) => {
      expect(() => verifierWith(options)).toThrow(TypeError)
    },
  )
})
