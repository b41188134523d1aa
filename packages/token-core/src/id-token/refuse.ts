import type { IdTokenClaims } from './claims.js'

/** What the client that asked for an ID token expects of it. */
export interface ExpectedIdToken {
  readonly issuer: string
  readonly clientId: string
  /** Sent in the authorization request; absent when none was sent. */
  readonly nonce?: string | undefined
  /** Seconds since the sign-in, as asked for with `max_age`. */
  readonly maxAge?: number | undefined
  /** The acr values that will do. */
  readonly acrValues?: readonly string[] | undefined
  /** The subject that is already known, on refresh or when the same person must sign in again. */
  readonly subject?: string | undefined
  /** The `auth_time` of the first ID token, on refresh. OIDC Core §12.2. */
  readonly authTime?: number | undefined
  /** Seconds by which the issuer's clock may differ. @default 10 */
  readonly clockTolerance?: number | undefined
}

/** Why an ID token is refused. */
export type IdTokenRefusal =
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'wrong_authorized_party'
  | 'expired'
  | 'not_yet_valid'
  | 'wrong_nonce'
  | 'wrong_subject'
  | 'wrong_auth_time'
  | 'authentication_too_old'
  | 'wrong_acr'

/**
 * Why the claims of an ID token are not what its client expects, or undefined. OIDC Core §3.1.3.7. Pure.
 * NOT checked: the signature, and `at_hash` (see `accessTokenHash`).
 * @param now epoch seconds
 */
export function refuseIdToken(
  claims: IdTokenClaims,
  expected: ExpectedIdToken,
  now: number,
): IdTokenRefusal | undefined {
  if (claims.iss !== expected.issuer) return 'wrong_issuer'
  return refuseAudience(claims, expected) ?? refuseTimes(claims, expected, now) ?? refuseSession(claims, expected)
}

function refuseAudience(claims: IdTokenClaims, { clientId }: ExpectedIdToken): IdTokenRefusal | undefined {
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  if (!audiences.includes(clientId)) return 'wrong_audience'
  // Several audiences: the one it was issued to must be named, and that is us.
  if (audiences.length > 1 && claims.azp === undefined) return 'wrong_authorized_party'
  if (claims.azp !== undefined && claims.azp !== clientId) return 'wrong_authorized_party'
  return undefined
}

function refuseTimes(claims: IdTokenClaims, expected: ExpectedIdToken, now: number): IdTokenRefusal | undefined {
  const { maxAge, clockTolerance = 10 } = expected
  if (now >= claims.exp + clockTolerance) return 'expired'
  if (claims.iat > now + clockTolerance) return 'not_yet_valid'
  if (maxAge === undefined) return undefined
  // Asked for and absent counts as not met.
  if (claims.auth_time === undefined || now > claims.auth_time + maxAge + clockTolerance)
    return 'authentication_too_old'
  return undefined
}

function refuseSession(claims: IdTokenClaims, expected: ExpectedIdToken): IdTokenRefusal | undefined {
  if (expected.nonce !== undefined && claims.nonce !== expected.nonce) return 'wrong_nonce'
  if (expected.subject !== undefined && claims.sub !== expected.subject) return 'wrong_subject'
  if (expected.authTime !== undefined && claims.auth_time !== undefined && claims.auth_time !== expected.authTime)
    return 'wrong_auth_time'
  if (expected.acrValues && !(claims.acr !== undefined && expected.acrValues.includes(claims.acr))) return 'wrong_acr'
  return undefined
}
