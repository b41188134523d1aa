import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { localKeys } from '../keys/local.js'
import { memoryReplay } from '../replay/memory.js'
import { codeOf, forge, ISSUER, NOW, signingKey } from '../testing/fixtures.js'
import { defineToken } from './define.js'
import { createTokenIssuer } from './issue.js'
import { createTokenVerifier, type TokenVerifierOptions } from './verify.js'

const APP = 'https://app.example'
const key = await signingKey()
const keys = localKeys({ keys: [key.publicJwk] })
const claims = z.object({ team: z.string(), role: z.enum(['member', 'owner']).default('member') })
const invitation = defineToken({ typ: 'invitation+jwt', claims, required: ['sub'], lifetime: 3600 })
const issuer = createTokenIssuer({ token: invitation, issuer: ISSUER, keys: key, now: () => NOW })
const content = { audience: APP, subject: 'bob@example.org', claims: { team: 't1', role: 'owner' } } as const
const jwt = await issuer.issue(content)

type Options = Partial<TokenVerifierOptions<'sub', z.infer<typeof claims>>>
const verifierWith = (options: Options = {}) =>
  createTokenVerifier({ token: invitation, audience: APP, issuers: { [ISSUER]: keys }, now: () => NOW, ...options })
const good = { iss: ISSUER, aud: APP, sub: 'bob', iat: NOW, exp: NOW + 60, jti: 'j', team: 't1' }
const sign = (content: object, typ: string | undefined = 'invitation+jwt') =>
  forge(key, { alg: key.alg, typ, kid: key.kid }, content)
const verdict = async (content: object, typ?: string, options: Options = {}) =>
  codeOf(verifierWith(options).verify(await sign(content, typ)))

describe('tokenIssuer.issue', () => {
  it('writes the registered claims and your own', () => {
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', typ: 'invitation+jwt', kid: key.kid })
    expect(decodeJwt(jwt)).toEqual({
      iss: ISSUER,
      aud: APP,
      sub: 'bob@example.org',
      iat: NOW,
      exp: NOW + 3600,
      jti: expect.stringMatching(/^[\w-]{28}$/),
      team: 't1',
      role: 'owner',
    })
  })

  it('lets a token live from its notBefore on', async () => {
    const later = await issuer.issue({ ...content, notBefore: NOW + 100, lifetime: 10 })
    expect(decodeJwt(later)).toMatchObject({ nbf: NOW + 100, exp: NOW + 110 })
    expect(await codeOf(verifierWith().verify(later))).toBe('not_yet_valid')
    expect(await codeOf(verifierWith({ now: () => NOW + 100 }).verify(later))).toBe('accepted')
  })

  it.each<[string, object]>([
    ['audience', { audience: [] }],
    ['sub', { subject: undefined }],
    ['schema', { claims: { team: 1 } }],
    ['registered', { claims: { team: 't', exp: 1 } }],
    ['lifetime', { lifetime: 0 }],
  ])('refuses a wrong %s', async (name, changed) => {
    await expect(issuer.issue({ ...content, ...changed })).rejects.toThrow(new RegExp(name))
  })
})

