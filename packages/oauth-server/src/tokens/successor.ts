import { digest, encodeBase64url, randomSalt, randomToken } from '@scopewise/token-core/encoding'
import type { Secrets } from '../crypto/secrets.js'
import type { SuccessorDerivation } from '../storage/store.js'

/** Characters of 32 bytes in base64url: a salt, a random refresh token, the HMAC-SHA-256 of its parent. */
const LENGTH = 43
const encoder = new TextEncoder()

/** A fresh refresh token and what the store may know of it. */
export async function createRefreshToken(): Promise<{ readonly token: string; readonly hash: string }> {
  const token = randomToken()
  return { token, hash: await digest(token) }
}

/** What the winning rotation stores so that its successor can be computed again. */
export function createDerivation(secrets: Secrets): SuccessorDerivation {
  return { salt: randomSalt(), kid: secrets.kid }
}

/**
 * The one successor of a refresh token: HMAC(key[kid], label || salt || parent), every part of a fixed length. It can't be
 * computed without the key, the row and the parent together, so neither a dump nor a logged token yields it. Undefined for
 * parts of another length, and where the key is no longer configured.
 */
export async function deriveSuccessor(
  secrets: Secrets,
  parent: string,
  { salt, kid }: SuccessorDerivation,
): Promise<string | undefined> {
  if (salt.length !== LENGTH || parent.length !== LENGTH) return undefined
  const mac = await secrets.mac('rt-successor', encoder.encode(`rt-successor${salt}${parent}`), kid)
  return mac && encodeBase64url(mac)
}
