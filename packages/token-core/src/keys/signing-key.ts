import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import { importJWK } from 'jose/key/import'
import { encodeUtf8 } from '../encoding/utf8.js'
import type { SigningAlgorithm } from '../engine/algorithms.js'
import { engine } from '../engine/engine.js'
import { keyMembers, type PrivateJwk, type PublicJwk, publicJwkOf, readJwk } from './jwk.js'
import { importVerificationKey } from './verification-key.js'

/** A key that signs tokens: imported here, or held elsewhere (KMS, HSM) behind the same four members. */
export interface SigningKey {
  readonly alg: SigningAlgorithm
  readonly kid: string
  /** What verifiers need: it belongs into the key set. */
  readonly publicJwk: PublicJwk
  /** Signs bytes; ES256 in the form of RFC 7518 §3.4 (r and s, 64 bytes), not DER. */
  sign(data: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>
}

/** One signing key, or a function that picks the key of the moment for an algorithm (for any, when it is absent). */
export type SigningKeys = SigningKey | ((algorithm?: SigningAlgorithm | undefined) => SigningKey | Promise<SigningKey>)

/** Generates a private key with `alg` and a `kid` that is its RFC 7638 thumbprint. RSA keys have 2048 bits. Keep it secret. */
export async function generatePrivateJwk(
  algorithm: SigningAlgorithm,
): Promise<PrivateJwk & { readonly alg: SigningAlgorithm; readonly kid: string }> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })
  // jose exports a private key with all its members.
  const jwk = (await exportJWK(privateKey)) as PrivateJwk
  return { ...jwk, alg: algorithm, kid: await calculateJwkThumbprint(keyMembers(jwk)) }
}

/**
 * Imports a private JWK and checks it once: RSA from 2048 bits, the curve of its algorithm, `use` and `key_ops`, both
 * halves of one key. Without `kid` it gets its RFC 7638 thumbprint.
 * @throws {TypeError} when the key can't sign tokens
 */
export async function importSigningKey(jwk: PrivateJwk): Promise<SigningKey> {
  const facts = readJwk(jwk, 'sign')
  if ('refusal' in facts) throw new TypeError(`The signing key can't be used: ${facts.refusal}.`)
  if (typeof jwk.d !== 'string') throw new TypeError("The signing key can't be used: it is not a private key.")

  const { alg } = facts
  const kid = facts.kid ?? (await calculateJwkThumbprint(keyMembers(jwk)))
  const sign = engine.signer(await importPrivate(jwk, alg), alg)
  const publicJwk = publicJwkOf(jwk, { alg, kid })
  const probe = encodeUtf8('scopewise')
  const { verify } = await importVerificationKey(publicJwk, { alg, kid })
  if (!(await verify(probe, await sign(probe))))
    throw new TypeError("The signing key can't be used: its private and its public half belong to different keys.")
  return Object.freeze({ alg, kid, publicJwk, sign })
}

async function importPrivate(jwk: PrivateJwk, alg: SigningAlgorithm): Promise<CryptoKey> {
  try {
    // Only a symmetric key comes back as bytes, and readJwk let none through.
    return (await importJWK(keyMembers(jwk), alg, { extractable: engine.extractable })) as CryptoKey
  } catch {
    // No cause: it might quote the key.
    throw new TypeError("The signing key can't be used: its members do not form a valid key.")
  }
}

/**
 * The key of the moment, for one algorithm or for any.
 * @throws {TypeError} when the keys at hand are not for the algorithm asked for
 */
export async function pickSigningKey(keys: SigningKeys, algorithm?: SigningAlgorithm | undefined): Promise<SigningKey> {
  const key = typeof keys === 'function' ? await keys(algorithm) : keys
  if (algorithm !== undefined && key.alg !== algorithm)
    throw new TypeError(`There is no signing key for ${algorithm}: the one at hand is for ${key.alg}.`)
  return key
}
