import { decodeBase64url } from '../encoding/base64url.js'
import { sha256 } from '../encoding/random.js'
import {
  type AlgorithmFacts,
  algorithmFacts,
  inferAlgorithm,
  isSigningAlgorithm,
  type SigningAlgorithm,
  signingAlgorithms,
} from '../engine/algorithms.js'
import { refuseEcPoint } from './ec.js'
import { refuseEd25519 } from './ed25519.js'
import { refuseRsa } from './rsa.js'

/** A public key as a JWK. RFC 7517 §4, RFC 7518 §6, RFC 8037 §2, RFC 9964 §4. */
export interface PublicJwk {
  readonly kty: string
  readonly kid?: string | undefined
  readonly alg?: string | undefined
  readonly use?: string | undefined
  readonly key_ops?: readonly string[] | undefined
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly n?: string | undefined
  readonly e?: string | undefined
  /** ML-DSA. */
  readonly pub?: string | undefined
}

/** A private key as a JWK: a secret. RFC 7517 §4, RFC 7518 §6. */
export type PrivateJwk = PublicJwk & {
  readonly p?: string | undefined
  readonly q?: string | undefined
  readonly dp?: string | undefined
  readonly dq?: string | undefined
  readonly qi?: string | undefined
} & (
    | { readonly d: string; readonly priv?: undefined }
    /** ML-DSA: the seed. */
    | { readonly priv: string; readonly d?: undefined }
  )

/** What a key is for, as its JWK says: never as a token says. */
export interface KeyFacts {
  readonly alg: SigningAlgorithm
  readonly kid: string | undefined
}

/** The members of each type of key that make it up, in the order of RFC 7638 §3.2. */
const MEMBERS = {
  RSA: { public: ['e', 'kty', 'n'], private: ['d', 'p', 'q', 'dp', 'dq', 'qi'] },
  EC: { public: ['crv', 'kty', 'x', 'y'], private: ['d'] },
  OKP: { public: ['crv', 'kty', 'x'], private: ['d'] },
  AKP: { public: ['alg', 'kty', 'pub'], private: ['priv'] },
  oct: { public: [], private: ['k'] },
} as const satisfies Readonly<Record<AlgorithmFacts['kty'], object>>

type Members = { readonly [name in keyof PublicJwk | 'oth']?: unknown }

/**
 * Reads what a JWK is for, or why it can't be used: the key type and curve of its algorithm, RSA keys that are neither
 * too small nor weak, points on their curve, `use`, `key_ops` and `alg` respected (RFC 7517 §4, RFC 8725 §3.1).
 */
export function readJwk(jwk: unknown, operation: 'sign' | 'verify'): KeyFacts | { readonly refusal: string } {
  if (typeof jwk !== 'object' || jwk === null) return { refusal: 'it is not a JSON object' }
  // Each member is looked at before it is used.
  const key: Members = jwk
  const alg = key.alg === undefined ? inferAlgorithm(key) : key.alg
  if (typeof alg !== 'string' || !isSigningAlgorithm(alg))
    return { refusal: `it is for none of the algorithms ${signingAlgorithms.join(', ')}` }
  const refusal = refuseMembers(key, alg, operation) ?? refuseUse(key, operation) ?? refuseKeyId(key)
  if (refusal) return { refusal }
  return { alg, kid: typeof key.kid === 'string' ? key.kid : undefined }
}

function refuseMembers(key: Members, alg: SigningAlgorithm, operation: 'sign' | 'verify'): string | undefined {
  const facts = algorithmFacts(alg)
  if (key.kty !== facts.kty || key.crv !== facts.crv) return `its kty and crv are not those of ${alg}`
  const names = MEMBERS[facts.kty]
  const member: Readonly<Record<string, unknown>> = { ...key, alg }
  if (names.public.some((name) => typeof member[name] !== 'string')) return 'a member of its public key is missing'
  // RFC 7518 §6.3.2: whoever gives one of the factors gives all that follow from them.
  if (operation === 'sign' && names.private.some((name) => typeof member[name] !== 'string'))
    return 'it is not a private key, or a member of it is missing'
  if (key.oth !== undefined) return 'it has more than two prime factors'
  try {
    return refuseValues(key, facts)
  } catch {
    return 'a member of its public key is not base64url'
  }
}