describe('tokenVerifier.verify', () => {
  it('gives the claims, frozen, as the schema gives them back', async () => {
    const { claims: verified, typ } = await verifierWith().verify(await sign(good))
    expect(typ).toBe('invitation+jwt')
    expect(verified).toEqual({ ...good, role: 'member' })
    expect(Object.isFrozen(verified)).toBe(true)
  })

  it.each<[object, string]>([
    [{ iss: 'https://other.example' }, 'wrong_issuer'],
    [{ iss: undefined }, 'invalid_claims'],
    [{ aud: 'https://other.example' }, 'wrong_audience'],
    [{ aud: undefined }, 'invalid_claims'],
    [{ aud: [] }, 'invalid_claims'],
    [{ aud: ['https://other.example', APP] }, 'accepted'],
    [{ exp: NOW - 5 }, 'expired'],
    [{ exp: undefined }, 'invalid_claims'],
    [{ iat: NOW + 6 }, 'not_yet_valid'],
    [{ nbf: NOW + 6 }, 'not_yet_valid'],
    [{ nbf: 'now' }, 'invalid_claims'],
    [{ sub: undefined }, 'invalid_claims'],
    [{ jti: undefined }, 'invalid_claims'],
    [{ team: 1 }, 'invalid_claims'],
  ])('judges %j: %s', async (changed, code) => {
    expect(await verdict({ ...good, ...changed })).toBe(code)
  })

  it.each([undefined, 'JWT', 'at+jwt', 'invitation', 'invitations+jwt', ''])('JW-13 refuses typ %s', async (typ) => {
    expect(await codeOf(verifierWith().verify(await forge(key, { alg: key.alg, typ, kid: key.kid }, good)))).toBe(
      'wrong_type',
    )
  })

  it.each(['Invitation+JWT', 'application/invitation+jwt'])('accepts typ %s', async (typ) => {
    expect(await verdict(good, typ)).toBe('accepted')
  })

  it('refuses a token by a key of another issuer', async () => {
    const other = await signingKey('ES256', 'other')
    expect(
      await codeOf(
        verifierWith().verify(await forge(other, { alg: other.alg, typ: 'invitation+jwt', kid: key.kid }, good)),
      ),
    ).toBe('bad_signature')
  })

  it('asks its hook with all claims', async () => {
    expect(await verdict(good, undefined, { revoked: ({ jti, team }) => jti === 'j' && team === 't1' })).toBe('revoked')
    expect(await verdict(good, undefined, { revoked: () => Promise.resolve(false) })).toBe('accepted')
  })

  it.each([10, 500])('lets one of %i uses at once pass when each token is good for one', async (count) => {
    const once = verifierWith({ replay: memoryReplay() })
    const codes = await Promise.all(Array.from({ length: count }, () => codeOf(once.verify(jwt))))
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1)
    expect(codes.filter((code) => code === 'revoked')).toHaveLength(count - 1)
    expect(await codeOf(once.verify(await issuer.issue(content)))).toBe('accepted')
  })

  it('uses up nothing that it refuses, and fails closed', async () => {
    let asked = 0
    const replay = () => {
      asked++
      throw new Error('down')
    }
    expect(await verdict({ ...good, team: 1 }, undefined, { replay })).toBe('invalid_claims')
    expect(await verdict(good, undefined, { replay, revoked: () => true })).toBe('revoked')
    expect(asked).toBe(0)
    expect(await verdict(good, undefined, { replay })).toBe('temporarily_unavailable')
  })
})

describe('defineToken and createTokenVerifier', () => {
  it.each(['at+jwt', 'dpop+jwt', 'logout+jwt', 'statuslist+jwt', '+jwt', 'Invitation+jwt', 'a b+jwt'] as const)(
    'refuse the typ %s',
    (typ) => {
      expect(() => defineToken({ typ, claims, lifetime: 1 })).toThrow(/typ/)
    },
  )

  it('refuse what could not be meant', () => {
    expect(() => defineToken({ typ: 'a+jwt', claims, lifetime: 0 })).toThrow(/lifetime/)
    // Options may come from JavaScript.
    expect(() => defineToken({ typ: 'a+jwt', claims: {} as typeof claims, lifetime: 1 })).toThrow(/Schema/)
    expect(() => verifierWith({ audience: '' })).toThrow(/audience/)
    expect(() => verifierWith({ issuers: {} })).toThrow(/issuer/)
    expect(() => verifierWith({ clockTolerance: 61 })).toThrow(/clockTolerance/)
    expect(() => createTokenIssuer({ token: invitation, issuer: 'http://a.example', keys: key })).toThrow(
      /createTokenIssuer/,
    )
  })
})
