import { openToken, type Profile } from '../claims/open.js'
import { invalidClaim } from '../claims/rules.js'
import { refuseTimes } from '../claims/times.js'
import { TokenError } from '../errors.js'
import { currentTime } from '../jwt/time.js'
import type { KeySource } from '../keys/key-source.js'
import { type RegisteredClaims, readOwn, readRegistered } from './claims.js'

/** What {@link verifyOwnAccessToken} takes. */
export interface OwnAccessTokenOptions {
  /** The authorization server itself. */
  readonly issuer: string
  readonly keys: KeySource
  /** Epoch seconds. */
  readonly now?: number | undefined
}

const PROFILE: Profile = { types: ['at+jwt'], rules: {} }

/** Seconds by which the clocks of an authorization server's processes may differ. */
const CLOCK_TOLERANCE = 5

/**
 * Verifies an access token that is back at the authorization server that issued it, for introspection, revocation or
 * exchange: type, issuer, signature, times, registered claims. The claims are those that were signed.
 * NOT checked: the audience, the key that the token is bound to, and whether its grant was revoked. An API needs a verifier.
 * @throws {TokenError}
 */
export async function verifyOwnAccessToken(
  jwt: string,
  { issuer, keys, now = currentTime() }: OwnAccessTokenOptions,
): Promise<Readonly<RegisteredClaims & Record<string, unknown>>> {
  const { claims } = await openToken(jwt, PROFILE, ({ iss }) => (iss === issuer ? keys : undefined))
  const registered = readRegistered(claims)
  if ('invalid' in registered) throw invalidClaim(registered.invalid)
  // Its end is told by the same clocks that told its beginning, and nobody gets more than was promised.
  if (now >= registered.exp) throw new TokenError('expired')
  const refusal = refuseTimes(registered, now, CLOCK_TOLERANCE)
  if (refusal) throw new TokenError(refusal)
  return Object.freeze({ ...readOwn(claims), ...registered })
}
