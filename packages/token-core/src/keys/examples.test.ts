import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { isSigningAlgorithm } from '../engine/algorithms.js'
import { parseJwt } from '../jwt/parse.js'
import { codeOf, hasMlDsa } from '../testing/fixtures.js'
import { keyExamples, refusedSignatures, signedExamples } from '../testing/jws-examples.js'
import type { PrivateJwk } from './jwk.js'
import { importPublicKey } from './public-key.js'
import { importSecretKey, type SecretJwk } from './secret-key.js'
import { importSigningKey } from './signing-key.js'
import { importVerificationKey } from './verification-key.js'

const available = signedExamples.filter(({ alg }) => hasMlDsa || !alg.startsWith('ML-DSA'))
/** ECDSA and PSS are random; ML-DSA is, here. */
const DETERMINISTIC: readonly string[] = ['RS256', 'HS256', 'EdDSA']

/** The key that signs, and the one that verifies, of an example. */
async function keysOf({ alg, key }: (typeof signedExamples)[number]) {
  if (!isSigningAlgorithm(alg)) {
    // The table of examples says so.
    const secret = await importSecretKey(key as SecretJwk, { algorithm: alg, kid: 'example' })
    return { sign: secret.sign, verify: (await secret.find({ alg, kid: undefined, typ: undefined })).verify }
  }
  const { sign, publicJwk } = await importSigningKey(key as PrivateJwk, { algorithm: alg })
  return { sign, verify: (await importVerificationKey(publicJwk, { alg, kid: undefined })).verify }
}

describe('the signatures printed in the RFCs', () => {
  it.each(available)('$name: verified, and made again where they are not random', async (example) => {
    const { sign, verify } = await keysOf(example)
    const end = example.jws.lastIndexOf('.')
    const data = encodeUtf8(example.jws.slice(0, end))
    const signature = example.jws.slice(end + 1)
    expect(await verify(data, decodeBase64url(signature))).toBe(true)
    const again = Uint8Array.from(await sign(data))
    if (DETERMINISTIC.includes(example.alg)) expect(encodeBase64url(again)).toBe(signature)
    expect(await verify(data, again)).toBe(true)
    data[10] = 0
    expect(await verify(data, decodeBase64url(signature))).toBe(false)
  })

  it.each(refusedSignatures)('$name: refused, as no signed JWT in compact form', async ({ token }) => {
    expect(await codeOf(() => parseJwt(token))).toMatch(/^(?:malformed|unsupported_alg)$/)
  })

  it('RFC 7520 4.1 to 4.4: no JWT, since their content is no JSON', async () => {
    for (const { name, jws } of signedExamples)
      expect([name, await codeOf(() => parseJwt(jws))]).toEqual([
        name,
        /7520|8037|9964|A\.4/.test(name) ? 'malformed' : 'accepted',
      ])
  })
})

describe('the keys printed in the RFCs', () => {
  it('RFC 7517 A.1 and RFC 7520 3.1, 3.3: public keys that verify, unless they are for encryption', async () => {
    for (const jwk of [...keyExamples.publicKeys, ...keyExamples.cookbookPublic]) {
      const imported = importPublicKey(jwk)
      if ('use' in jwk && jwk.use === 'enc') await expect(imported).rejects.toThrow(/its use is not sig/)
      else expect(await imported).toMatchObject({ kid: jwk.kid, use: 'sig' })
    }
  })

  it('RFC 7517 B: a public key that verifies, whose certificates are neither read nor passed on', async () => {
    const { x5c, ...jwk } = keyExamples.withCertificate
    expect(x5c).toHaveLength(1)
    expect(await importPublicKey(keyExamples.withCertificate)).toEqual({ ...jwk, alg: 'RS256' })
  })

  it('RFC 7517 A.2 and RFC 7520 3.2, 3.4: private keys that sign, unless they are for encryption', async () => {
    for (const jwk of [...keyExamples.privateKeys, ...keyExamples.cookbookPrivate]) {
      const imported = importSigningKey(jwk)
      if ('use' in jwk && jwk.use === 'enc') await expect(imported).rejects.toThrow(/its use is not sig/)
      else expect(await imported).toMatchObject({ kid: jwk.kid })
    }
  })

  it('RFC 7517 A.3: the secret for signatures is one for HS256, and the one for key wrapping is not', async () => {
    const outcomes = await Promise.all(
      keyExamples.secretKeys.map((jwk) =>
        importSecretKey(jwk as SecretJwk, { algorithm: 'HS256', kid: 'x' }).then(
          () => 'taken',
          (error: unknown) => String(error),
        ),
      ),
    )
    expect(outcomes[0]).toMatch(/its alg is not HS256/)
    expect(outcomes[1]).toBe('taken')
  })
})
