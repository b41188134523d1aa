import { decodeBase64url } from '../encoding/base64url.js'
import {
  algorithmFacts,
  inferAlgorithm,
  isSigningAlgorithm,
  type SigningAlgorithm,
  signingAlgorithms,
} from '../engine/algorithms.js'

/** A public key as a JWK. RFC 7517 §4, RFC 7518 §6. */
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
}

/** A private key as a JWK: a secret. RFC 7517 §4, RFC 7518 §6. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
  readonly p?: string | undefined
  readonly q?: string | undefined
  readonly dp?: string | undefined
  readonly dq?: string | undefined
  readonly qi?: string | undefined
}

/** What a key is for, as its JWK says: never as a token says. */
export interface KeyFacts {
  readonly alg: SigningAlgorithm
  readonly kid: string | undefined
}

const MIN_RSA_BITS = 2048
/** Far above any key in use; a larger one only costs time. */
const MAX_RSA_BITS = 16_384

/**
 * Reads what a JWK is for, or why it can't be used: RSA from 2048 bits, the curve of its algorithm, `use`, `key_ops`
 * and `alg` respected (RFC 7517 §4, RFC 8725 §3.1). Does not check that the point lies on its curve: the import does.
 */
export function readJwk(jwk: unknown, operation: 'sign' | 'verify'): KeyFacts | { readonly refusal: string } {
  if (typeof jwk !== 'object' || jwk === null) return { refusal: 'it is not a JSON object' }
  // Each member is looked at before it is used.
  const key: { readonly [name in keyof PublicJwk]?: unknown } = jwk
  const alg = key.alg === undefined ? inferAlgorithm(key) : key.alg
  if (typeof alg !== 'string' || !isSigningAlgorithm(alg))
    return { refusal: `it is for none of the algorithms ${signingAlgorithms.join(', ')}` }
  const refusal = refuseMembers(key, alg) ?? refuseUse(key, operation) ?? refuseKeyId(key)
  if (refusal) return { refusal }
  return { alg, kid: typeof key.kid === 'string' ? key.kid : undefined }
}

type Members = { readonly [name in keyof PublicJwk]?: unknown }

function refuseMembers(key: Members, alg: SigningAlgorithm): string | undefined {
  const facts = algorithmFacts(alg)
  if (key.kty !== facts.kty || key.crv !== facts.crv) return `its kty and crv are not those of ${alg}`
  if (facts.members.some((name) => typeof key[name] !== 'string')) return 'a member of its public key is missing'
  return alg === 'RS256' ? refuseRsa(String(key.n), String(key.e)) : undefined
}

function refuseRsa(n: string, e: string): string | undefined {
  const modulus = toInteger(n)
  const exponent = toInteger(e)
  if (modulus === undefined || exponent === undefined) return 'a member of its public key is not base64url'
  const bits = modulus.toString(2).length
  if (bits < MIN_RSA_BITS) return `it has ${bits} bits, and RSA needs at least ${MIN_RSA_BITS}`
  if (bits > MAX_RSA_BITS) return `it has more than ${MAX_RSA_BITS} bits`
  if (exponent < 3n || exponent % 2n === 0n) return 'its exponent is not an odd number from 3'
  return undefined
}

function toInteger(text: string): bigint | undefined {
  try {
    const digits = Array.from(decodeBase64url(text), (byte) => byte.toString(16).padStart(2, '0')).join('')
    return BigInt(`0x${digits}`)
  } catch {
    return undefined
  }
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
  const members = algorithmFacts(alg).members.map((name) => [name, jwk[name]])
  return Object.freeze({
    kty: jwk.kty,
    ...Object.fromEntries(members),
    use: 'sig',
    alg,
    ...(kid !== undefined && { kid }),
  })
}

/** The members that make up the key, and nothing else: what jose imports and computes thumbprints from. */
export function keyMembers(jwk: PublicJwk | PrivateJwk): Record<string, string> {
  const secret = 'd' in jwk ? { d: jwk.d, p: jwk.p, q: jwk.q, dp: jwk.dp, dq: jwk.dq, qi: jwk.qi } : {}
  const { kty, crv, x, y, n, e } = jwk
  const members = Object.entries({ kty, crv, x, y, n, e, ...secret })
  return Object.fromEntries(members.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
