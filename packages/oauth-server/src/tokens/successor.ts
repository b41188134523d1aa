import { decodeBase64url, digest, encodeBase64url, randomSalt, randomToken } from '@scopewise/token-core/encoding'
import type { Secrets } from '../crypto/secrets.js'
import type { SuccessorDerivation } from '../storage/store.js'

const SALT_BYTES = 32
/** Bytes of a refresh token: a random one, or an HMAC-SHA-256 of its parent. */
const TOKEN_BYTES = 32
const LABEL = new TextEncoder().encode('rt-successor')

/** A fresh refresh token and what the store may know of it. */
export async function createRefreshToken(): Promise<{ readonly token: string; readonly hash: string }> {
  const token = randomToken(TOKEN_BYTES)
  return { token, hash: await digest(token) }
}

/** What the winning rotation stores so that its successor can be computed again. */
export function createDerivation(secrets: Secrets): SuccessorDerivation {
  return { salt: randomSalt(), kid: secrets.kid }
}

/**
 * The one successor of a refresh token: HMAC(key[kid], label || salt || parent), every part of a fixed length. It can't be
 * computed without the key, the row and the parent together, so neither a dump nor a logged token yields it.
 */
export async function deriveSuccessor(
  secrets: Secrets,
  parent: string,
  { salt, kid }: SuccessorDerivation,
): Promise<string | undefined> {
  const saltBytes = decodeBase64url(salt)
  const parentBytes = decodeBase64url(parent)
  if (saltBytes.length !== SALT_BYTES || parentBytes.length !== TOKEN_BYTES) return undefined
  const message = new Uint8Array(LABEL.length + SALT_BYTES + TOKEN_BYTES)
  message.set(LABEL)
  message.set(saltBytes, LABEL.length)
  message.set(parentBytes, LABEL.length + SALT_BYTES)
  const mac = await secrets.mac('rt-successor', message, kid)
  return mac && encodeBase64url(mac)
}
