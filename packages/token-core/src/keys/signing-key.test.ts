import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../encoding/utf8.js'
import { ALGORITHMS, privateJwk } from '../testing/fixtures.js'
import { eddsa, rsaThumbprint } from '../testing/rfc-vectors.js'
import { type PrivateJwk, publicJwkOf, publicMembers } from './jwk.js'
import { generatePrivateJwk, importSigningKey, pickSigningKey } from './signing-key.js'

describe('generatePrivateJwk', () => {
  it.each(ALGORITHMS)('makes a key for %s with alg and a thumbprint as kid', async (algorithm) => {
    const jwk = await generatePrivateJwk(algorithm)
    const { kid, ...unnamed } = jwk
    expect(jwk.alg).toBe(algorithm)
    expect((await importSigningKey(unnamed)).kid).toBe(kid)
    expect((await generatePrivateJwk(algorithm)).kid).not.toBe(kid)
  })
})

describe('importSigningKey', () => {
  it.each(ALGORITHMS)('gives the public half of a key for %s and nothing of the private one', async (algorithm) => {
    const jwk = await privateJwk(algorithm)
    const { publicJwk } = await importSigningKey(jwk)
    expect(publicJwk).toMatchObject({ kty: jwk.kty, alg: algorithm, kid: jwk.kid, use: 'sig' })
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(publicJwk).not.toHaveProperty(secret)
  })

  it('names a key without kid by the thumbprint printed in RFC 8037 A.3', async () => {
    // RFC 8037 A.1
    const key = await importSigningKey({ ...eddsa.jwk, d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A' })
    expect(key.kid).toBe(eddsa.thumbprint)
    const signature = await key.sign(encodeUtf8(eddsa.jws.slice(0, eddsa.jws.lastIndexOf('.'))))
    expect(Buffer.from(signature).toString('base64url')).toBe(eddsa.jws.slice(eddsa.jws.lastIndexOf('.') + 1))
  })

  it('JW-06 refuses RSA keys under 2048 bits', async () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' }) as PrivateJwk
    await expect(importSigningKey(small)).rejects.toThrow(/1024 bits, and RSA needs at least 2048/)
  })

  it('JW-02 respects alg, use, key_ops and the curve', async () => {
    const jwk = await privateJwk('ES256')
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' }) as PrivateJwk
    const refused: readonly [object, RegExp][] = [
      [{ ...jwk, alg: 'RS256' }, /kty and crv are not those of RS256/],
      [{ ...jwk, alg: 'ES384' }, /kty and crv are not those of ES384/],
      [{ ...jwk, alg: 'HS256' }, /none of the algorithms/],
      [{ ...jwk, use: 'enc' }, /use is not sig/],
      [{ ...jwk, key_ops: ['verify'] }, /key_ops do not include sign/],
      [{ ...jwk, d: undefined }, /not a private key/],
      [{ ...jwk, y: undefined }, /member of its public key is missing/],
      [{ ...jwk, kid: '' }, /kid is not a text/],
      [{ kty: 'oct', k: 'AAAA' }, /only importSecretKey takes one/],
      [{ ...p384, crv: 'secp256k1' }, /none of the algorithms/],
      [{ ...p384, alg: 'ES256' }, /kty and crv are not those of ES256/],
    ]
    for (const [key, sentence] of refused) await expect(importSigningKey(key as PrivateJwk)).rejects.toThrow(sentence)
  })

  it('refuses halves of different keys, and says nothing of the key', async () => {
    for (const algorithm of ALGORITHMS) {
      const mixed = { ...(await privateJwk(algorithm)), ...publicMembers(await privateJwk(algorithm, 'other')) }
      const error: unknown = await importSigningKey(mixed).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).not.toContain((mixed.d ?? mixed.priv ?? '').slice(0, 8))
    }
  })
})

describe('publicJwkOf', () => {
  it('keeps the public members alone, and says what the key is for', () => {
    expect(publicJwkOf(rsaThumbprint.jwk, { alg: 'RS256', kid: undefined })).toEqual({
      kty: 'RSA',
      n: rsaThumbprint.jwk.n,
      e: 'AQAB',
      alg: 'RS256',
      use: 'sig',
    })
  })
})

describe('pickSigningKey', () => {
  it('asks the function for the algorithm, and refuses a key for another one', async () => {
    const key = await importSigningKey(await privateJwk('ES256'))
    const asked: unknown[] = []
    const keys = (algorithm?: string) => {
      asked.push(algorithm)
      return key
    }
    expect(await pickSigningKey(keys)).toBe(key)
    expect(await pickSigningKey(keys, 'ES256')).toBe(key)
    expect(asked).toEqual([undefined, 'ES256'])
    expect(() => pickSigningKey(key, 'RS256')).toThrow(/no signing key for RS256/)
  })
})
