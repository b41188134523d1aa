import { encodeUtf8 } from '../encoding/utf8.js'
import { algorithmFacts, type SigningAlgorithm } from '../engine/algorithms.js'
import { engine, type Sign, type Verify } from '../engine/engine.js'
import { importParameters } from '../engine/web.js'
import { jwkThumbprint, type PrivateJwk, type PublicJwk, privateMembers, publicJwkOf, readJwk } from './jwk.js'
import { importVerificationKey } from './verification-key.js'

/** A key that signs tokens: imported here, or held elsewhere (KMS, HSM) behind the same four members. */
export interface SigningKey {
  readonly alg: SigningAlgorithm
  readonly kid: string
  /** What verifiers need: it belongs into the key set. */
  readonly publicJwk: PublicJwk
  /** Signs bytes; ES256 and its like in the form of RFC 7518 §3.4 (r and s, of fixed length), not DER. */
  sign(data: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>
}

/** One signing key, or a function that picks the key of the moment for an algorithm (for any, when it is absent). */
export type SigningKeys = SigningKey | ((algorithm?: SigningAlgorithm | undefined) => SigningKey | Promise<SigningKey>)

/**
 * Generates a private key with `alg` and a `kid` that is its RFC 7638 thumbprint. RSA keys have 2048 bits. Keep it
 * secret.
 * @throws {TypeError} when this runtime does not have the algorithm
 */
export async function generatePrivateJwk(
  algorithm: SigningAlgorithm,
): Promise<PrivateJwk & { readonly alg: SigningAlgorithm; readonly kid: string }> {
  const { subtle } = globalThis.crypto
  const parameters = {
    ...importParameters(algorithmFacts(algorithm)),
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  }
  const { privateKey } = await subtle.generateKey(parameters, true, ['sign', 'verify']).catch(() => {
    throw new TypeError(`This runtime can't generate a key for ${algorithm}${runtimeHint(algorithm)}.`)
  })
  const { ext, key_ops, ...members } = await subtle.exportKey('jwk', privateKey)
  // A private key is exported with all its members.
  const jwk = { ...members, alg: algorithm } as PrivateJwk & { readonly alg: SigningAlgorithm }
  return { ...jwk, kid: await jwkThumbprint(jwk) }
}

/** ML-DSA is young: who meets its absence should learn where it is. */
function runtimeHint(algorithm: SigningAlgorithm): string {
  return algorithm.startsWith('ML-DSA') ? ': Node has it from 24.7 on' : ''
}

/**
 * Imports a private JWK and checks it once: RSA from 2048 bits, the curve of its algorithm, `use` and `key_ops`, both
 * halves of one key. Without `kid` it gets its RFC 7638 thumbprint.
 * @throws {TypeError} when the key can't sign tokens
 */
export async function importSigningKey(jwk: PrivateJwk): Promise<SigningKey> {
  const facts = readJwk(jwk, 'sign')
  if ('refusal' in facts) throw unusable(facts.refusal)

  const { alg } = facts
  const kid = facts.kid ?? (await jwkThumbprint({ ...jwk, alg }))
  const publicJwk = publicJwkOf(jwk, { alg, kid })
  const sign = await importPrivate(jwk, alg)
  const { verify } = await importVerificationKey(publicJwk, { alg, kid }).catch(() => invalid(alg))
  if (!(await belongTogether(sign, verify))) throw unusable('its private and its public half belong to different keys')
  return Object.freeze({ alg, kid, publicJwk, sign })
}

async function importPrivate(jwk: PrivateJwk, alg: SigningAlgorithm): Promise<Sign> {
  try {
    return await engine.importPrivate(privateMembers({ ...jwk, alg }), alg)
  } catch {
    // No cause: it might quote the key.
    return invalid(alg)
  }
}

async function belongTogether(sign: Sign, verify: Verify): Promise<boolean> {
  const probe = encodeUtf8('scopewise')
  try {
    return await verify(probe, await sign(probe))
  } catch {
    return false
  }
}

function invalid(alg: SigningAlgorithm): never {
  throw unusable(`its members do not form a valid key, or this runtime lacks ${alg}${runtimeHint(alg)}`)
}

function unusable(reason: string): TypeError {
  return new TypeError(`The signing key can't be used: ${reason}.`)
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
