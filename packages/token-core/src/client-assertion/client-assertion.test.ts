import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  type ClientAssertionVerifierOptions,
  createClientAssertion,
  createClientAssertionVerifier,
  memoryReplay,
} from '../client-assertion.js'
import { localKeys } from '../keys/local.js'
import { codeOf, forge, ISSUER, NOW, signingKey } from '../testing/fixtures.js'

const key = await signingKey('ES256', 'web')
const other = await signingKey('ES256', 'other')
const clients = new Map([
  ['web', localKeys({ keys: [key.publicJwk] })],
  ['other', localKeys({ keys: [other.publicJwk] })],
])
const verifierWith = (options: Partial<ClientAssertionVerifierOptions> = {}) =>
  createClientAssertionVerifier({
    issuer: ISSUER,
    keys: (clientId) => clients.get(clientId),
    replay: memoryReplay(),
    now: () => NOW,
    ...options,
  })
const create = (options = {}) => createClientAssertion(key, { clientId: 'web', issuer: ISSUER, now: NOW, ...options })
const good = { iss: 'web', sub: 'web', aud: ISSUER, exp: NOW + 60, iat: NOW, jti: 'j' }
const sign = (claims: object, header: object = {}) =>
  forge(key, { alg: key.alg, kid: key.kid, ...header }, { ...good, ...claims })

describe('createClientAssertion', () => {
  it('TK-24 writes the issuer as the only audience', async () => {
    const jwt = await create()
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', typ: 'client-authentication+jwt', kid: key.kid })
    expect(decodeJwt(jwt)).toEqual({
      iss: 'web',
      sub: 'web',
      aud: ISSUER,
      iat: NOW,
      exp: NOW + 60,
      jti: expect.stringMatching(/^[\w-]{28}$/),
    })
    expect(await verifierWith().verify(jwt, 'web')).toMatchObject({ clientId: 'web', claims: { aud: ISSUER } })
  })

  it('needs to know who and for whom', () => {
    expect(() => createClientAssertion(key, { clientId: '', issuer: ISSUER })).toThrow(TypeError)
  })
})

describe('clientAssertionVerifier.verify', () => {
  it.each<[string, object, string]>([
    ['TK-24 the token endpoint as audience', { aud: `${ISSUER}/token` }, 'wrong_audience'],
    ['TK-24 a list of audiences', { aud: [ISSUER] }, 'invalid_claims'],
    ['TK-24 a list with others', { aud: [ISSUER, 'https://other.example'] }, 'invalid_claims'],
    ['TK-24 no audience', { aud: undefined }, 'invalid_claims'],
    ['TK-24 an issuer that differs by a slash', { aud: `${ISSUER}/` }, 'wrong_audience'],
    ['TK-25 an issuer that is not the subject', { iss: 'other' }, 'wrong_issuer'],
    ['TK-25 no issuer', { iss: undefined }, 'invalid_claims'],
    ['TK-25 no subject', { sub: undefined }, 'invalid_claims'],
    ['TK-25 a subject that is no client', { iss: 'nobody', sub: 'nobody' }, 'wrong_issuer'],
    ['TK-25 no exp', { exp: undefined }, 'invalid_claims'],
    ['TK-25 an expired one', { exp: NOW - 30 }, 'expired'],
    ['TK-25 one that lives for a day', { exp: NOW + 86_400 }, 'invalid_claims'],
    ['TK-25 one of the future', { iat: NOW + 31 }, 'not_yet_valid'],
    ['TK-26 no jti', { jti: undefined }, 'invalid_claims'],
    ['TK-26 a jti of 10 kB', { jti: 'x'.repeat(10_000) }, 'invalid_claims'],
  ])('refuses %s', async (_, claims, code) => {
    expect(await codeOf(verifierWith().verify(await sign(claims)))).toBe(code)
  })

  it.each<[string | undefined, string]>([
    ['client-authentication+jwt', 'accepted'],
    ['JWT', 'accepted'],
    [undefined, 'accepted'],
    ['at+jwt', 'wrong_type'],
    ['dpop+jwt', 'wrong_type'],
    ['logout+jwt', 'wrong_type'],
    ['', 'wrong_type'],
  ])('TK-28 judges typ %s: %s', async (typ, code) => {
    expect(await codeOf(verifierWith().verify(await sign({}, { typ })))).toBe(code)
  })

  it('TK-25 refuses a key of another client, and the assertion of another client than asked', async () => {
    const stolen = await forge(other, { alg: 'ES256', kid: key.kid }, good)
    expect(await codeOf(verifierWith().verify(stolen))).toBe('bad_signature')
    expect(await codeOf(verifierWith().verify(await sign({}), 'other'))).toBe('wrong_issuer')
  })

  it.each([10, 500])('TK-26 accepts one of %i at once', async (count) => {
    const verifier = verifierWith()
    const jwt = await create()
    const codes = await Promise.all(Array.from({ length: count }, () => codeOf(verifier.verify(jwt))))
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1)
    expect(codes.filter((code) => code === 'revoked')).toHaveLength(count - 1)
  })

  it('TK-26 keeps the jti of clients apart, uses up nothing that it refuses, and fails closed', async () => {
    const asked: string[] = []
    const verifier = verifierWith({
      replay: (name) => {
        asked.push(name)
        return 'first'
      },
    })
    await codeOf(verifier.verify(await sign({ exp: 1 })))
    expect(asked).toEqual([])
    await verifier.verify(await sign({}))
    await verifier.verify(await forge(other, { alg: 'ES256', kid: other.kid }, { ...good, iss: 'other', sub: 'other' }))
    expect(new Set(asked).size).toBe(2)
    const down = verifierWith({ replay: () => Promise.reject(new Error('down')) })
    expect(await codeOf(down.verify(await sign({})))).toBe('temporarily_unavailable')
  })

  it('TK-26 still refuses a replay in the last second in which it could be accepted', async () => {
    let now = NOW
    const verifier = verifierWith({ now: () => now })
    const jwt = await create()
    await verifier.verify(jwt)
    now = NOW + 89
    expect(await codeOf(verifier.verify(jwt))).toBe('revoked')
    now = NOW + 90
    expect(await codeOf(verifier.verify(jwt))).toBe('expired')
  })
})

describe('clientAssertionVerifier.check', () => {
  it('leaves it to the caller to use the assertion up', async () => {
    const verifier = verifierWith()
    const jwt = await create()
    const [one, two] = [await verifier.check(jwt), await verifier.check(jwt)]
    await one.redeem()
    expect(await codeOf(two.redeem())).toBe('revoked')
  })
})

describe('createClientAssertionVerifier', () => {
  it.each<Partial<ClientAssertionVerifierOptions>>([{ issuer: '' }, { maxLifetime: 0 }, { clockTolerance: 61 }])(
    'refuses %j',
    (options) => {
      expect(() => verifierWith(options)).toThrow(TypeError)
    },
  )
})
