import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { sha256 } from '../encoding/random.js'
import { publicMembers } from '../keys/jwk.js'
import { NOW } from '../testing/fixtures.js'
import { dpop as vectors } from '../testing/rfc-vectors.js'
import { generateDpopKey, importDpopKey } from './key.js'
import { createDpopProof } from './proof.js'

const key = await generateDpopKey()
const url = 'https://api.example/graphql'
/** Cloudflare Workers can't. */
const clonesKeys = await Promise.resolve(key.privateKey)
  .then((value) => structuredClone(value))
  .then(Boolean, () => false)

describe('generateDpopKey', () => {
  it.each(['ES256', 'Ed25519', 'EdDSA'] as const)(
    'DP-19 makes a key for %s whose private half nobody can read',
    async (algorithm) => {
      const made = await generateDpopKey({ algorithm })
      expect(made.alg).toBe(algorithm)
      expect(made.privateKey.extractable).toBe(false)
      await expect(crypto.subtle.exportKey('jwk', made.privateKey)).rejects.toThrow()
      expect(Object.keys(made.publicJwk)).not.toContain('d')
      expect(made.thumbprint).toBe(await calculateJwkThumbprint(publicMembers(made.publicJwk)))
    },
  )

  it('makes a plain value, which a structured clone keeps where the runtime can clone a CryptoKey', async () => {
    expect(Object.getPrototypeOf(key)).toBe(Object.prototype)
    if (!clonesKeys) return expect(() => structuredClone(key)).toThrow(DOMException)
    const stored = structuredClone(key)
    expect(stored).toEqual(key)
    const proof = await createDpopProof(stored, { method: 'GET', url })
    expect(decodeProtectedHeader(proof).jwk).toEqual(key.publicJwk)
  })
})

describe('importDpopKey', () => {
  it('takes a key pair that was made elsewhere', async () => {
    const parameters = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    }
    const pair = await crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])
    const imported = await importDpopKey(pair, 'RS256')
    expect(Object.keys(imported.publicJwk).sort()).toEqual(['e', 'kty', 'n'])
    expect(decodeProtectedHeader(await createDpopProof(imported, { method: 'GET', url })).alg).toBe('RS256')
  })
})

describe('createDpopProof', () => {
  it('writes what RFC 9449 §4.2 asks for', async () => {
    const proof = await createDpopProof(key, {
      method: 'POST',
      url,
      accessToken: vectors.accessToken,
      nonce: 'n',
      now: NOW + 0.9,
    })
    expect(decodeProtectedHeader(proof)).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk })
    expect(decodeJwt(proof)).toEqual({
      jti: expect.stringMatching(/^[\w-]{22}$/),
      htm: 'POST',
      htu: url,
      iat: NOW,
      ath: vectors.ath,
      nonce: 'n',
    })
    expect(Object.keys(decodeJwt(await createDpopProof(key, { method: 'POST', url }))).sort()).toEqual([
      'htm',
      'htu',
      'iat',
      'jti',
    ])
  })

  it.each([
    ['HTTPS://API.example:443/a/../graphql?query={me}#x', url],
    [new URL('https://api.example/graphql?a=b'), url],
    ['https://api.example', 'https://api.example/'],
    ['https://api.example/é|', 'https://api.example/%C3%A9%7C'],
  ])('names the request to %s by its normal URI', async (asked, htu) => {
    expect(decodeJwt(await createDpopProof(key, { method: 'POST', url: asked }))['htu']).toBe(htu)
  })

  it.each(['/graphql', '', 'ftp://api.example/', 'https://a:b@api.example/'])('refuses the URL %j', async (wrong) => {
    await expect(createDpopProof(key, { method: 'GET', url: wrong })).rejects.toThrow(TypeError)
  })

  it('DP-19 never repeats a jti and never holds a private member', async () => {
    const proofs = await Promise.all(Array.from({ length: 10_000 }, () => createDpopProof(key, { method: 'GET', url })))
    expect(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size).toBe(proofs.length)
    const headers = new Set(proofs.map((proof) => proof.split('.')[0]))
    expect(headers.size).toBe(1)
    expect(Object.keys(decodeProtectedHeader(proofs[0] ?? '').jwk ?? {}).sort()).toEqual(['crv', 'kty', 'x', 'y'])
  })

  it('hashes the access token as RFC 9449 figure 12 does', async () => {
    expect(await sha256(vectors.accessToken)).toBe(vectors.ath)
  })
})
