import { openToken } from '../claims/open.js'
import { invalidClaim } from '../claims/rules.js'
import { checkTolerance, refuseClaims } from '../claims/times.js'
import { digest } from '../encoding/digest.js'
import { TokenError } from '../errors.js'
import { currentTime } from '../jwt/time.js'
import type { KeySource } from '../keys/key-source.js'
import { isFirstUse, type UseOnce } from '../replay/replay.js'
import { type LogoutTokenClaims, logoutProfile } from './claims.js'

/** What {@link createLogoutTokenVerifier} takes. */
export interface LogoutTokenVerifierOptions {
  readonly issuer: string
  readonly clientId: string
  /** The issuer's keys. */
  readonly keys: KeySource
  /** Remembers the tokens that were used: `memoryReplay()` in a single process, else a store that all processes share. */
  readonly replay: UseOnce
  /** Accepts the type `logout+jwt` only. Issuers that are older than it send `JWT`, or no type. @default false */
  readonly strictType?: boolean | undefined
  /** Seconds by which the issuer's clock may differ, 0 to 60. @default 30 */
  readonly clockTolerance?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** Verifies logout tokens at a client. */
export interface LogoutTokenVerifier {
  /**
   * Verifies a logout token and uses it up, as the last step. OpenID Connect Back-Channel Logout §2.6.
   * NOT checked: whether there is such a session.
   * @throws {TokenError} `revoked` when it was used before, `temporarily_unavailable` (503)
   */
  verify(jwt: string): Promise<LogoutTokenClaims>
}

/**
 * Creates a client's verifier of logout tokens.
 * @throws {TypeError} for an empty issuer or client id, or a tolerance out of its range
 */
export function createLogoutTokenVerifier(options: LogoutTokenVerifierOptions): LogoutTokenVerifier {
  const { issuer, clientId, keys, replay, strictType = false, clockTolerance = 30, now = currentTime } = options
  if (!issuer || !clientId) throw new TypeError('createLogoutTokenVerifier needs the issuer and the client id.')
  checkTolerance(clockTolerance)
  const profile = logoutProfile(strictType)
  return Object.freeze({
    async verify(jwt: string) {
      const parsed = await openToken(jwt, profile, ({ iss }) => (iss === issuer ? keys : undefined))
      // The profile's rules have looked at each of them.
      const claims = parsed.claims as unknown as LogoutTokenClaims
      const refusal = refuseClaims(claims, { audience: clientId, now: now(), clockTolerance })
      if (refusal) throw new TokenError(refusal)
      if (claims.sub === undefined && claims.sid === undefined) throw invalidClaim('sub or sid')
      const key = `logout:${await digest(JSON.stringify([issuer, clientId, claims.jti]))}`
      if (!(await isFirstUse(replay, key, Math.ceil(claims.exp + clockTolerance), now())))
        throw new TokenError('revoked', { message: 'The logout token was used before.' })
      return claims
    },
  })
}
