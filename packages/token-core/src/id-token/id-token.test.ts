import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { accessTokenHash, type ExpectedIdToken, type IdTokenClaims, parseIdToken, refuseIdToken } from '../id-token.js'
import { localKeys } from '../keys/local.js'
import { ALGORITHMS, codeOf, forge, grant, ISSUER, NOW, pair, signingKey } from '../testing/fixtures.js'
import { verifyIdTokenHint } from './hint.js'
import { createIdTokenIssuer } from './issue.js'

const key = await signingKey()
const keys = localKeys({ keys: [key.publicJwk] })
const issuer = createIdTokenIssuer({ issuer: ISSUER, keys: key, now: () => NOW })
const claims = { iss: ISSUER, sub: 'alice', aud: 'web', exp: NOW + 300, iat: NOW }
const sign = (content: object, header: object = {}) =>
  forge(key, { alg: key.alg, typ: 'JWT', kid: key.kid, ...header }, content)

describe('idTokenIssuer.issue', () => {
  it('writes what OIDC Core §2 asks for', async () => {
    const jwt = await issuer.issue({
      subject: 'alice',
      audience: 'web',
      nonce: 'n',
      authTime: NOW - 10,
      acr: 'silver',
      amr: ['pwd'],
      sessionId: 's1',
      accessToken: 'token',
      claims: { name: 'Alice' },
    })
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', typ: 'JWT', kid: key.kid })
    expect(decodeJwt(jwt)).toEqual({
      ...claims,
      nonce: 'n',
      auth_time: NOW - 10,
      acr: 'silver',
      amr: ['pwd'],
      sid: 's1',
      at_hash: await accessTokenHash('token', 'ES256'),
      name: 'Alice',
    })
  })

  it('signs with the algorithm that the client registered', async () => {
    const byAlgorithm = createIdTokenIssuer({ issuer: ISSUER, keys: (algorithm = 'ES256') => signingKey(algorithm) })
    for (const algorithm of ALGORITHMS) {
      const jwt = await byAlgorithm.issue({ subject: 'alice', audience: 'web', algorithm, accessToken: 'token' })
      expect(parseIdToken(jwt).header.alg).toBe(algorithm)
      const hash = algorithm.startsWith('ML-DSA') ? undefined : await accessTokenHash('token', algorithm)
      expect(parseIdToken(jwt).claims.at_hash).toBe(hash)
    }
    await expect(issuer.issue({ subject: 'alice', audience: 'web', algorithm: 'RS256' })).rejects.toThrow(/RS256/)
  })

  it('lets no claim replace a registered one', async () => {
    for (const name of ['iss', 'aud', 'exp', 'nonce', 'at_hash', 'sid', 'azp'])
      await expect(issuer.issue({ subject: 'a', audience: 'b', claims: { [name]: 'x' } })).rejects.toThrow(
        /is registered/,
      )
  })

  it('refuses an issuer that is not https', () => {
    expect(() => createIdTokenIssuer({ issuer: 'http://auth.example', keys: key })).toThrow(/can't use this issuer/)
  })
})

describe('parseIdToken', () => {
  it('gives header and claims, further ones included', async () => {
    const parsed = parseIdToken(await sign({ ...claims, name: 'Alice' }))
    expect(parsed.claims['name']).toBe('Alice')
    expect(parsed.header.kid).toBe(key.kid)
    expect(Object.keys(parsed)).toEqual(['header', 'claims'])
  })

  it('accepts an algorithm that only other servers use: the signature is not its business', async () => {
    expect(parseIdToken(await sign(claims, { alg: 'PS256', typ: undefined })).header.alg).toBe('PS256')
  })

  it.each(['at+jwt', 'application/at+jwt', 'logout+jwt', 'dpop+jwt', ''])('JW-13 refuses typ %s', async (typ) => {
    expect(await codeOf(sign(claims, { typ }).then(parseIdToken))).toBe('wrong_type')
  })

  it.each([
    ['{"iss":"a","iss":"b"}', 'malformed'],
    [JSON.stringify({ ...claims, iss: undefined }), 'invalid_claims'],
    [JSON.stringify({ ...claims, sub: '' }), 'invalid_claims'],
    [JSON.stringify({ ...claims, aud: [] }), 'invalid_claims'],
    [JSON.stringify({ ...claims, exp: '1' }), 'invalid_claims'],
    [JSON.stringify({ ...claims, iat: -1 }), 'invalid_claims'],
    [JSON.stringify({ ...claims, auth_time: 'now' }), 'invalid_claims'],
    [JSON.stringify({ ...claims, nonce: 1 }), 'invalid_claims'],
    [JSON.stringify({ ...claims, amr: 'pwd' }), 'invalid_claims'],
  ])('refuses %s', async (text, code) => {
    const jwt = await forge(key, { alg: key.alg }, text)
    expect(await codeOf(() => parseIdToken(jwt))).toBe(code)
  })
})

describe('refuseIdToken', () => {
  const expected: ExpectedIdToken = { issuer: ISSUER, clientId: 'web' }
  it.each<[Partial<IdTokenClaims>, Partial<ExpectedIdToken>, string | undefined]>([
    [{}, {}, undefined],
    [{ iss: `${ISSUER}/` }, {}, 'wrong_issuer'],
    [{ aud: 'other' }, {}, 'wrong_audience'],
    [{ aud: ['web'] }, {}, undefined],
    [{ aud: ['web', 'other'] }, {}, 'wrong_authorized_party'],
    [{ aud: ['web', 'other'], azp: 'web' }, {}, undefined],
    [{ azp: 'other' }, {}, 'wrong_authorized_party'],
    [{ exp: NOW - 10 }, {}, 'expired'],
    [{ exp: NOW - 9 }, {}, undefined],
    [{ exp: NOW }, { clockTolerance: 0 }, 'expired'],
    [{ iat: NOW + 10 }, {}, undefined],
    [{ iat: NOW + 11 }, {}, 'not_yet_valid'],
    [{ nonce: 'n' }, { nonce: 'n' }, undefined],
    [{ nonce: 'm' }, { nonce: 'n' }, 'wrong_nonce'],
    [{}, { nonce: 'n' }, 'wrong_nonce'],
    [{}, { subject: 'alice' }, undefined],
    [{}, { subject: 'bob' }, 'wrong_subject'],
    [{ auth_time: NOW - 70 }, { maxAge: 60 }, undefined],
    [{ auth_time: NOW - 71 }, { maxAge: 60 }, 'authentication_too_old'],
    [{}, { maxAge: 60 }, 'authentication_too_old'],
    [{ auth_time: 5 }, { authTime: 5 }, undefined],
    [{ auth_time: 6 }, { authTime: 5 }, 'wrong_auth_time'],
    [{}, { authTime: 5 }, undefined],
    [{ acr: 'gold' }, { acrValues: ['silver', 'gold'] }, undefined],
    [{ acr: 'bronze' }, { acrValues: ['silver', 'gold'] }, 'wrong_acr'],
    [{}, { acrValues: ['silver'] }, 'wrong_acr'],
  ])('with %j, expecting %j, answers %s', (changed, expecting, reason) => {
    expect(refuseIdToken({ ...claims, ...changed }, { ...expected, ...expecting }, NOW)).toBe(reason)
  })
})

describe('accessTokenHash', () => {
  it('gives the value printed in OIDC Core A.3', async () => {
    expect(await accessTokenHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', 'RS256')).toBe('77QmUPtjPfzWtF2AnpK9RQ')
  })

  it('takes the hash from the algorithm', async () => {
    expect(await accessTokenHash('x', 'PS384')).toHaveLength(32)
    expect(await accessTokenHash('x', 'EdDSA')).toBe(await accessTokenHash('x', 'ES512'))
    for (const alg of ['none', 'RS1', '__proto__', 'XRS256'])
      expect(await codeOf(accessTokenHash('x', alg))).toBe('unsupported_alg')
  })

  it('has none for ML-DSA, and says why', async () => {
    for (const alg of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'])
      await expect(accessTokenHash('x', alg)).rejects.toThrow(/No specification names the hash .* ML-DSA/)
  })
})

describe('verifyIdTokenHint', () => {
  it('OI-04 accepts an ID token of the issuer, also an expired one', async () => {
    expect((await verifyIdTokenHint(await sign(claims), { issuer: ISSUER, keys })).sub).toBe('alice')
    expect((await verifyIdTokenHint(await sign({ ...claims, exp: 1, iat: 1 }), { issuer: ISSUER, keys })).sub).toBe(
      'alice',
    )
  })

  it('refuses everything else', async () => {
    const other = await signingKey('ES256', 'other')
    const stranger = await forge(other, { alg: 'ES256', typ: 'JWT', kid: key.kid }, claims)
    const accessToken = await (await pair()).issuer.issue(grant)
    const hint = (jwt: string) => codeOf(verifyIdTokenHint(jwt, { issuer: ISSUER, keys }))
    expect(await hint(stranger)).toBe('bad_signature')
    expect(await hint(accessToken)).toBe('wrong_type')
    expect(await hint(await sign({ ...claims, iss: 'https://other.example' }))).toBe('wrong_issuer')
    expect(await hint(await sign(claims, { alg: 'none' }))).toBe('unsupported_alg')
    expect(await hint('garbage')).toBe('malformed')
  })
})

describe('verifier.verify', () => {
  it('AT-06 ATT-018 refuses an ID token', async () => {
    const { verifier } = await pair()
    const jwt = await issuer.issue({ subject: 'alice', audience: 'https://api.example/graphql' })
    expect(await codeOf(verifier.verify(jwt))).toBe('wrong_type')
  })
})
