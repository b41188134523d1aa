import { decodeBase64url } from '../encoding/base64url.js'
import {
  type PrivateJwk,
  type PublicJwk,
  privateMembers,
  publicMembers,
  refuseEcMembers,
  refuseRsaMembers,
} from '../keys/jwk.js'
import type { SecretJwk } from '../keys/secret-key.js'
import {
  AGREEMENT_CURVES,
  type ContentEncryption,
  contentEncryptions,
  contentKeyLength,
  isContentEncryption,
  isKeyManagementAlgorithm,
  type KeyManagementAlgorithm,
  keyManagementAlgorithms,
  keyManagementFacts,
} from './algorithms.js'

/** A key for encryption as a JWK: public, private or secret. */
export type EncryptionJwk = PublicJwk | PrivateJwk | SecretJwk

/** A key that can be used, and what for. */
export interface ReadKey {
  readonly alg: KeyManagementAlgorithm
  readonly kid: string | undefined
  readonly contentEncryption: readonly ContentEncryption[]
  /** What makes up the key. */
  readonly members: Readonly<Record<string, string>>
}

type Operation = 'encrypt' | 'decrypt'
type Refusal = { readonly refusal: string }
type Members = { readonly [name in keyof PublicJwk | 'd' | 'k' | 'oth']?: unknown }

/**
 * Reads what a JWK can encrypt or decrypt, or why it can't: the key type, curve and length of its algorithm, sound RSA
 * keys, points on their curve, `use`, `key_ops` and `alg` respected. RFC 7517 §4, RFC 7518 §4.
 */
export function readEncryptionJwk(
  jwk: EncryptionJwk,
  operation: Operation,
  options: {
    readonly algorithm?: KeyManagementAlgorithm | undefined
    readonly contentEncryption?: readonly ContentEncryption[] | undefined
    readonly kid?: string | undefined
  },
): ReadKey | Refusal {
  if (typeof jwk !== 'object' || jwk === null) return { refusal: 'it is not a JSON object' }
  // Each member is looked at before it is used.
  const key: Members = jwk
  const named = nameAlgorithms(key, options)
  if ('refusal' in named) return named
  const refusal =
    refuseKey(key, named.alg, operation) ?? refuseUse(key, operation) ?? refuseKeyId(options.kid ?? key.kid)
  if (refusal) return { refusal }
  const contentEncryption = named.contentEncryption ?? contentEncryptions
  if (named.alg === 'dir') {
    const [only, ...others] = contentEncryption
    if (!only || others.length > 0) return { refusal: 'dir needs exactly one contentEncryption' }
    if (lengthOf(key.k) !== contentKeyLength(only))
      return { refusal: `it has not the ${contentKeyLength(only)} bytes of ${only}` }
  }
  const kid = options.kid ?? (typeof key.kid === 'string' ? key.kid : undefined)
  return { alg: named.alg, kid, contentEncryption, members: membersOf(jwk, operation) }
}

/** The JWK names the one or the other: `alg` of a key for `dir` is, in practice, that of its content. */
function nameAlgorithms(
  key: Members,
  options: { readonly algorithm?: unknown; readonly contentEncryption?: readonly unknown[] | undefined },
):
  | { readonly alg: KeyManagementAlgorithm; readonly contentEncryption: readonly ContentEncryption[] | undefined }
  | Refusal {
  const content = isContentEncryption(key.alg) ? key.alg : undefined
  const alg = options.algorithm ?? (content ? 'dir' : key.alg)
  if (!isKeyManagementAlgorithm(alg))
    return { refusal: `it is for none of ${keyManagementAlgorithms.join(', ')}: name one as \`algorithm\`` }
  if (key.alg !== undefined && key.alg !== alg && !(content && alg === 'dir'))
    return { refusal: `its alg is not ${alg}` }
  const wanted = options.contentEncryption ?? (content && [content])
  if (!wanted) return { alg, contentEncryption: undefined }
  const contentEncryption = wanted.filter(isContentEncryption)
  if (
    wanted.length === 0 ||
    contentEncryption.length < wanted.length ||
    (content && wanted.some((name) => name !== content))
  )
    return { refusal: 'its contentEncryption is empty, not known, or not the one that its alg names' }
  return { alg, contentEncryption }
}

function refuseKey(key: Members, alg: KeyManagementAlgorithm, operation: Operation): string | undefined {
  const { kty, keyLength } = keyManagementFacts(alg)
  if (!kty.some((name) => name === key.kty)) return `its kty is not one of ${alg}`
  try {
    if (key.kty === 'oct') return refuseSecret(key, keyLength)
    if (operation === 'decrypt' && typeof key.d !== 'string') return 'it is not a private key'
    if (key.oth !== undefined) return 'it has more than two prime factors'
    if (key.kty === 'RSA') return refuseRsaMembers(key.n, key.e)
    if (!AGREEMENT_CURVES.includes(key.crv)) return `its crv is not one of ${AGREEMENT_CURVES.join(', ')}`
    return key.kty === 'EC' ? refuseEcMembers(key) : undefined
  } catch {
    return 'a member of it is not base64url'
  }
}

function refuseSecret(key: Members, keyLength: number | undefined): string | undefined {
  const length = lengthOf(key.k)
  if (length === undefined) return 'its k is missing'
  return keyLength === undefined || length === keyLength ? undefined : `it has ${length} bytes instead of ${keyLength}`
}

function lengthOf(k: unknown): number | undefined {
  return typeof k === 'string' ? decodeBase64url(k).length : undefined
}

const OPERATIONS: Readonly<Record<Operation, readonly unknown[]>> = {
  encrypt: ['encrypt', 'wrapKey', 'deriveKey', 'deriveBits'],
  decrypt: ['decrypt', 'unwrapKey', 'deriveKey', 'deriveBits'],
}

function refuseUse({ use, key_ops: operations }: Members, operation: Operation): string | undefined {
  if (use !== undefined && use !== 'enc') return 'its use is not enc'
  // The public half of a key for agreement is exported with an empty list.
  if (operations === undefined || (Array.isArray(operations) && operations.length === 0)) return undefined
  if (Array.isArray(operations) && operations.some((name) => OPERATIONS[operation].includes(name))) return undefined
  return `its key_ops do not let it ${operation}`
}

function refuseKeyId(kid: unknown): string | undefined {
  return kid === undefined || (typeof kid === 'string' && kid !== '') ? undefined : 'its kid is not a text'
}

function membersOf(jwk: EncryptionJwk, operation: Operation): Readonly<Record<string, string>> {
  if ('k' in jwk) return { kty: 'oct', k: jwk.k }
  return operation === 'decrypt' && 'd' in jwk ? privateMembers(jwk) : publicMembers(jwk)
}
