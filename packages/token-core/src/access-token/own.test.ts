import { describe, expect, it } from 'vitest'
import { localKeys } from '../keys/local.js'
import { codeOf, forge, grant, ISSUER, NOW, pair, signingKey } from '../testing/fixtures.js'
import { verifyOwnAccessToken } from './own.js'

const { issuer, key } = await pair('ES256')
const keys = localKeys({ keys: [key.publicJwk] })
const own = (jwt: string, now = NOW) => verifyOwnAccessToken(jwt, { issuer: ISSUER, keys, now })
const sign = (claims: object, header: object = {}) =>
  forge(
    key,
    { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header },
    {
      iss: ISSUER,
      sub: 'alice',
      aud: 'https://any.example/',
      client_id: 'web',
      jti: 'j',
      iat: NOW,
      exp: NOW + 600,
      ...claims,
    },
  )

describe('verifyOwnAccessToken', () => {
  it('gives the claims as they were signed, for any audience, also of a token that is bound to a key', async () => {
    const jwt = await issuer.issue({ ...grant, confirmation: { jkt: 'k' }, actor: { sub: 'api' } })
    expect(await own(jwt)).toMatchObject({ sub: 'alice', cnf: { jkt: 'k' }, act: { sub: 'api' }, tenant: 't1' })
    expect(await own(await sign({ aud: ['https://a.example/', 'https://b.example/'] }))).toMatchObject({ iat: NOW })
  })

  it.each<[string, object, object, string]>([
    ['an ID token', {}, { typ: 'JWT' }, 'wrong_type'],
    ['a token without a type', {}, { typ: undefined }, 'wrong_type'],
    ['a token of another issuer', { iss: 'https://other.example' }, {}, 'wrong_issuer'],
    ['an expired one', { exp: NOW }, {}, 'expired'],
    ['OP-10 one of the future, as after a clock that went back', { iat: NOW + 6 }, {}, 'not_yet_valid'],
    ['one without a client', { client_id: undefined }, {}, 'invalid_claims'],
    ['an actor that is a name', { act: 'api' }, {}, 'invalid_claims'],
    ['an actor within an actor that is a name', { act: { sub: 'a', act: 'b' } }, {}, 'invalid_claims'],
  ])('refuses %s', async (_, claims, header, code) => {
    expect(await codeOf(own(await sign(claims, header)))).toBe(code)
  })

  it('refuses the signature of another key', async () => {
    const other = await signingKey('ES256', 'other')
    const forged = await forge(other, { alg: 'ES256', kid: key.kid, typ: 'at+jwt' }, { iss: ISSUER })
    expect(await codeOf(own(forged))).toBe('bad_signature')
  })
})

describe('issuer.claims', () => {
  it('gives what issue would sign', async () => {
    const claims = JSON.parse(JSON.stringify(await issuer.claims(grant)))
    const { jti, ...signed } = await own(await issuer.issue(grant))
    expect(claims).toEqual({ ...signed, jti: expect.not.stringMatching(jti) })
  })

  it('refuses what a verifier would refuse', async () => {
    await expect(issuer.claims({ ...grant, audience: '' })).rejects.toThrow(/audience/)
  })
})
