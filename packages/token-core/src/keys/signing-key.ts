import { encodeUtf8 } from '../encoding/utf8.js'
import { algorithmFacts, type SigningAlgorithm } from '../engine/algorithms.js'
import { engine, type Sign, type Verify } from '../engine/engine.js'
import { importParameters, signWithCryptoKey } from '../engine/web.js'
import { type Awaitable, chain } from '../jwt/awaitable.js'
import { markOwn } from '../jwt/sign.js'
import { jwkThumbprint, type PrivateJwk, type PublicJwk, privateMembers, publicJwkOf, readJwk } from './jwk.js'
import { type ImportKeyOptions, type PrivateKeyMaterial, toJwk, type WebKey } from './key-material.js'
import { importPublicKey } from './public-key.js'
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

/** Both halves of a key in WebCrypto: the private one need not be extractable. */
export interface WebKeyPair {
  readonly privateKey: WebKey
  readonly publicKey: WebKey
}

/** Picks the key of the moment for an algorithm; for any, when it is absent. */
type PickKey<K> = (algorithm?: SigningAlgorithm | undefined) => K | Promise<K>
type KeyPicks<K> = K | { readonly signingKey: PickKey<K> } | PickKey<K>

/** One signing key, a key ring, or a function that picks the key of the moment for an algorithm. */
export type SigningKeys = KeyPicks<SigningKey>

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
  // A private key is exported with all its members; by workerd also with the names of all others.
  const exported = Object.entries(await subtle.exportKey('jwk', privateKey))
  const members = exported.filter(([name, value]) => value !== undefined && name !== 'ext' && name !== 'key_ops')
  const jwk = { ...Object.fromEntries(members), alg: algorithm } as PrivateJwk & { readonly alg: SigningAlgorithm }
  return { ...jwk, kid: await jwkThumbprint(jwk) }
}

/** ML-DSA is young: who meets its absence should learn where it is. */
function runtimeHint(algorithm: SigningAlgorithm): string {
  return algorithm.startsWith('ML-DSA') ? ': Node has it from 24.7 on' : ''
}

/**
 * Imports a private key and checks it once: RSA from 2048 bits and not weak, the curve of its algorithm, `use`, `key_ops`
 * and `alg`, both halves of one key. It comes as a JWK, as PEM (PKCS #8, not encrypted), as a CryptoKey or a KeyObject;
 * a CryptoKey that is not extractable as a pair. Without `kid` it gets its RFC 7638 thumbprint.
 * @throws {TypeError} when the key can't sign tokens, with the reason
 */
export async function importSigningKey(
  key: PrivateKeyMaterial | WebKeyPair,
  options: ImportKeyOptions = {},
): Promise<SigningKey> {
  if (isPair(key) && !key.privateKey.extractable) return importPair(key, options)
  const read = await toJwk(isPair(key) ? key.privateKey : key, 'private', options)
  const facts = 'refusal' in read ? read : readJwk(read, 'sign')
  if ('refusal' in facts) throw unusable(String(facts.refusal))
  // readJwk has looked at each member.
  const jwk = read as PrivateJwk
  const { alg } = facts
  const kid = facts.kid ?? (await jwkThumbprint({ ...jwk, alg }))
  return joinHalves(await importPrivate(jwk, alg), publicJwkOf(jwk, { alg, kid }), { alg, kid })
}

function isPair(key: unknown): key is WebKeyPair {
  return typeof key === 'object' && key !== null && 'privateKey' in key && 'publicKey' in key
}

async function importPair({ privateKey, publicKey }: WebKeyPair, options: ImportKeyOptions): Promise<SigningKey> {
  const publicJwk = await importPublicKey(publicKey, options)
  const { alg, kid } = publicJwk
  // Told by its form.
  const sign = signWithCryptoKey(privateKey as unknown as CryptoKey, algorithmFacts(alg))
  return joinHalves(sign, publicJwk, { alg, kid })
}

async function joinHalves(
  sign: Sign,
  publicJwk: PublicJwk,
  facts: { readonly alg: SigningAlgorithm; readonly kid: string },
): Promise<SigningKey> {
  const { verify } = await importVerificationKey(publicJwk, facts).catch(() => invalid(facts.alg))
  if (!(await belongTogether(sign, verify))) throw unusable('its private and its public half belong to different keys')
  return markOwn(Object.freeze({ ...facts, publicJwk, sign }))
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
 * The key of the moment, for one algorithm or for any; at once where it is at hand.
 * @throws {TypeError} when the keys at hand are not for the algorithm asked for
 */
export function pickSigningKey<K extends { readonly alg: string }>(
  keys: KeyPicks<K>,
  algorithm?: SigningAlgorithm | undefined,
): Awaitable<K> {
  return chain(askFor(keys, algorithm), (key) => {
    if (algorithm !== undefined && key.alg !== algorithm)
      throw new TypeError(`There is no signing key for ${algorithm}: the one at hand is for ${key.alg}.`)
    return key
  })
}

function askFor<K extends { readonly alg: string }>(
  keys: KeyPicks<K>,
  algorithm: SigningAlgorithm | undefined,
): K | Promise<K> {
  if (typeof keys === 'function') return keys(algorithm)
  return 'signingKey' in keys ? keys.signingKey(algorithm) : keys
}