function refuseValues(key: Members, { kty, crv, keyLength }: AlgorithmFacts): string | undefined {
  if (kty === 'RSA') return refuseRsaMembers(key.n, key.e)
  // RFC 7518 §6.2.1.2, RFC 8037 §2: a coordinate is never shortened.
  const values = kty === 'AKP' ? [key.pub] : kty === 'EC' ? [key.x, key.y] : [key.x]
  if (values.some((value) => bytesOf(value).length !== keyLength))
    return 'a member of its public key has a wrong length'
  if (kty === 'EC') return refuseEcMembers(key)
  return crv === 'Ed25519' ? refuseEd25519(bytesOf(key.x)) : undefined
}

/** Why the coordinates of an EC key must not be used, or undefined. Throws when they are not base64url. */
export function refuseEcMembers({ crv, x, y }: { readonly [name in 'crv' | 'x' | 'y']?: unknown }): string | undefined {
  return refuseEcPoint(crv, toInteger(bytesOf(x)), toInteger(bytesOf(y)))
}

/** Why the public members of an RSA key must not be used, or undefined. Throws when they are not base64url. */
export function refuseRsaMembers(n: unknown, e: unknown): string | undefined {
  return refuseRsa(toInteger(bytesOf(n)), toInteger(bytesOf(e)))
}

function bytesOf(value: unknown): Uint8Array {
  return decodeBase64url(String(value))
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`)
}

function refuseUse(key: Members, operation: 'sign' | 'verify'): string | undefined {
  if (key.use !== undefined && key.use !== 'sig') return 'its use is not sig'
  if (key.key_ops === undefined) return undefined
  if (Array.isArray(key.key_ops) && key.key_ops.includes(operation)) return undefined
  return `its key_ops do not include ${operation}`
}

function refuseKeyId(key: Members): string | undefined {
  if (key.kid === undefined || (typeof key.kid === 'string' && key.kid !== '')) return undefined
  return 'its kid is not a text'
}

/** The public half of a key, with what it is for. */
export function publicJwkOf(jwk: PublicJwk, { alg, kid }: KeyFacts): PublicJwk {
  const members = publicMembers({ ...jwk, alg })
  // `kty` stands among the members; it is named for the type.
  return Object.freeze({ kty: jwk.kty, ...members, use: 'sig', alg, ...(kid !== undefined && { kid }) })
}

/** The members that make up the public key, and nothing else, in the order of RFC 7638 §3.2. */
export function publicMembers(jwk: PublicJwk): Record<string, string> {
  return pick(jwk, namesOf(jwk).public)
}

/** The members that make up the private key with its public half, and nothing else. */
export function privateMembers(jwk: PrivateJwk): Record<string, string> {
  const names = namesOf(jwk)
  return pick(jwk, [...names.public, ...names.private])
}

function namesOf({ kty }: PublicJwk): { readonly public: readonly string[]; readonly private: readonly string[] } {
  // Its own member, so a name of the table.
  return Object.hasOwn(MEMBERS, kty) ? MEMBERS[kty as keyof typeof MEMBERS] : MEMBERS.oct
}

function pick(jwk: PublicJwk, names: readonly string[]): Record<string, string> {
  const values = new Map<string, unknown>(Object.entries(jwk))
  const members = names.flatMap((name) => {
    const value = values.get(name)
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return Object.fromEntries(members)
}

/**
 * The SHA-256 thumbprint of a key, the same for its public and its private half. RFC 7638 §3, RFC 8037 §2, RFC 9964 §5.
 * Checks that all members are there, and nothing else about the key. A secret has none here: a hash of it would let
 * others try out values (RFC 7638 §7).
 * @throws {TypeError} when it is no key with a public half
 */
export async function jwkThumbprint(jwk: PublicJwk): Promise<string> {
  const names = namesOf(jwk).public
  const members = publicMembers(jwk)
  if (names.length === 0 || names.some((name) => !(name in members)))
    throw new TypeError('A thumbprint needs an RSA, EC, OKP or AKP key with all its public members.')
  return sha256(JSON.stringify(members))
}
