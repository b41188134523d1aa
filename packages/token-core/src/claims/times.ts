/** The claims that say when a token is valid. Epoch seconds. RFC 7519 §4.1. */
interface DatedClaims {
  readonly exp: number
  readonly iat: number
  readonly nbf?: number
}

/** What a verifier holds the claims against. Instants are epoch seconds. */
export interface ExpectedClaims {
  readonly audience: string
  readonly now: number
  /** Seconds. */
  readonly clockTolerance: number
}

/** Why well-formed claims are refused, or undefined. Pure. RFC 9068 §4. */
export function refuseClaims(
  claims: DatedClaims & { readonly aud: string | readonly string[] },
  { audience, now, clockTolerance }: ExpectedClaims,
): 'wrong_audience' | 'expired' | 'not_yet_valid' | undefined {
  const { aud } = claims
  if (aud !== audience && (typeof aud === 'string' || !aud.includes(audience))) return 'wrong_audience'
  return refuseTimes(claims, now, clockTolerance)
}

/** Why claims are refused at this moment, or undefined. Pure. */
export function refuseTimes(
  { exp, iat, nbf }: DatedClaims,
  now: number,
  clockTolerance: number,
): 'expired' | 'not_yet_valid' | undefined {
  // RFC 7519 §4.1.4: on or after exp it must not be accepted.
  if (now >= exp + clockTolerance) return 'expired'
  if (iat > now + clockTolerance || (nbf !== undefined && nbf > now + clockTolerance)) return 'not_yet_valid'
  return undefined
}

/** Two clocks that differ by more than this are not merely out of step. Seconds. */
const MAX_TOLERANCE = 60

/** @throws {TypeError} unless it is a number of seconds from 0 to 60 */
export function checkTolerance(clockTolerance: number): void {
  if (!(clockTolerance >= 0 && clockTolerance <= MAX_TOLERANCE))
    throw new TypeError(`clockTolerance is a number of seconds from 0 to ${MAX_TOLERANCE}.`)
}
