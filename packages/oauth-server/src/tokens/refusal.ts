import type { FoundCode, FoundRefreshToken, Holder } from '../storage/store.js'
import type { Seconds } from '../time.js'

/** Why a code may not be exchanged. `replayed`: everything fits, but it was redeemed before. */
export type CodeRefusal =
  | 'unknown'
  | 'wrong_client'
  | 'redirect_uri'
  | 'pkce'
  | 'wrong_key'
  | 'replayed'
  | 'expired'
  | 'revoked'

export interface PresentedCode {
  readonly redirectUri: string | undefined
  /** Derived from the presented verifier; undefined without one, which fits no code. RFC 7636 §4.6 */
  readonly codeChallenge: string | undefined
  /** The key whose proof came along. RFC 9449 §10 */
  readonly jkt: string | undefined
}

/** Seconds by which a code may seem to come from the future, when the clocks of two processes differ. */
const CLOCK_TOLERANCE: Seconds = 60

/** Decides, from values alone, why a code may not be exchanged. OAuth 2.1 §4.1.3. */
export function refuseCode(
  found: FoundCode | undefined,
  clientId: string,
  presented: PresentedCode,
  now: Seconds,
): CodeRefusal | undefined {
  if (!found) return 'unknown'
  const { code, grant } = found
  if (grant.clientId !== clientId) return 'wrong_client'
  if (presented.redirectUri !== undefined && presented.redirectUri !== code.redirectUri) return 'redirect_uri'
  if (presented.codeChallenge !== code.codeChallenge) return 'pkce'
  if (code.jkt !== undefined && presented.jkt !== code.jkt) return 'wrong_key'
  // Before expiry: a valid replay is recognised however late it comes.
  if (code.redeemedAt !== undefined) return 'replayed'
  // After a clock went back nobody knows how old it is: what lives for seconds is not given hours.
  if (code.expiresAt <= now || grant.createdAt > now + CLOCK_TOLERANCE) return 'expired'
  return grant.revokedAt === undefined ? undefined : 'revoked'
}

/** Why a refresh token gives no new one. `retry`: the same successor is due again. `reused`: the grant has to go. */
export type RefreshRefusal = 'unknown' | 'wrong_client' | 'wrong_key' | 'revoked' | 'expired' | 'retry' | 'reused'

/** Decides what a presented refresh token means. RFC 9700 §4.14.2. */
export function refuseRefresh(
  found: FoundRefreshToken | undefined,
  { clientId, jkt }: Holder,
  now: Seconds,
): RefreshRefusal | undefined {
  if (!found) return 'unknown'
  const { token, grant } = found
  // Before anything else: another client, or a thief without the key, learns nothing and changes nothing. RFC 9449 §5
  if (grant.clientId !== clientId) return 'wrong_client'
  if (token.jkt !== undefined && token.jkt !== jkt) return 'wrong_key'
  if (grant.revokedAt !== undefined) return 'revoked'
  if (token.rotation) {
    const { successorUsed, retryUntil, derivation } = token.rotation
    if (successorUsed || now >= retryUntil || !derivation) return 'reused'
    return token.rotation.jkt === jkt ? 'retry' : 'wrong_key'
  }
  return Math.min(token.expiresAt, grant.refreshUntil) <= now ? 'expired' : undefined
}
