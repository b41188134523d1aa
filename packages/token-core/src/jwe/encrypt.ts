import { encodeUtf8 } from '../encoding/utf8.js'
import { parseJwt } from '../jwt/parse.js'
import type { ContentEncryption } from './algorithms.js'
import type { EncryptionKey } from './key.js'
import { MAX_JWE_LENGTH } from './parse.js'

/** How content is encrypted. */
export interface EncryptOptions {
  readonly key: EncryptionKey
  /** `enc`: one of the key's; by default its first. */
  readonly contentEncryption?: ContentEncryption | undefined
  /** What the whole is. RFC 7516 §4.1.11. */
  readonly typ?: string | undefined
  /** What the content is. RFC 7516 §4.1.12. */
  readonly cty?: string | undefined
}

/**
 * Encrypts content, text as UTF-8, into a JWE in compact form. RFC 7516 §5.1. Whoever has a public key can encrypt to it:
 * a JWE says nothing about its sender, so sign first, and see {@link encryptJwt}. It shows how long the content is.
 * @throws {TypeError} when the key is not for `contentEncryption`, or the result would be longer than is read
 */
export async function encryptJwe(
  plaintext: string | Uint8Array<ArrayBuffer>,
  options: EncryptOptions,
): Promise<string> {
  const { key, contentEncryption: enc = key.contentEncryption[0], typ, cty } = options
  if (enc === undefined || !key.contentEncryption.includes(enc))
    throw new TypeError(`The encryption key is for ${key.contentEncryption.join(', ')} alone.`)
  const bytes = typeof plaintext === 'string' ? encodeUtf8(plaintext) : plaintext
  const header = {
    alg: key.alg,
    enc,
    ...(key.kid !== undefined && { kid: key.kid }),
    ...(typ !== undefined && { typ }),
    ...(cty !== undefined && { cty }),
  }
  const jwe = await key.encrypt(bytes, header)
  if (jwe.length > MAX_JWE_LENGTH)
    throw new TypeError('The encrypted token would be longer than the 32 kB that are read.')
  return jwe
}

/**
 * Encrypts a signed JWT: signed first, then encrypted, as RFC 7519 §11.2 asks, with `cty` JWT (§5.2).
 * @throws {TokenError} `malformed` or `unsupported_alg` when the text is no signed JWT; its signature is NOT verified
 */
export async function encryptJwt(jwt: string, options: Omit<EncryptOptions, 'cty'>): Promise<string> {
  parseJwt(jwt)
  return encryptJwe(jwt, { ...options, cty: 'JWT' })
}
