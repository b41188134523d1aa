import { describe, expect, it } from 'vitest'
import { signJwt } from '../jwt/sign.js'
import { localKeys } from '../keys/local.js'
import { generatePrivateJwk, importSigningKey } from '../keys/signing-key.js'
import { verifyUserinfo } from './userinfo.js'

const ISSUER = 'https://auth.example'
const key = await importSigningKey(await generatePrivateJwk('ES256'))
const stranger = await importSigningKey(await generatePrivateJwk('ES256'))
const context = { issuer: ISSUER, clientId: 'web', keys: localKeys({ keys: [key.publicJwk] }), now: () => 1000 }
const sign = (claims: Readonly<Record<string, unknown>>, by = key, typ = 'JWT') => signJwt({ typ, key: by, claims })
const good = { iss: ISSUER, aud: 'web', sub: 'alice', name: 'Alice' }

describe('verifyUserinfo', () => {
  it.each([
    ['without times', good],
    ['for several', { ...good, aud: ['other', 'web'] }],
    ['that has just expired, by a clock that is a little off', { ...good, exp: 991 }],
  ])('OI-02 gives the claims of an answer %s', async (_, claims) => {
    expect(await verifyUserinfo(await sign(claims), context)).toEqual(claims)
  })

  it.each([
    ['wrong_issuer', { ...good, iss: 'https://evil.example' }],
    ['wrong_audience', { ...good, aud: 'other' }],
    ['expired', { ...good, exp: 990 }],
    ['invalid_claims', { ...good, sub: undefined }],
    ['invalid_claims', { ...good, aud: undefined }],
    ['invalid_claims', { ...good, exp: '2000' }],
    ['invalid_claims', { ...good, events: {} }],
  ])('OI-02 refuses with %s', async (code, claims) => {
    await expect(verifyUserinfo(await sign(claims), context)).rejects.toMatchObject({ code })
  })

  it('OI-02 refuses another key and another type', async () => {
    await expect(verifyUserinfo(await sign(good, stranger), context)).rejects.toMatchObject({
      code: expect.stringMatching(/unknown_key|bad_signature/),
    })
    await expect(verifyUserinfo(await sign(good, key, 'at+jwt'), context)).rejects.toMatchObject({
      code: 'wrong_type',
    })
  })
})
