import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ALGORITHMS, codeOf, privateJwk, signingKey } from '../testing/fixtures.js'
import type { JwkSet } from './key-set.js'
import { localKeys } from './local.js'

const header = (alg: string, kid?: string) => ({ alg, kid, typ: undefined })

describe('localKeys', () => {
  it('finds a key by its kid and takes the algorithm from the key', async () => {
    const all = await Promise.all(ALGORITHMS.map((algorithm) => signingKey(algorithm)))
    const source = localKeys({ keys: all.map(({ publicJwk }) => publicJwk) })
    for (const { kid, alg } of all) {
      expect(await source.find(header(alg, kid))).toMatchObject({ kid, alg })
      for (const other of ALGORITHMS.filter((name) => name !== alg))
        expect(await codeOf(Promise.resolve(source.find(header(other, kid))))).toBe('unsupported_alg')
    }
  })

  it('AT-01 accepts no kid when exactly one key fits, and refuses when two do', async () => {
    const keys = [await signingKey('ES256'), await signingKey('RS256'), await signingKey('RS256', 'other')]
    const source = localKeys({ keys: keys.map(({ publicJwk }) => publicJwk) })
    expect(await codeOf(Promise.resolve(source.find(header('ES256'))))).toBe('accepted')
    expect(await codeOf(Promise.resolve(source.find(header('RS256'))))).toBe('unknown_key')
  })

  it('JW-21 tells keys of one kid apart by their algorithm', async () => {
    const es = { ...(await signingKey('ES256')).publicJwk, kid: 'same' }
    const rs = { ...(await signingKey('RS256')).publicJwk, kid: 'same' }
    const source = localKeys({ keys: [es, rs] })
    expect(await source.find(header('ES256', 'same'))).toMatchObject({ alg: 'ES256' })
    expect(await source.find(header('RS256', 'same'))).toMatchObject({ alg: 'RS256' })
  })

  it.each(['__proto__', 'constructor', '../../../dev/null', "' OR 1=1", 'x'.repeat(10_000), ''])(
    'JW-11 ATT-013 takes kid %.20s for data',
    async (kid) => {
      const { publicJwk } = await signingKey()
      expect(await codeOf(Promise.resolve(localKeys({ keys: [publicJwk] }).find(header('ES256', kid))))).toBe(
        'unknown_key',
      )
    },
  )

  it('JW-02 infers alg from kty and crv, and ignores keys that are not for signatures', async () => {
    const { alg, use, ...bare } = (await signingKey('EdDSA')).publicJwk
    const rsa = (await signingKey('RS256')).publicJwk
    const source = localKeys(() => ({
      keys: [
        bare,
        { ...rsa, alg: 'PS256', kid: 'a' },
        { ...rsa, use: 'enc', kid: 'b' },
        { ...rsa, key_ops: ['sign'], kid: 'c' },
      ],
    }))
    expect(await source.find(header('EdDSA', bare.kid))).toMatchObject({ alg: 'EdDSA' })
    expect(await codeOf(Promise.resolve(source.find(header('RS256', 'a'))))).toBe('unsupported_alg')
    expect(await source.find(header('PS256', 'a'))).toMatchObject({ alg: 'PS256' })
    for (const kid of ['b', 'c'])
      expect(await codeOf(Promise.resolve(source.find(header('RS256', kid))))).toBe('unknown_key')
  })

  it('JW-23 takes EdDSA and Ed25519 for one algorithm only where the key names neither', async () => {
    const { alg, ...bare } = (await signingKey('EdDSA')).publicJwk
    for (const name of ['EdDSA', 'Ed25519'] as const) {
      const both = localKeys({ keys: [bare] })
      expect(await both.find(header(name, bare.kid))).toMatchObject({ alg: name })
      expect(await both.find(header(name))).toMatchObject({ alg: name })
      const one = localKeys({ keys: [{ ...bare, alg: name }] })
      const other = name === 'EdDSA' ? 'Ed25519' : 'EdDSA'
      expect(await one.find(header(name, bare.kid))).toMatchObject({ alg: name })
      expect(await codeOf(Promise.resolve(one.find(header(other, bare.kid))))).toBe('unsupported_alg')
    }
  })

  it('JW-05 ignores a point that is not on its curve', async () => {
    const { publicJwk } = await signingKey()
    const keys = [{ ...publicJwk, y: publicJwk.x }]
    expect(() => localKeys({ keys })).toThrow(/its point is not on the curve/)
    const find = async () => localKeys(() => ({ keys })).find(header('ES256', publicJwk.kid))
    expect(await codeOf(find())).toBe('unknown_key')
  })

  it.each(['AQ', 'Ag', 'AAAA', 'AQAA', '', 'A=='])('refuses an RSA key with the exponent %j', async (e) => {
    const { publicJwk } = await signingKey('RS256')
    expect(() => localKeys({ keys: [{ ...publicJwk, e }] })).toThrow(/exponent|base64url/)
  })

  it('asks a function for each token, so that a withdrawn key is gone at once', async () => {
    const [first, second] = [await signingKey(), await signingKey('ES256', 'second')]
    let set: JwkSet = { keys: [first.publicJwk] }
    const source = localKeys(async () => set)
    const key = await source.find(header('ES256', first.kid))
    expect(await source.find(header('ES256', first.kid))).toBe(key)
    set = { keys: [second.publicJwk] }
    expect(await codeOf(Promise.resolve(source.find(header('ES256', first.kid))))).toBe('unknown_key')
    expect(await codeOf(Promise.resolve(source.find(header('ES256', second.kid))))).toBe('accepted')
  })

  it('JW-18 tells without waiting, once the keys are there, and gives the same object while the key stays', async () => {
    const [first, second] = [await signingKey(), await signingKey('ES256', 'second')]
    let set: JwkSet = { keys: [first.publicJwk, second.publicJwk] }
    const source = localKeys(() => set)
    expect(source.findSync?.(header('ES256', first.kid))).toBeUndefined()
    await source.warm?.()
    const key = source.findSync?.(header('ES256', first.kid))
    expect(key).toBe(await source.find(header('ES256', first.kid)))

    set = { keys: [{ ...first.publicJwk }] }
    await source.warm?.()
    expect(source.findSync?.(header('ES256', first.kid))).toBe(key)
    expect(await codeOf(() => source.findSync?.(header('ES256', second.kid)))).toBe('unknown_key')
    set = { keys: [{ ...second.publicJwk, kid: first.kid }] }
    await source.warm?.()
    expect(source.findSync?.(header('ES256', first.kid))).not.toBe(key)
  })

  it('can not tell without waiting when the function makes it wait, and leaves its failures to find', async () => {
    const { publicJwk, kid } = await signingKey()
    const source = localKeys(async () => ({ keys: [publicJwk] }))
    await source.warm?.()
    expect(source.findSync?.(header('ES256', kid))).toBeUndefined()
    const failing = localKeys(() => Promise.reject(new Error('database down')))
    expect(failing.findSync?.(header('ES256', kid))).toBeUndefined()
    expect(await codeOf(Promise.resolve(failing.warm?.()))).toBe('keys_unavailable')
  })

  it('keeps a fixed set as it was given', async () => {
    const keys = [(await signingKey()).publicJwk]
    const source = localKeys({ keys })
    await source.warm?.()
    keys.push((await signingKey('RS256')).publicJwk)
    expect(await codeOf(() => source.findSync?.(header('RS256')))).toBe('unsupported_alg')
  })

  it('takes one key written twice for one', async () => {
    const { publicJwk, kid } = await signingKey()
    const source = localKeys({ keys: [publicJwk, { ...publicJwk }] })
    expect(await codeOf(Promise.resolve(source.find(header('ES256', kid))))).toBe('accepted')
  })

  it('answers keys_unavailable when the function fails', async () => {
    const failing = localKeys(() => Promise.reject(new Error('database down')))
    expect(await codeOf(Promise.resolve(failing.find(header('ES256', 'k'))))).toBe('keys_unavailable')
    // @ts-expect-error plain JavaScript may answer anything
    const empty = localKeys(() => ({}))
    expect(await codeOf(Promise.resolve(empty.find(header('ES256', 'k'))))).toBe('keys_unavailable')
  })

  it('refuses a fixed set that can serve nobody, with a sentence', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const { kty = '', n, e } = privateKey.export({ format: 'jwk' })
    const secret = await privateJwk('ES256')
    expect(() => localKeys({ keys: [] })).toThrow(/no key that can verify/)
    expect(() => localKeys({ keys: [{ kty, n, e }] })).toThrow(/1024 bits/)
    expect(() => localKeys({ keys: [secret] })).toThrow(/private key: give it `signingKey.publicJwk`/)
    // @ts-expect-error a symmetric key has no place in a set of public keys
    expect(() => localKeys({ keys: [{ kty: 'oct', k: 'AAAA' }] })).toThrow(/none of the algorithms/)
    // @ts-expect-error not a set
    expect(() => localKeys({})).toThrow(/needs a JWK set/)
  })
})
