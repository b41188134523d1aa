import { compactDecrypt } from 'jose/jwe/compact/decrypt'
import { CompactEncrypt } from 'jose/jwe/compact/encrypt'
import { importJWK } from 'jose/key/import'
import { decodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { type PublicJwk, publicMembers } from '../keys/jwk.js'
import {
  type ContentEncryption,
  contentEncryptions,
  isContentEncryption,
  isPasswordAlgorithm,
  type KeyManagementAlgorithm,
  type PasswordAlgorithm,
} from './algorithms.js'
import { type EncryptionJwk, type ReadKey, readEncryptionJwk } from './jwk.js'

type Bytes = Uint8Array<ArrayBuffer>

/** What a JWE is encrypted with. */
export interface EncryptionKey {
  readonly alg: KeyManagementAlgorithm | PasswordAlgorithm
  readonly kid: string | undefined
  /** The values of `enc` that the key is for, the preferred one first. */
  readonly contentEncryption: readonly ContentEncryption[]
  /** Encrypts content under a header that is complete but for what the algorithm itself adds. */
  encrypt(plaintext: Bytes, header: { readonly alg: string; readonly enc: string }): Promise<string>
}

/** What a JWE is decrypted with. */
export interface DecryptionKey {
  readonly alg: KeyManagementAlgorithm | PasswordAlgorithm
  readonly kid: string | undefined
  /** The values of `enc` that the key is for. */
  readonly contentEncryption: readonly ContentEncryption[]
  /** What senders need, where the key has a public half: it belongs into the key set. */
  readonly publicJwk: PublicJwk | undefined
  /** The highest count of PBES2 that is computed; undefined where no password is at work. */
  readonly maxCount: number | undefined
  /** Decrypts a JWE whose header was checked. Compressed content becomes at most `maxInflated` bytes. Rejects otherwise. */
  decrypt(jwe: string, maxInflated: number): Promise<Uint8Array>
}

/** What the JWK does not say of itself. */
export interface EncryptionKeyOptions {
  /** Needed where the JWK has no `alg`. */
  readonly algorithm?: KeyManagementAlgorithm | undefined
  /** By default all; with `dir` exactly one. The first is the one to encrypt with. */
  readonly contentEncryption?: readonly ContentEncryption[] | undefined
  readonly kid?: string | undefined
}

/**
 * Imports the public JWK (RSA, EC, X25519) or the secret one (`oct`) that tokens are encrypted with, for one algorithm.
 * @throws {TypeError} when the key can't be used, with the reason
 */
export async function importEncryptionKey(
  jwk: EncryptionJwk,
  options: EncryptionKeyOptions = {},
): Promise<EncryptionKey> {
  const facts = readOrThrow(jwk, 'encrypt', options)
  const key = await importMembers(facts)
  const { alg, kid, contentEncryption } = facts
  return Object.freeze({
    alg,
    kid,
    contentEncryption,
    encrypt: (plaintext, header) => new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(key),
  } satisfies EncryptionKey)
}

/**
 * Imports the private JWK (RSA, EC, X25519) or the secret one (`oct`) that tokens are decrypted with, for one algorithm.
 * @throws {TypeError} when the key can't be used, with the reason
 */
export async function importDecryptionKey(
  jwk: EncryptionJwk,
  options: EncryptionKeyOptions = {},
): Promise<DecryptionKey> {
  const facts = readOrThrow(jwk, 'decrypt', options)
  const key = await importMembers(facts)
  const { alg, kid, contentEncryption } = facts
  return Object.freeze({
    alg,
    kid,
    contentEncryption,
    publicJwk: publicHalf(jwk, facts),
    maxCount: undefined,
    decrypt: decryptWith(key, facts),
  } satisfies DecryptionKey)
}

/** What {@link importPassword} takes. */
export interface PasswordOptions {
  /** @default 'PBES2-HS512+A256KW' */
  readonly algorithm?: PasswordAlgorithm | undefined
  /** Rounds of PBKDF2: as many are written, and no more are ever computed. From 1000 on. @default 600000 */
  readonly count?: number | undefined
  readonly contentEncryption?: readonly ContentEncryption[] | undefined
  readonly kid?: string | undefined
}

/**
 * Imports a password to encrypt and decrypt with. RFC 7518 §4.8: for what a person types. Between machines use a key;
 * each token costs the rounds of PBKDF2, and whoever may send tokens may cause them.
 * @throws {TypeError} for an empty password, or less than 1000 rounds
 */
export function importPassword(password: string, options: PasswordOptions = {}): EncryptionKey & DecryptionKey {
  const {
    algorithm: alg = 'PBES2-HS512+A256KW',
    count = 600_000,
    contentEncryption = contentEncryptions,
    kid,
  } = options
  if (typeof password !== 'string' || password === '') throw new TypeError('importPassword needs a password.')
  if (!(Number.isSafeInteger(count) && count >= MIN_COUNT))
    throw new TypeError(`importPassword needs a count of at least ${MIN_COUNT} rounds.`)
  if (!isPasswordAlgorithm(alg) || !contentEncryption.every(isContentEncryption) || contentEncryption.length === 0)
    throw new TypeError('importPassword needs a PBES2 algorithm and at least one content encryption that is known.')
  const key = encodeUtf8(password)
  return Object.freeze({
    alg,
    kid,
    contentEncryption,
    publicJwk: undefined,
    maxCount: count,
    encrypt: (plaintext, header) =>
      new CompactEncrypt(plaintext).setProtectedHeader(header).setKeyManagementParameters({ p2c: count }).encrypt(key),
    decrypt: decryptWith(key, { alg, contentEncryption, maxCount: count }),
  } satisfies EncryptionKey & DecryptionKey)
}

/** Rounds of PBKDF2. RFC 7518 §4.8.1.2. */
export const MIN_COUNT = 1000

function decryptWith(
  key: CryptoKey | Uint8Array,
  facts: Pick<DecryptionKey, 'alg' | 'contentEncryption'> & { readonly maxCount?: number },
): DecryptionKey['decrypt'] {
  const { alg, contentEncryption, maxCount = MIN_COUNT } = facts
  // The header was compared with the key before; jose compares once more.
  const allowed = {
    keyManagementAlgorithms: [alg],
    contentEncryptionAlgorithms: [...contentEncryption],
    maxPBES2Count: maxCount,
  }
  return async (jwe, maxInflated) =>
    (await compactDecrypt(jwe, key, { ...allowed, maxDecompressedLength: maxInflated })).plaintext
}

function readOrThrow(jwk: EncryptionJwk, operation: 'encrypt' | 'decrypt', options: EncryptionKeyOptions): ReadKey {
  const facts = readEncryptionJwk(jwk, operation, options)
  if ('refusal' in facts) throw new TypeError(`The ${operation}ion key can't be used: ${facts.refusal}.`)
  return facts
}

async function importMembers({ members, alg }: ReadKey): Promise<CryptoKey | Uint8Array> {
  if (members['k'] !== undefined) return decodeBase64url(members['k'])
  try {
    return await importJWK(members, alg)
  } catch {
    // No cause: it might quote the key.
    throw new TypeError("The key can't be used: its members do not form a valid key.")
  }
}

function publicHalf(jwk: EncryptionJwk, { alg, kid }: ReadKey): PublicJwk | undefined {
  if (jwk.kty === 'oct') return undefined
  return Object.freeze({ kty: jwk.kty, ...publicMembers(jwk), use: 'enc', alg, ...(kid !== undefined && { kid }) })
}
