import type { Bytes } from '../engine/engine.js'
import { takeTurn } from '../engine/turn.js'
import { isTokenError, TokenError } from '../errors.js'
import type { Awaitable } from '../jwt/awaitable.js'
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
  const key = await waiting.findKey(keys, header)
  if (!(await waiting.isSigned(key, signed, signature))) throw new TokenError('bad_signature')
}

/** How a caller gets at keys and signatures: waiting for them, or not at all. */
export interface KeyAccess {
  /** @throws {TokenError} `unsupported_alg`, `unknown_key`, `keys_unavailable` */
  readonly findKey: (keys: KeySource, header: JwtHeader) => Awaitable<VerificationKey>
  readonly isSigned: (key: VerificationKey, data: Bytes, signature: Bytes) => Awaitable<boolean>
}

/** For callers that can wait. It answers at once all the same where it can. */
export const waiting: KeyAccess = {
  findKey(keys, header) {
    try {
      const key = keys.findSync?.(header) ?? keys.find(header)
      return key instanceof Promise ? key.catch(unavailable) : key
    } catch (cause) {
      return unavailable(cause)
    }
  },
  isSigned(key, data, signature) {
    const turn = key.verifySync && takeTurn()
    return turn ? turn.then(() => isSigned(key, data, signature)) : isSigned(key, data, signature)
  },
}

/** Bytes that are no signature at all make some engines throw. */
function isSigned(key: VerificationKey, data: Bytes, signature: Bytes): Awaitable<boolean> {
  try {
    const answer = key.verify(data, signature)
    return answer instanceof Promise ? answer.catch(() => false) : answer
  } catch {
    return false
  }
}

/** For callers that can't wait: what is not at hand is not available. */
export const inline: KeyAccess = {
  findKey(keys, header) {
    try {
      const key = keys.findSync?.(header)
      if (key) return key
      // Loaded in the background, for the tokens to come. Who waits for them is told if it fails.
      keys.warm?.().catch(() => undefined)
    } catch (cause) {
      return unavailable(cause)
    }
    throw new TokenError('keys_unavailable', { message: 'The keys of the issuer have not been loaded yet.' })
  },
  isSigned(key, data, signature) {
    try {
      return key.verifySync?.(data, signature) ?? false
    } catch {
      return false
    }
  },
}

/** A source that fails says nothing about the token. */
function unavailable(cause: unknown): never {
  throw isTokenError(cause) ? cause : new TokenError('keys_unavailable', { cause })
}
