import { decodeBase64url } from '../encoding/base64url.js'
import { algorithmFacts, isSecretAlgorithm, type SecretAlgorithm } from '../engine/algorithms.js'
import { engine } from '../engine/engine.js'
import { TokenError } from '../errors.js'
import type { JwtHeader } from '../jwt/parse.js'
import { markOwn } from '../jwt/sign.js'
import type { KeySource } from './key-source.js'
import type { VerificationKey } from './verification-key.js'

/**
 * A secret that issuer and verifier share. It signs, for `createIssuer`, and it is the source of keys of its issuer, for
 * `createVerifier`: whoever can verify with it can also issue.
 */
export interface SecretKey extends KeySource {
  readonly alg: SecretAlgorithm
  readonly kid: string
  sign(data: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>
}

/** A secret as a JWK. RFC 7518 §6.4. */
export interface SecretJwk {
  readonly kty: 'oct'
  readonly k: string
  readonly kid?: string | undefined
  readonly alg?: string | undefined
  readonly use?: string | undefined
  readonly key_ops?: readonly string[] | undefined
}

/** What {@link importSecretKey} takes beside the secret. */
export interface SecretKeyOptions {
  readonly algorithm: SecretAlgorithm
  /** A name for the secret, written into each token. Needed where the JWK has no `kid`: nothing may be derived from a secret. */
  readonly kid?: string | undefined
}

/**
 * Imports a shared secret for HMAC: random bytes, at least as many as the hash has (RFC 7518 §3.2: 32, 48, 64). Between
 * parties of their own prefer a key pair. Never give it a password, or anything that others can read: a public key that
 * serves as a secret is the oldest attack on JWTs (RFC 8725 §2.1), and is refused where it can be told.
 * @throws {TypeError} when the secret is too short, is another kind of key, or is meant for something else
 */
export async function importSecretKey(
  secret: Uint8Array<ArrayBuffer> | SecretJwk,
  options: SecretKeyOptions,
): Promise<SecretKey> {
  const { algorithm } = options
  if (!isSecretAlgorithm(algorithm)) throw unusable('it needs an algorithm: HS256, HS384 or HS512')
  const isBytes = secret instanceof Uint8Array
  const bytes = isBytes ? new Uint8Array(secret) : bytesOfJwk(secret, algorithm)
  const kid = options.kid ?? (isBytes ? undefined : secret.kid)
  if (typeof kid !== 'string' || kid === '') throw unusable('it needs a kid')
  const length = algorithmFacts(algorithm).signatureLength ?? 0
  if (bytes.length < length) throw unusable(`it has ${bytes.length} bytes, and ${algorithm} needs at least ${length}`)
  if (looksLikeOtherKey(bytes)) throw unusable('it is a key of another kind, and a public key is no secret')

  const { sign, verify, verifySync } = await engine.importSecret(bytes, algorithm)
  const key: VerificationKey = Object.freeze({ alg: algorithm, kid, verify, verifySync })
  const find = (header: JwtHeader): VerificationKey => {
    if (header.alg !== algorithm) throw new TokenError('unsupported_alg')
    if (header.kid !== undefined && header.kid !== kid) throw new TokenError('unknown_key')
    return key
  }
  return markOwn(Object.freeze({ '~scopewise': 'keys' as const, alg: algorithm, kid, sign, find, findSync: find }))
}

function bytesOfJwk(jwk: SecretJwk, algorithm: SecretAlgorithm): Uint8Array<ArrayBuffer> {
  if (typeof jwk !== 'object' || jwk === null)
    throw unusable('it is bytes or a JWK of type oct, and no text: no password')
  if (jwk.kty !== 'oct' || typeof jwk.k !== 'string') throw unusable('its kty is not oct')
  if (jwk.alg !== undefined && jwk.alg !== algorithm) throw unusable(`its alg is not ${algorithm}`)
  if (jwk.use !== undefined && jwk.use !== 'sig') throw unusable('its use is not sig')
  const operations = jwk.key_ops
  if (
    operations !== undefined &&
    !(Array.isArray(operations) && operations.some((name) => name === 'sign' || name === 'verify'))
  )
    throw unusable('its key_ops include neither sign nor verify')
  try {
    return decodeBase64url(jwk.k)
  } catch {
    throw unusable('its k is not base64url')
  }
}

/** PEM, a JWK, or DER of SPKI or PKCS #8: a sequence as long as the whole, in it a sequence or a version. */
function looksLikeOtherKey(bytes: Uint8Array): boolean {
  const start = Array.from(bytes.subarray(0, 200), (byte) => String.fromCharCode(byte)).join('')
  if (/^[\s\ufeffï»¿]*(?:-----BEGIN |\{\s*"|ssh-)/.test(start)) return true
  const [tag, size = 0] = bytes
  const headerLength = size < 128 ? 2 : 2 + (size & 127)
  if (tag !== 0x30 || headerLength > 4) return false
  const length = size < 128 ? size : bytes.subarray(2, headerLength).reduce((sum, byte) => sum * 256 + byte, 0)
  const next = bytes[headerLength]
  return headerLength + length === bytes.length && (next === 0x30 || (next === 2 && bytes[headerLength + 1] === 1))
}

function unusable(reason: string): TypeError {
  return new TypeError(`The secret can't be used: ${reason}.`)
}
