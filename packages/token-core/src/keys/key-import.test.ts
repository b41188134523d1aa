import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../encoding/utf8.js'
import type { SigningAlgorithm } from '../engine/algorithms.js'
import { ALGORITHMS, codeOf, forge, headerOf, pair, privateJwk, signingKey, validClaims } from '../testing/fixtures.js'
import { exportPem } from './export-pem.js'
import { jwkThumbprint, type PrivateJwk, type PublicJwk, publicMembers } from './jwk.js'
import { localKeys } from './local.js'
import { importPublicKey } from './public-key.js'
import { importSigningKey, type SigningKey } from './signing-key.js'
import { importVerificationKey } from './verification-key.js'

const data = encodeUtf8('data')
const nodeKey = (jwk: object) => createPrivateKey({ key: { ...jwk }, format: 'jwk' })
/** Not every runtime can make every key. */
const orNothing = <T>(make: () => T): readonly T[] => {
  try {
    return [make()]
  } catch {
    return []
  }
}
/** The algorithms that `node:crypto` has: in Deno WebCrypto has more. */
const IN_NODE = (
  await Promise.all(
    ALGORITHMS.map(async (name) => {
      const jwk = await privateJwk(name)
      return orNothing(() => nodeKey(jwk)).map(() => name)
    }),
  )
).flat()
const pkcs8 = (jwk: object) => nodeKey(jwk).export({ type: 'pkcs8', format: 'pem' }).toString()
const spki = (jwk: object) => createPublicKey(nodeKey(jwk)).export({ type: 'spki', format: 'pem' }).toString()
const generated = {
  p256: { name: 'ECDSA', namedCurve: 'P-256' },
  rs384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
}

async function isVerifiedBy(key: SigningKey, publicJwk: PublicJwk, alg: SigningAlgorithm) {
  const { verify } = await importVerificationKey(publicJwk, { alg, kid: undefined })
  return verify(data, Uint8Array.from(await key.sign(data)))
}

