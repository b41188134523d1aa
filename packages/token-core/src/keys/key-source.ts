import { TokenError } from '../errors.js'
import type { JwtHeader, ParsedJwt } from '../jwt/parse.js'
import { checkAlgorithm } from './key-set.js'
import type { VerificationKey } from './verification-key.js'

/** Where a verifier finds the keys of one issuer: see `localKeys` and `remoteKeys`. */
export interface KeySource {
  readonly '~scopewise': 'keys'
  /**
   * The one key that fits a token's header.
   * @throws {TokenError} `unknown_key`, `unsupported_alg`, or `keys_unavailable`
   */
  find(header: JwtHeader): VerificationKey | Promise<VerificationKey>
}

/** Recognises a key source, also one made by another copy of this package. */
export function isKeySource(value: unknown): value is KeySource {
  return typeof value === 'object' && value !== null && '~scopewise' in value && value['~scopewise'] === 'keys'
}

/**
 * Verifies the signature of a parsed token with the issuer's keys.
 * @throws {TokenError} `unsupported_alg`, `unknown_key`, `bad_signature`, `keys_unavailable`
 */
export async function verifySignature({ header, signed, signature }: ParsedJwt, keys: KeySource): Promise<void> {
  checkAlgorithm(header)
  const key = await keys.find(header)
  const valid = await Promise.resolve(key.verify(signed, signature)).catch(() => false)
  if (!valid) throw new TokenError('bad_signature')
}
