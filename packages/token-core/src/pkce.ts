/**
 * Proof Key for Code Exchange, method S256 only.
 * @see https://www.rfc-editor.org/rfc/rfc7636
 */
import { randomToken, sha256 } from './encoding/random.js'

/** Makes a code verifier of 256 bits. RFC 7636 §4.1. */
export function createCodeVerifier(): string {
  return randomToken(32)
}

/** Derives the S256 code challenge. RFC 7636 §4.2. Does not check the verifier: see {@link isCodeVerifier}. */
export function deriveCodeChallenge(verifier: string): Promise<string> {
  return sha256(verifier)
}

/** Whether the value follows the grammar of a code verifier: 43 to 128 unreserved characters. RFC 7636 §4.1. */
export function isCodeVerifier(value: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(value)
}

/** Whether the value can be an S256 code challenge: 32 bytes in canonical base64url. RFC 7636 §4.2. */
export function isCodeChallenge(value: string): boolean {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value)
}
