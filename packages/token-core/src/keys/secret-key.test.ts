import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createIssuer } from '../access-token/issue.js'
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import type { SecretAlgorithm } from '../engine/algorithms.js'
import {
  AUDIENCE,
  accessToken,
  codeOf,
  grant,
  headerOf,
  ISSUER,
  NOW,
  pair,
  part,
  privateJwk,
  signingKey,
  validClaims,
} from '../testing/fixtures.js'
import { hs256 } from '../testing/rfc-vectors.js'
import { exportPem } from './export-pem.js'
import { localKeys } from './local.js'
import { importSecretKey, type SecretJwk } from './secret-key.js'

const LENGTHS = [
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
] as const satisfies readonly (readonly [SecretAlgorithm, number])[]
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

function hmacToken(secret: string | Uint8Array, header: object, hash = 'sha256'): string {
  const signed = `${part(header)}.${part(validClaims)}`
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
}

describe('importSecretKey', () => {
  it.each(LENGTHS)('issues and verifies with %s, from %i bytes on', async (algorithm, length) => {
    const key = await importSecretKey(random(length), { algorithm, kid: 's1' })
    const issuer = createIssuer({ token: accessToken, issuer: ISSUER, keys: key, now: () => NOW })
    const { verifier } = await pair('ES256', { issuers: { [ISSUER]: key } })
    const jwt = await issuer.issue(grant)
    expect((await verifier.verify(jwt)).claims.aud).toBe(AUDIENCE)
    const other = await importSecretKey(random(length), { algorithm, kid: 's1' })
    const stranger = await pair('ES256', { issuers: { [ISSUER]: other } })
    expect(await codeOf(stranger.verifier.verify(jwt))).toBe('bad_signature')
  })

  it.each(LENGTHS)('JW-06 refuses a secret for %s of less than %i bytes', async (algorithm, length) => {
    await expect(importSecretKey(random(length - 1), { algorithm, kid: 'k' })).rejects.toThrow(
      `it has ${length - 1} bytes, and ${algorithm} needs at least ${length}`,
    )
    await expect(importSecretKey(random(16), { algorithm, kid: 'k' })).rejects.toThrow(/16 bytes/)
  })

  it('verifies the example of RFC 7515 A.1', async () => {
    const key = await importSecretKey({ kty: 'oct', k: hs256.secret, kid: 'a1' }, { algorithm: 'HS256' })
    const end = hs256.jws.lastIndexOf('.')
    const signed = encodeUtf8(hs256.jws.slice(0, end))
    const { verify } = await key.find({ alg: 'HS256', kid: undefined, typ: undefined })
    expect(await verify(signed, decodeBase64url(hs256.jws.slice(end + 1)))).toBe(true)
    expect(encodeBase64url(await key.sign(signed))).toBe(hs256.jws.slice(end + 1))
  })

  it('JW-02 takes alg from the secret, kid from the options, and nothing from the token', async () => {
    const secret = random(64)
    const key = await importSecretKey(secret, { algorithm: 'HS256', kid: 's1' })
    const { verifier } = await pair('ES256', { issuers: { [ISSUER]: key } })
    const token = (header: object, hash?: string) =>
      codeOf(verifier.verify(hmacToken(secret, { typ: 'at+jwt', ...header }, hash)))
    expect(await token({ alg: 'HS256', kid: 's1' })).toBe('accepted')
    expect(await token({ alg: 'HS256' })).toBe('accepted')
    expect(await token({ alg: 'HS256', kid: 's2' })).toBe('unknown_key')
    expect(await token({ alg: 'HS512', kid: 's1' }, 'sha512')).toBe('unsupported_alg')
    expect(await token({ alg: 'ES256', kid: 's1' })).toBe('unsupported_alg')
    expect(await token({ alg: 'none', kid: 's1' })).toBe('unsupported_alg')
  })

  it('JW-01 refuses a public key in every form as a secret', async () => {
    const jwk = await privateJwk('RS256')
    const { publicJwk } = await signingKey('RS256')
    const der = (pem: string) => new Uint8Array(Buffer.from(pem.replace(/-----.*-----/g, ''), 'base64'))
    for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
      for (const key of [await privateJwk(algorithm), (await signingKey(algorithm)).publicJwk]) {
        const pem = await exportPem(key)
        const texts = [
          pem,
          `\n  ${pem}`,
          `\ufeff${pem}`,
          pem.trim(),
          JSON.stringify(key),
          ` ${JSON.stringify(key, undefined, 2)}`,
        ]
        for (const bytes of [...texts.map(encodeUtf8), der(pem)])
          await expect(importSecretKey(bytes, { algorithm: 'HS256', kid: 'k' })).rejects.toThrow(
            /public key is no secret|bytes, and HS256/,
          )
      }
    }
    for (const key of [publicJwk, jwk, { ...publicJwk, kty: 'oct' }])
      await expect(importSecretKey(key as SecretJwk, { algorithm: 'HS256', kid: 'k' })).rejects.toThrow(
        /kty is not oct/,
      )
  })

  it('takes random bytes for no key of another kind', async () => {
    for (let count = 0; count < 1000; count++) {
      const bytes = random(32 + (count % 100))
      bytes[0] = 0x30
      // One in 65536 would be the start of a key by chance.
      bytes[2] = 0
      expect((await importSecretKey(bytes, { algorithm: 'HS256', kid: 'k' })).kid).toBe('k')
    }
  })

  it('respects kty, alg, use and key_ops, and wants a kid', async () => {
    const jwk: SecretJwk = { kty: 'oct', k: encodeBase64url(random(32)), kid: 'k' }
    const refused: readonly [unknown, RegExp][] = [
      [{ ...jwk, alg: 'HS512' }, /alg is not HS256/],
      [{ ...jwk, alg: 'A256GCM' }, /alg is not HS256/],
      [{ ...jwk, use: 'enc' }, /use is not sig/],
      [{ ...jwk, key_ops: ['encrypt'] }, /neither sign nor verify/],
      [{ ...jwk, k: `${jwk.k}=` }, /not base64url/],
      [{ ...jwk, kid: undefined }, /needs a kid/],
      [{ ...jwk, kid: '' }, /needs a kid/],
      ['a password that is long enough to be taken', /no text: no password/],
      [undefined, /no text/],
    ]
    // Plain JavaScript may pass anything.
    for (const [key, sentence] of refused)
      await expect(importSecretKey(key as SecretJwk, { algorithm: 'HS256' })).rejects.toThrow(sentence)
    await expect(importSecretKey(jwk, { algorithm: 'RS256' as 'HS256' })).rejects.toThrow(/HS256, HS384 or HS512/)
    expect(
      await importSecretKey({ ...jwk, alg: 'HS256', use: 'sig', key_ops: ['verify'] }, { algorithm: 'HS256' }),
    ).toMatchObject({ kid: 'k' })
  })

  it('keeps its own copy of the secret', async () => {
    const secret = random(32)
    const key = await importSecretKey(secret, { algorithm: 'HS256', kid: 'k' })
    const before = await key.sign(encodeUtf8('data'))
    secret.fill(0)
    expect(await key.sign(encodeUtf8('data'))).toEqual(before)
    expect(JSON.stringify(key)).not.toContain(encodeBase64url(secret))
  })
})

describe('an asymmetric key', () => {
  it('ATT-006 JW-01 never serves as a secret, whatever the header says', async () => {
    const key = await signingKey('RS256')
    const pem = await exportPem(key.publicJwk)
    const { verifier } = await pair('RS256', { issuers: { [ISSUER]: localKeys({ keys: [key.publicJwk] }) } })
    const secrets = [pem, pem.trim(), ` ${pem}`, JSON.stringify(key.publicJwk), key.publicJwk.n ?? '', '']
    for (const secret of secrets)
      for (const alg of ['HS256', 'hs256', 'HS384', 'HS512'])
        expect(await codeOf(verifier.verify(hmacToken(secret, headerOf(key, { alg }))))).toBe('unsupported_alg')
  })
})
