import { isTokenError, TokenError } from '../errors.js'
import type { JwtHeader, ParsedJwt } from '../jwt/parse.js'
import { checkAlgorithm } from './key-set.js'
import type { VerificationKey } from './verification-key.js'

/** Where a verifier finds the keys of one issuer: see `localKeys`, `remoteKeys` and `createKeyRing`. */
export interface KeySource {
  readonly '~scopewise': 'keys'
  /**
   * The one key that fits a token's header.
   * @throws {TokenError} `unknown_key`, `unsupported_alg`, or `keys_unavailable`
   */
  find(header: JwtHeader): VerificationKey | Promise<VerificationKey>
  /**
   * The same, told without waiting; undefined when only `find` can tell. A key gives the same object for as long as it
   * is in the set unchanged, so a cache of verified tokens asks on each hit whether it is still answered the object that
   * verified the token. Costs a look into a map, however many keys there are.
   * @throws {TokenError} `unknown_key`, `unsupported_alg`, or `keys_unavailable`
   */
  readonly findSync?: ((header: JwtHeader) => VerificationKey | undefined) | undefined
  /**
   * Loads the keys, if they are not there, so that `findSync` can answer.
   * @throws {TokenError} `keys_unavailable`
   */
  readonly warm?: (() => Promise<void>) | undefined
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
  const key = await findKey(keys, header)
  if (!(await isSigned(key, signed, signature))) throw new TokenError('bad_signature')
}

/** A source that fails says nothing about the token. */
async function findKey(keys: KeySource, header: JwtHeader): Promise<VerificationKey> {
  try {
    return await keys.find(header)
  } catch (cause) {
    throw isTokenError(cause) ? cause : new TokenError('keys_unavailable', { cause })
  }
}

/** Bytes that are no signature at all make some engines throw. */
async function isSigned(
  key: VerificationKey,
  ...[data, signature]: Parameters<VerificationKey['verify']>
): Promise<boolean> {
  try {
    return await key.verify(data, signature)
  } catch {
    return false
  }
}