describe('importSigningKey', () => {
  it.each(IN_NODE)('takes a key for %s as JWK, PEM and KeyObject', async (algorithm) => {
    const jwk = await privateJwk(algorithm)
    const { kid, ...unnamed } = jwk
    for (const form of [unnamed, pkcs8(jwk), nodeKey(jwk)]) {
      const key = await importSigningKey(form, { algorithm })
      expect(key).toMatchObject({ alg: algorithm, kid: await jwkThumbprint(jwk) })
      expect(await isVerifiedBy(key, jwk, algorithm)).toBe(true)
    }
    expect((await importSigningKey(pkcs8(jwk), { algorithm, kid: 'mine' })).kid).toBe('mine')
  })

  it('takes a CryptoKey, which says what it is for', async () => {
    const rsa = await crypto.subtle.generateKey(generated.rs384, true, ['sign', 'verify'])
    expect(await importSigningKey(rsa.privateKey)).toMatchObject({ alg: 'RS384' })
    expect(await importSigningKey(rsa)).toMatchObject({ alg: 'RS384' })
    await expect(importSigningKey(rsa.privateKey, { algorithm: 'PS384' })).rejects.toThrow(/its alg is not PS384/)
  })

  it('takes a CryptoKey that is not extractable, together with its public half', async () => {
    for (const parameters of [generated.p256, generated.rs384]) {
      const both = await crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])
      const key = await importSigningKey(both, { kid: 'vault' })
      expect(key.kid).toBe('vault')
      expect(await isVerifiedBy(key, key.publicJwk, key.alg)).toBe(true)
      await expect(importSigningKey(both.privateKey)).rejects.toThrow(/not extractable: give both halves/)
      const other = await crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])
      await expect(importSigningKey({ privateKey: both.privateKey, publicKey: other.publicKey })).rejects.toThrow(
        /belong to different keys/,
      )
    }
  })

  it('takes a key without alg for the first algorithm of its kind, and another one when told', async () => {
    const { alg, kid, ...jwk } = await privateJwk('RS256')
    expect(await importSigningKey(pkcs8(jwk))).toMatchObject({ alg: 'RS256' })
    for (const algorithm of ['RS512', 'PS256', 'PS512'] as const) {
      expect(await importSigningKey(pkcs8(jwk), { algorithm })).toMatchObject({ alg: algorithm })
      expect(await importSigningKey(jwk as PrivateJwk, { algorithm })).toMatchObject({ alg: algorithm })
    }
    expect(await importSigningKey(pkcs8(await privateJwk('EdDSA')), { algorithm: 'Ed25519' })).toMatchObject({
      alg: 'Ed25519',
    })
    await expect(importSigningKey(pkcs8(jwk), { algorithm: 'ES256' })).rejects.toThrow(
      /kty and crv are not those of ES256/,
    )
    await expect(importSigningKey(await privateJwk('RS256'), { algorithm: 'PS256' })).rejects.toThrow(
      /its alg is not PS256/,
    )
  })

  it('refuses what can not sign, with a sentence for each, and quotes nothing of it', async () => {
    const rsa = nodeKey(await privateJwk('RS256'))
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const jwk = await privateJwk('ES256')
    const pem = pkcs8(jwk)
    const refused: readonly (readonly [unknown, RegExp])[] = [
      [rsa.export({ type: 'pkcs1', format: 'pem' }), /PKCS #1: convert it with `openssl pkcs8 -topk8/],
      [ec.export({ type: 'sec1', format: 'pem' }), /SEC 1: convert it/],
      [rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }), /encrypted: decrypt it/],
      [
        createPublicKey(rsa).export({ type: 'pkcs1', format: 'pem' }),
        /PKCS #1: convert it with `openssl rsa -RSAPublicKey_in/,
      ],
      ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', /certificate: take the key out of it/],
      ['-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----', /OpenSSH key/],
      ['-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----', /neither a PRIVATE KEY nor a PUBLIC KEY/],
      [pem + pem, /more than one key/],
      ['secret', /not a PEM text/],
      ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', /type or curve is not one/],
      ['-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----', /type or curve is not one/],
      [pem.replace(/\n.{20}/, '\n'), /type or curve|valid key|PEM/],
      [spki(jwk), /public key, and only a private one can sign/],
      [createPublicKey(ec), /public key, and only a private one can sign/],
      [createSecretKey(Buffer.alloc(32)), /secret, and only importSecretKey takes one/],
      [{ kty: 'oct', k: 'A'.repeat(43) }, /secret, and only importSecretKey takes one/],
      [undefined, /neither a JWK, nor PEM/],
      [42, /neither a JWK, nor PEM/],
      [null, /neither a JWK, nor PEM/],
      [[], /none of the algorithms/],
      [small, /1024 bits/],
      [small.export({ type: 'pkcs8', format: 'pem' }), /1024 bits/],
    ]
    for (const [key, sentence] of refused) {
      // Plain JavaScript may pass anything.
      const error: unknown = await importSigningKey(key as PrivateJwk).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toMatch(sentence)
      if (typeof key === 'string' && key.length > 100) expect(String(error)).not.toContain(key.split('\n')[2])
    }
  })

  const foreign = {
    secp256k1: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    'rsa-pss': () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
    x25519: () => generateKeyPairSync('x25519'),
    ed448: () => generateKeyPairSync('ed448'),
  }

  it.each(Object.entries(foreign))('refuses a key of a kind that signs no tokens: %s', async (_, generate) => {
    for (const form of orNothing(() => generate().privateKey)) {
      await expect(importSigningKey(form)).rejects.toThrow(
        /none of the algorithms|type or curve is not one|type is not one/,
      )
      for (const pem of orNothing(() => form.export({ type: 'pkcs8', format: 'pem' }).toString()))
        await expect(importSigningKey(pem)).rejects.toThrow(/type or curve is not one/)
    }
  })

  it('respects the usages of a CryptoKey', async () => {
    const oaep = await crypto.subtle.generateKey({ ...generated.rs384, name: 'RSA-OAEP' }, true, ['encrypt', 'decrypt'])
    await expect(importSigningKey(oaep.privateKey)).rejects.toThrow(/none of the algorithms/)
    const ecdh = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
    await expect(importSigningKey(ecdh.privateKey)).rejects.toThrow(/key_ops do not include sign/)
  })
})

