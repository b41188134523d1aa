import { checkTolerance } from '../claims/times.js'
import { currentTime } from '../jwt/time.js'
import { isKeySource, type KeySource, waiting } from '../keys/key-source.js'
import { createAuthenticate, refuseBound } from './authenticate.js'
import type { TokenCache } from './cache.js'
import { refusalWith } from './challenges.js'
import { type Check, createCheck } from './check.js'
import type { AccessTokenType } from './define.js'
import { checkPresentation, type Demand, type PresentationOptions } from './demand.js'
import type { PresentedRequest } from './presented.js'
import type { AccessTokenClaims, VerifiedAccessToken } from './verified.js'

/** What {@link createVerifier} takes. */
export interface VerifierOptions<S extends string, C> extends PresentationOptions {
  readonly token: AccessTokenType<S, C>
  /** The identifier of this resource: it must be in the tokens' `aud`. */
  readonly audience: string
  /** The keys of each trusted issuer, by its exact `iss`. */
  readonly issuers: Readonly<Record<string, KeySource>>
  /** Seconds by which an issuer's clock may differ, 0 to 60. @default 5 */
  readonly clockTolerance?: number | undefined
  /**
   * Asked last, with all claims, also when the token is in the cache: refuse by `jti`, by `grant_id`, by `sub`. It must
   * answer true or false. What it throws is passed on.
   */
  readonly revoked?: ((claims: AccessTokenClaims<NoInfer<C>>) => boolean | PromiseLike<boolean>) | undefined
  /** `tokenCache()`: remembers verified tokens. The schema's output is remembered with them. @default none */
  readonly cache?: TokenCache | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** Verifies access tokens of one type for one resource. */
export interface Verifier<S extends string, C> {
  readonly token: AccessTokenType<S, C>
  readonly resourceMetadata: string | undefined
  /**
   * Verifies an access token. RFC 9068 §4: type, issuer, signature, audience, times, claims, revocation. A token that is
   * bound to a key (`cnf`) is refused: only `authenticate` sees the proof.
   * Not checked: scope (see `has`), and whether the caller may hold the token.
   * @throws {TokenError} with the status and the challenge to answer with
   */
  verify(jwt: string): Promise<VerifiedAccessToken<C, S>>
  /**
   * Verifies the token of a request, and that whoever sent it may hold it: Bearer (RFC 6750), with `dpop` also DPoP (RFC
   * 9449), with `mtls` also bound to a client certificate (RFC 8705). Only the Authorization header is read for the token.
   * A proof is used up last.
   * @throws {TokenError} also `missing_token` (401), `invalid_request` (400), `insufficient_scope` (403),
   *   `insufficient_user_authentication` (401), `wrong_binding`, `invalid_dpop_proof`, `use_dpop_nonce` (401) and
   *   `temporarily_unavailable` (503)
   */
  authenticate(request: PresentedRequest, demand?: Demand<S>): Promise<VerifiedAccessToken<C, S>>
}

/**
 * Creates the verifying side of an access token type.
 * @throws {TypeError} for an empty audience, no issuer, something else than keys, or a tolerance above 60 seconds
 */
export function createVerifier<S extends string, C>(options: VerifierOptions<S, C>): Verifier<S, C> {
  return Object.freeze(assembleVerifier(options).verifier)
}

/** What a verifier is made of. */
export interface VerifierParts<S extends string, C> {
  readonly verifier: Verifier<S, C>
  readonly check: Check<S, C>
  /** Gives a refusal its challenge. */
  readonly refuse: (error: unknown) => never
}

/** Makes a verifier, and shows what it is made of. */
export function assembleVerifier<S extends string, C>(options: VerifierOptions<S, C>): VerifierParts<S, C> {
  checkOptions(options)
  const { token, resourceMetadata, clockTolerance = DEFAULT_TOLERANCE, now = currentTime } = options
  const issuers = new Map(Object.entries(options.issuers))
  const check = createCheck({ ...options, issuers, clockTolerance, now })
  const refuse = (error: unknown): never => {
    throw refusalWith(error, { options })
  }
  // A promise from the first line on, whatever is thrown.
  const verify = async (jwt: string) => check(jwt, waiting)
  return {
    check,
    refuse,
    verifier: {
      token,
      resourceMetadata,
      async verify(jwt) {
        try {
          const checked = check(jwt, waiting)
          // Every promise on the way costs as much as looking at all claims: none where nothing is waited for.
          return refuseBound(checked instanceof Promise ? await checked : checked)
        } catch (error) {
          return refuse(error)
        }
      },
      authenticate: createAuthenticate({ ...options, verify, now, clockTolerance }),
    },
  }
}

const DEFAULT_TOLERANCE = 5

function checkOptions<S extends string, C>(options: VerifierOptions<S, C>): void {
  const { audience, issuers, clockTolerance = DEFAULT_TOLERANCE } = options
  if (typeof audience !== 'string' || audience === '')
    throw new TypeError('createVerifier needs an audience: the identifier of this resource.')
  const sources = Object.entries(issuers)
  if (sources.length === 0) throw new TypeError('createVerifier needs at least one issuer with its keys.')
  for (const [issuer, keys] of sources)
    if (issuer === '' || !isKeySource(keys))
      throw new TypeError(`createVerifier needs keys for the issuer "${issuer}": see localKeys and remoteKeys.`)
  checkTolerance(clockTolerance)
  checkPresentation(options)
}
