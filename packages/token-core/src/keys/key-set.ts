import { isSecretAlgorithm, isSigningAlgorithm } from '../engine/algorithms.js'
import { TokenError } from '../errors.js'
import type { JwtHeader } from '../jwt/parse.js'
import { type KeyFacts, type PublicJwk, readJwk } from './jwk.js'
import { importVerificationKey, type VerificationKey } from './verification-key.js'

/** A JWK set. RFC 7517 §5. */
export interface JwkSet {
  readonly keys: readonly PublicJwk[]
}

/** The imported keys of one issuer at one moment. Maps, because what is looked up comes from a token, and so that a large set costs no more than a small one. */
export interface KeySet {
  readonly byId: ReadonlyMap<string, readonly VerificationKey[]>
  readonly byAlgorithm: ReadonlyMap<string, readonly VerificationKey[]>
  /** By the JWK as text: what stays the same stays the same object. */
  readonly byText: ReadonlyMap<string, readonly VerificationKey[]>
}

/** More keys than any issuer publishes. */
const MAX_KEYS = 1000

/**
 * Imports the keys of a set that can verify tokens. RFC 7517 §5: the others are ignored, be it for their type, their
 * size or their use. Symmetric and private keys are never used. A key that `previous` held in the same words is not
 * imported again: it is the same object, which is how a cache knows that it is still in the set.
 */
export async function importKeySet(keys: readonly unknown[], previous?: KeySet | undefined): Promise<KeySet> {
  const texts = new Map(keys.slice(0, MAX_KEYS).map((jwk) => [JSON.stringify(jwk), jwk]))
  const imported = await Promise.all(
    [...texts].map(async ([text, jwk]) => [text, previous?.byText.get(text) ?? (await importOrIgnore(jwk))] as const),
  )
  return keySetOf(imported.filter(([, members]) => members.length > 0))
}

/** A set of keys that are imported already, each with its JWK as text. Pure. */
export function keySetOf(keys: readonly (readonly [string, readonly VerificationKey[]])[]): KeySet {
  const byText = new Map(keys)
  const all = [...byText.values()].flat()
  return { byText, byAlgorithm: group(all, (key) => key.alg), byId: group(all, (key) => key.kid) }
}

function group(keys: readonly VerificationKey[], nameOf: (key: VerificationKey) => string | undefined) {
  const groups = new Map<string, VerificationKey[]>()
  for (const key of keys) {
    const name = nameOf(key)
    if (name === undefined) continue
    const members = groups.get(name)
    if (members) members.push(key)
    else groups.set(name, [key])
  }
  return groups
}

async function importOrIgnore(jwk: unknown): Promise<readonly VerificationKey[]> {
  const facts = readJwk(jwk, 'verify')
  if ('refusal' in facts || isPrivate(jwk)) return []
  // readJwk has looked at each member.
  const key = jwk as PublicJwk
  try {
    return await Promise.all(namesOf(key, facts).map((alg) => importVerificationKey(key, { ...facts, alg })))
  } catch {
    return []
  }
}

/** A private key that stands in a set of public ones is known to everybody. */
function isPrivate(jwk: unknown): boolean {
  return typeof jwk === 'object' && jwk !== null && ('d' in jwk || 'priv' in jwk)
}

/**
 * RFC 9864 §2.2 and §5: `EdDSA` with an Ed25519 key is what `Ed25519` names in full, and a key that has an `alg` is for
 * that name alone. A key without one serves both names, as keys published before RFC 9864 must.
 */
function namesOf(jwk: PublicJwk, { alg }: KeyFacts): readonly KeyFacts['alg'][] {
  return alg === 'EdDSA' && jwk.alg === undefined ? ['EdDSA', 'Ed25519'] : [alg]
}

/** Finds the one key that fits a token's header, or says why there is none. Pure. */
export function selectKey(set: KeySet, { alg, kid }: JwtHeader): VerificationKey | 'unknown_key' | 'unsupported_alg' {
  const candidates = kid === undefined ? set.byAlgorithm.get(alg) : set.byId.get(kid)
  if (!candidates) return kid === undefined && set.byText.size > 0 ? 'unsupported_alg' : 'unknown_key'
  let found: VerificationKey | undefined
  for (const key of candidates) {
    // RFC 8725 §3.1: the key says which algorithm it is for; a header that says otherwise is refused.
    if (key.alg !== alg) continue
    // Which of several keys was meant is not guessed.
    if (found) return 'unknown_key'
    found = key
  }
  return found ?? 'unsupported_alg'
}

/** @throws {TokenError} `unsupported_alg`: no key of whatever issuer is for this algorithm, so none is looked for. */
export function checkAlgorithm({ alg }: JwtHeader): void {
  if (!isSigningAlgorithm(alg) && !isSecretAlgorithm(alg)) throw new TokenError('unsupported_alg')
}
