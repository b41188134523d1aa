import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.js'
import { parseJwt } from '../jwt/parse.js'
import { verifySignature } from '../keys/key-source.js'
import { localKeys } from '../keys/local.js'
import { importPublicKey } from '../keys/public-key.js'
import { codeOf, part } from '../testing/fixtures.js'
import {
  compressedExample,
  encryptedExamples,
  keyByPasswordExample,
  nestedExample,
  passwordExample,
  refusedEncryptionKeys,
  refusedEncryptions,
} from '../testing/jwe-examples.js'
import type { KeyManagementAlgorithm } from './algorithms.js'
import { decryptJwe, decryptJwt } from './decrypt.js'
import { encryptJwe } from './encrypt.js'
import type { EncryptionJwk } from './jwk.js'
import { importDecryptionKey, importEncryptionKey, importPassword } from './key.js'
import { parseJweHeader } from './parse.js'

/** Algorithms as the examples' headers name them: the test reads them where a program would have to know them. */
const readNames = (jwe: string) => {
  const { alg, enc } = parseJweHeader(jwe)
  // Each example uses a way that is known here.
  return { algorithm: alg as KeyManagementAlgorithm, contentEncryption: [enc as 'A128GCM'] }
}

describe('what is encrypted in the RFCs', () => {
  it.each(encryptedExamples)('$name: decrypted, and encrypted again', async ({ jwe, key: jwk, text }) => {
    const options = readNames(jwe)
    const keys = await importDecryptionKey(jwk, options)
    expect(decodeUtf8((await decryptJwe(jwe, { keys })).plaintext)).toBe(text)
    const key = await importEncryptionKey(jwk, options)
    expect(decodeUtf8((await decryptJwe(await encryptJwe(text, { key }), { keys })).plaintext)).toBe(text)
  })

  it('RFC 7520 5.9: decrypted where compression is accepted', async () => {
    const { jwe, key, text } = compressedExample
    const keys = await importDecryptionKey(key, readNames(jwe))
    expect(await codeOf(decryptJwe(jwe, { keys }))).toBe('unsupported_alg')
    expect(decodeUtf8((await decryptJwe(jwe, { keys, maxInflated: 1000 })).plaintext)).toBe(text)
    expect(await codeOf(decryptJwe(jwe, { keys, maxInflated: 100 }))).toBe('decryption_failed')
  })

  it('RFC 7520 5.3: decrypted with the password, where as many rounds are accepted', async () => {
    const { jwe, password, text } = passwordExample
    const read = (count?: number) => decryptJwe(jwe, { keys: importPassword(password, { kid: undefined, count }) })
    expect(decodeUtf8((await read(8192)).plaintext)).toBe(text)
    expect(decodeUtf8((await read()).plaintext)).toBe(text)
    expect(await codeOf(read(8191))).toBe('unsupported_alg')
  })

  it('RFC 7517 C: a private key, decrypted with the password, where as many rounds are accepted', async () => {
    const { jwe, password } = keyByPasswordExample
    const read = (count: number) =>
      decryptJwe(jwe, { keys: importPassword(password, { algorithm: 'PBES2-HS256+A128KW', count }) })
    const { header, plaintext } = await read(4096)
    expect(header.cty).toBe('jwk+json')
    const jwk: EncryptionJwk = JSON.parse(decodeUtf8(plaintext))
    expect(jwk).toMatchObject({ kty: 'RSA', kid: 'juliet@capulet.lit', use: 'enc', e: 'AQAB' })
    expect((await importDecryptionKey(jwk, { algorithm: 'RSA-OAEP' })).kid).toBe('juliet@capulet.lit')
    expect(await codeOf(read(4095))).toBe('unsupported_alg')
  })

  it('RFC 7520 6: decrypted, and verified with the key of its signer', async () => {
    const { jwe, key, signer } = nestedExample
    const keys = await importDecryptionKey(key, readNames(jwe))
    const parsed = parseJwt(await decryptJwt(jwe, { keys }))
    expect(parsed.claims).toMatchObject({ iss: 'hobbiton.example', exp: 1300819380 })
    await verifySignature(parsed, localKeys({ keys: [await importPublicKey(signer, { algorithm: 'PS256' })] }))
    const other = localKeys({ keys: [await importPublicKey(signer, { algorithm: 'PS384' })] })
    expect(await codeOf(verifySignature(parsed, other))).toBe('unsupported_alg')
  })

  it('RFC 7518 C: the agreement between Alice and Bob', async () => {
    const bob: EncryptionJwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ',
      y: 'e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck',
      d: 'VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw',
    }
    const epk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
      y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
    }
    const header = part({ alg: 'ECDH-ES', enc: 'A128GCM', apu: 'QWxpY2U', apv: 'Qm9i', epk })
    // Encrypted with the key that the RFC prints, so that only who derives the same key can decrypt it.
    const key = await crypto.subtle.importKey('raw', decodeBase64url('VqqN6vgjbSBcIijNcacQGg'), 'AES-GCM', false, [
      'encrypt',
    ])
    const iv = new Uint8Array(12)
    const parameters = { name: 'AES-GCM', iv, additionalData: encodeUtf8(header) }
    const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters, key, encodeUtf8('from Alice')))
    const jwe = [header, '', ...[iv, sealed.slice(0, -16), sealed.slice(-16)].map(encodeBase64url)].join('.')
    const keys = await importDecryptionKey(bob, { algorithm: 'ECDH-ES' })
    expect(decodeUtf8((await decryptJwe(jwe, { keys })).plaintext)).toBe('from Alice')
  })

  it.each(refusedEncryptions)('$name: refused', async ({ token }) => {
    const keys = await Promise.all(
      refusedEncryptionKeys.map((jwk) => importDecryptionKey(jwk as EncryptionJwk, { algorithm: 'RSA-OAEP-256' })),
    )
    expect(await codeOf(decryptJwe(token, { keys }))).toMatch(/^(?:malformed|unsupported_alg)$/)
  })

  it('RSA1_5 can not be asked for', async () => {
    for (const jwk of refusedEncryptionKeys)
      await expect(importDecryptionKey(jwk as EncryptionJwk, { algorithm: 'RSA1_5' as 'RSA-OAEP' })).rejects.toThrow(
        /it is for none of/,
      )
  })
})
