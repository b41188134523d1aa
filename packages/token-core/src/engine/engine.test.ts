import { importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { decodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { ALGORITHMS, privateJwk } from '../testing/fixtures.js'
import { eddsa, es256 } from '../testing/rfc-vectors.js'
import type { SigningAlgorithm } from './algorithms.js'
import { engine } from './engine.js'
import { createNodeEngine } from './node.js'
import { createWebEngine } from './web.js'

const node = createNodeEngine()
if (!node) throw new Error('These tests need node:crypto.')
const engines = [node, createWebEngine()]
const pairs = engines.flatMap((signing) => engines.map((verifying) => [signing, verifying] as const))
const data = encodeUtf8('some bytes')

/** Always a CryptoKey: the tests import no symmetric key. */
const importKey = async (jwk: object, algorithm: SigningAlgorithm) =>
  (await importJWK(jwk, algorithm, { extractable: true })) as CryptoKey

async function keyPair(algorithm: SigningAlgorithm) {
  const { d, p, q, dp, dq, qi, ...publicJwk } = await privateJwk(algorithm)
  return {
    privateKey: await importKey(await privateJwk(algorithm), algorithm),
    publicKey: await importKey(publicJwk, algorithm),
  }
}

describe('engine', () => {
  it('is the one on node:crypto in Node', () => {
    expect(engine.name).toBe('node')
  })

  for (const [signing, verifying] of pairs)
    it.each(ALGORITHMS)(`signs %s with ${signing.name} and verifies with ${verifying.name}`, async (algorithm) => {
      const { privateKey, publicKey } = await keyPair(algorithm)
      const signature = await signing.signer(privateKey, algorithm)(data)
      const verify = verifying.verifier(publicKey, algorithm)
      expect(await verify(data, signature)).toBe(true)
      expect(await verify(encodeUtf8('other bytes'), signature)).toBe(false)
      const flipped = signature.map((byte, index) => (index === 7 ? byte ^ 1 : byte))
      expect(await verify(data, flipped)).toBe(false)
    })

  for (const { name, verifier } of engines) {
    it(`verifies the signatures printed in RFC 7515 A.3 and RFC 8037 A.4 with ${name}`, async () => {
      for (const [algorithm, { jwk, jws }] of [
        ['ES256', es256],
        ['EdDSA', eddsa],
      ] as const) {
        const end = jws.lastIndexOf('.')
        const verify = verifier(await importKey(jwk, algorithm), algorithm)
        const signature = decodeBase64url(jws.slice(end + 1))
        expect(await verify(encodeUtf8(jws.slice(0, end)), signature)).toBe(true)
        expect(await verify(encodeUtf8(`${jws.slice(0, end)}A`), signature)).toBe(false)
      }
    })

    it(`JW-05 ATT-016 refuses r and s of zero, and of the order of the curve, with ${name}`, async () => {
      const n = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
      const verify = verifier(await importKey(es256.jwk, 'ES256'), 'ES256')
      const values = ['00'.repeat(32), n, `${n.slice(0, -1)}2`, 'ff'.repeat(32), `${'00'.repeat(31)}01`]
      for (const r of values)
        for (const s of values) expect(await verify(data, new Uint8Array(Buffer.from(r + s, 'hex')))).toBe(false)
    })
  }

  it('signs RS256 on the thread pool, so that the event loop goes on', async () => {
    const { privateKey } = await keyPair('RS256')
    expect(node.signer(privateKey, 'RS256')(data)).toBeInstanceOf(Promise)
    expect(node.signer((await keyPair('ES256')).privateKey, 'ES256')(data)).toBeInstanceOf(Uint8Array)
  })
})
