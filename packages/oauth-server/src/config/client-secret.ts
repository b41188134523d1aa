import { digest, randomToken } from '@scopewise/token-core/encoding'
import { invalidConfiguration } from '../errors.js'

/** Characters. A random base64url or hex string of this length has at least 128 bits. */
const MIN_SECRET = 22
/** Fewer different characters than this are not random text of that length. */
const MIN_DISTINCT = 8

/** A client secret of 256 bits. */
export function generateClientSecret(): string {
  return randomToken(32)
}

/**
 * What the configuration stores instead of the secret. SHA-256 is right for random secrets only, so others are refused.
 * @throws {OAuthError} invalid_configuration when the secret looks like less than 128 bits.
 */
export async function hashClientSecret(secret: string): Promise<string> {
  if (secret.length < MIN_SECRET || new Set(secret).size < MIN_DISTINCT) {
    throw invalidConfiguration('hashClientSecret: the secret looks guessable. Make one with generateClientSecret().')
  }
  return digestClientSecret(secret)
}

/** The stored form of a secret. */
export async function digestClientSecret(secret: string): Promise<string> {
  return `sha256:${await digest(secret)}`
}

export const SECRET_HASH = /^sha256:[A-Za-z0-9_-]{43}$/
