import { isSigningAlgorithm } from '../engine/algorithms.js'
import { TokenError } from '../errors.js'
import type { JwtHeader } from '../jwt/parse.js'
import { type PublicJwk, readJwk } from './jwk.js'
import { importVerificationKey, type VerificationKey } from './verification-key.js'

/** A JWK set. RFC 7517 §5. */
export interface JwkSet {
  readonly keys: readonly PublicJwk[]
}

/** The imported keys of one issuer at one moment, by their id. A Map, because an id comes from a token. */
export interface KeySet {
  readonly byId: ReadonlyMap<string, readonly VerificationKey[]>
  readonly all: readonly VerificationKey[]
}

/** More keys than any issuer publishes. */
const MAX_KEYS = 100

/**
 * Imports the keys of a set that can verify tokens. RFC 7517 §5: the others are ignored, be it for their type, their
 * size or their use. Symmetric and private keys are never used.
 */
export async function importKeySet(keys: readonly unknown[]): Promise<KeySet> {
  const imported = await Promise.all(keys.slice(0, MAX_KEYS).map(importOrIgnore))
  const all = imported.filter((key) => key !== undefined)
  const byId = new Map<string, VerificationKey[]>()
  for (const key of all) {
    if (key.kid === undefined) continue
    byId.set(key.kid, [...(byId.get(key.kid) ?? []), key])
  }
  return { all, byId }
}

async function importOrIgnore(jwk: unknown): Promise<VerificationKey | undefined> {
  const facts = readJwk(jwk, 'verify')
  if ('refusal' in facts) return undefined
  // readJwk has looked at each member.
  return importVerificationKey(jwk as PublicJwk, facts).catch(() => undefined)
}

/** Finds the one key that fits a token's header, or says why there is none. Pure. */
export function selectKey(set: KeySet, { alg, kid }: JwtHeader): VerificationKey | 'unknown_key' | 'unsupported_alg' {
  const candidates = kid === undefined ? set.all : (set.byId.get(kid) ?? [])
  if (candidates.length === 0) return 'unknown_key'
  // RFC 8725 §3.1: the key says which algorithm it is for; a header that says otherwise is refused.
  const fitting = candidates.filter((key) => key.alg === alg)
  if (fitting.length === 0) return 'unsupported_alg'
  const [key, ...others] = fitting
  // Which of several keys was meant is not guessed.
  return key && others.length === 0 ? key : 'unknown_key'
}

/** @throws {TokenError} `unsupported_alg`: no key of whatever issuer is for this algorithm, so none is looked for. */
export function checkAlgorithm({ alg }: JwtHeader): void {
  if (!isSigningAlgorithm(alg)) throw new TokenError('unsupported_alg')
}