describe('importPublicKey', () => {
  it.each(IN_NODE)('takes a key for %s as JWK, PEM and KeyObject, for a key set', async (algorithm) => {
    const jwk = await privateJwk(algorithm)
    const key = await importSigningKey(jwk)
    const { kid, alg, ...bare } = publicMembers(jwk)
    const named = algorithm.startsWith('ML-DSA') ? publicMembers(jwk) : bare
    for (const form of [named as unknown as PublicJwk, spki(jwk), createPublicKey(nodeKey(jwk))]) {
      const publicJwk = await importPublicKey(form, { algorithm, kid: key.kid })
      expect(publicJwk).toEqual(key.publicJwk)
      expect((await importPublicKey(form, { algorithm })).kid).toBe(await jwkThumbprint(jwk))
      const token = await forge(key, headerOf(key))
      const { verifier } = await pair('ES256', { issuers: { [validClaims.iss]: localKeys({ keys: [publicJwk] }) } })
      expect(await codeOf(verifier.verify(token))).toBe('accepted')
    }
  })

  it('takes a CryptoKey', async () => {
    const { publicKey } = await crypto.subtle.generateKey(generated.rs384, true, ['sign', 'verify'])
    expect(await importPublicKey(publicKey)).toMatchObject({ alg: 'RS384', use: 'sig' })
  })

  it('refuses a private key and a secret, in any form', async () => {
    const jwk = await privateJwk('ES256')
    for (const form of [jwk, pkcs8(jwk), nodeKey(jwk)])
      await expect(importPublicKey(form)).rejects.toThrow(/private key: give its public half/)
    await expect(importPublicKey(createSecretKey(Buffer.alloc(32)))).rejects.toThrow(/only importSecretKey/)
  })

  it('JW-05 gives a key that takes an ECDSA signature in one writing alone', async () => {
    const key = await signingKey('ES256')
    const { verify } = await importVerificationKey(key.publicJwk, key)
    const signature = await key.sign(data)
    expect(await verify(data, Uint8Array.from(signature))).toBe(true)
    const [r, s] = [signature.slice(0, 32), signature.slice(32)]
    const der = [0x30, 70, ...[2, 33, 0, ...r], ...[2, 33, 0, ...s]]
    for (const other of [der, [...signature, 0], [0, ...r, 0, ...s], signature.slice(1), r, [], [...s, ...r]])
      expect(await verify(data, Uint8Array.from(other))).toBe(false)
  })

  it('JW-05 refuses a point that is not on its curve', async () => {
    for (const algorithm of ['ES256', 'ES384', 'ES512'] as const) {
      const { publicJwk } = await signingKey(algorithm)
      await expect(importPublicKey({ ...publicJwk, y: publicJwk.x })).rejects.toThrow(/not on the curve/)
    }
  })
})

describe('exportPem', () => {
  it.each(IN_NODE)('writes both halves of a key for %s as node:crypto does', async (algorithm) => {
    const jwk = await privateJwk(algorithm)
    const key = await importSigningKey(jwk)
    expect(await exportPem(key.publicJwk)).toBe(spki(jwk))
    const again = await importSigningKey(await exportPem(jwk), { algorithm, kid: key.kid })
    expect(again.publicJwk).toEqual(key.publicJwk)
  })

  it('refuses what is no key', async () => {
    await expect(exportPem({ kty: 'oct' })).rejects.toThrow(/can't be exported: it is for none of the algorithms/)
    const { publicJwk } = await signingKey('ES256')
    await expect(exportPem({ ...publicJwk, y: publicJwk.x })).rejects.toThrow(/not on the curve/)
  })
})
