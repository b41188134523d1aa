import { openToken } from '../claims/open.js'
import { checkTolerance, refuseTimes } from '../claims/times.js'
import { digest } from '../encoding/digest.js'
import { TokenError } from '../errors.js'
import { currentTime } from '../jwt/time.js'
import type { KeySource } from '../keys/key-source.js'
import { isFirstUse, type UseOnce } from '../replay/replay.js'
import { type ClientAssertionClaims, PROFILE } from './claims.js'

type Awaitable<T> = T | Promise<T>

/** What {@link createClientAssertionVerifier} takes. */
export interface ClientAssertionVerifierOptions {
  /** This authorization server's issuer identifier. An assertion for its token endpoint is refused. */
  readonly issuer: string
  /** The registered keys of a client; undefined for a client that is not known or authenticates in another way. */
  readonly keys: (clientId: string) => Awaitable<KeySource | undefined>
  /** Remembers the assertions that were used: `memoryReplay()` in a single process, else a store that all processes share. */
  readonly replay: UseOnce
  /** Seconds that an assertion may have left to live. @default 3600 */
  readonly maxLifetime?: number | undefined
  /** Seconds by which a client's clock may differ, 0 to 60. @default 30 */
  readonly clockTolerance?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** An assertion that is good. */
export interface ClientAssertion {
  readonly clientId: string
  readonly claims: ClientAssertionClaims
}

/** An assertion that is good if it was not used before. */
export interface CheckedClientAssertion extends ClientAssertion {
  /** Uses it up. @throws {TokenError} `revoked` when it was used before, `temporarily_unavailable` (503) */
  redeem(): Promise<void>
}

/** Verifies client assertions. */
export interface ClientAssertionVerifier {
  /**
   * Verifies an assertion and uses it up, as the last step. RFC 7523 §3.
   * @param clientId the `client_id` of the request, where there is one
   * @throws {TokenError}
   */
  verify(jwt: string, clientId?: string | undefined): Promise<ClientAssertion>
  /** As `verify`, and leaves it to you to use the assertion up, after everything else has been checked. */
  check(jwt: string, clientId?: string | undefined): Promise<CheckedClientAssertion>
}

/**
 * Creates the authorization server's side of `private_key_jwt`.
 * @throws {TypeError} for an empty issuer, or a number out of its range
 */
export function createClientAssertionVerifier(options: ClientAssertionVerifierOptions): ClientAssertionVerifier {
  const { issuer, replay, maxLifetime = 3600, clockTolerance = 30, now = currentTime } = options
  if (!issuer) throw new TypeError('createClientAssertionVerifier needs the issuer: what assertions must be for.')
  if (!(maxLifetime > 0))
    throw new TypeError('createClientAssertionVerifier needs maxLifetime in seconds, more than 0.')
  checkTolerance(clockTolerance)

  async function check(jwt: string, clientId?: string | undefined): Promise<CheckedClientAssertion> {
    const parsed = await openToken(jwt, PROFILE, ({ sub }) => options.keys(String(sub)))
    // The profile's rules have looked at each of them.
    const claims = parsed.claims as unknown as ClientAssertionClaims
    const refusal = refuseAssertion(claims, { issuer, clientId, maxLifetime, clockTolerance, now: now() })
    if (refusal) throw new TokenError(refusal)
    return Object.freeze({ clientId: claims.sub, claims, redeem: () => redeem(claims) })
  }

  async function redeem({ sub, jti, exp }: ClientAssertionClaims): Promise<void> {
    const key = `assertion:${await digest(JSON.stringify([sub, jti]))}`
    if (!(await isFirstUse(replay, key, Math.ceil(exp + clockTolerance), now())))
      throw new TokenError('revoked', { message: 'The client assertion was used before.' })
  }

  return Object.freeze({
    check,
    async verify(jwt: string, clientId?: string | undefined) {
      const { redeem, ...assertion } = await check(jwt, clientId)
      await redeem()
      return assertion
    },
  })
}

interface Expected {
  readonly issuer: string
  readonly clientId: string | undefined
  readonly maxLifetime: number
  readonly clockTolerance: number
  readonly now: number
}

type Refusal = 'wrong_issuer' | 'wrong_audience' | 'expired' | 'not_yet_valid' | 'invalid_claims'

/** Why the claims of an assertion are refused, or undefined. Pure. RFC 7523 §3, RFC 7523bis §4. */
function refuseAssertion(claims: ClientAssertionClaims, expected: Expected): Refusal | undefined {
  const { issuer, clientId, maxLifetime, clockTolerance, now } = expected
  if (claims.iss !== claims.sub || (clientId !== undefined && claims.sub !== clientId)) return 'wrong_issuer'
  if (claims.aud !== issuer) return 'wrong_audience'
  const { exp, nbf, iat = 0 } = claims
  const refusal = refuseTimes({ exp, iat, ...(nbf !== undefined && { nbf }) }, now, clockTolerance)
  if (refusal) return refusal
  return exp > now + maxLifetime + clockTolerance ? 'invalid_claims' : undefined
}
