import { TokenError } from '../errors.js'
import { parseJwt } from '../jwt/parse.js'
import { currentTime } from '../jwt/time.js'
import { isKeySource, type KeySource, verifySignature } from '../keys/key-source.js'
import { createAuthenticate, rethrow, type ScopeDemand } from './authenticate.js'
import { findInvalidClaim, refuseClaims, splitClaims } from './claims.js'
import type { AccessTokenType } from './define.js'
import type { PresentedRequest } from './presented.js'
import { checkOwnClaims } from './schema.js'
import { type AccessTokenClaims, createVerified, type VerifiedAccessToken } from './verified.js'

type Awaitable<T> = T | Promise<T>

/** What {@link createVerifier} takes. */
export interface VerifierOptions<S extends string, C> {
  readonly token: AccessTokenType<S, C>
  /** The identifier of this resource: it must be in the tokens' `aud`. */
  readonly audience: string
  /** The keys of each trusted issuer, by its exact `iss`. */
  readonly issuers: Readonly<Record<string, KeySource>>
  /** URL of this resource's RFC 9728 metadata. It goes into every challenge. */
  readonly resourceMetadata?: string | undefined
  /** Seconds by which an issuer's clock may differ, 0 to 60. @default 5 */
  readonly clockTolerance?: number | undefined
  /** Asked last, with all claims: refuse by `jti`, by `grant_id`, by `sub`. What it throws is passed on. */
  readonly revoked?: ((claims: AccessTokenClaims<NoInfer<C>>) => Awaitable<boolean>) | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** Verifies access tokens of one type for one resource. */
export interface Verifier<S extends string, C> {
  readonly token: AccessTokenType<S, C>
  readonly resourceMetadata: string | undefined
  /**
   * Verifies an access token. RFC 9068 §4: type, issuer, signature, audience, times, claims, revocation.
   * Not checked: scope (see `has`), and whether the caller may hold the token.
   * @throws {TokenError} with the status and the challenge to answer with
   */
  verify(jwt: string): Promise<VerifiedAccessToken<C, S>>
  /**
   * Verifies the Bearer token of a request. RFC 6750 §2.1: only the Authorization header is read.
   * @throws {TokenError} also `missing_token` (401), `invalid_request` (400) and `insufficient_scope` (403)
   */
  authenticate(request: PresentedRequest, demand?: ScopeDemand<S>): Promise<VerifiedAccessToken<C, S>>
}

/**
 * Creates the verifying side of an access token type.
 * @throws {TypeError} for an empty audience, no issuer, something else than keys, or a tolerance above 60 seconds
 */
export function createVerifier<S extends string, C>(options: VerifierOptions<S, C>): Verifier<S, C> {
  checkOptions(options)
  const { token, resourceMetadata } = options
  // A Map, because the name looked up comes from a token.
  const issuers = new Map(Object.entries(options.issuers))
  const verify = (jwt: string) => verifyAccessToken(jwt, options, issuers)
  return Object.freeze({
    token,
    resourceMetadata,
    verify: (jwt: string) => verify(jwt).catch((error: unknown) => rethrow(error, { resourceMetadata })),
    authenticate: createAuthenticate({ verify, resourceMetadata }),
  })
}

async function verifyAccessToken<S extends string, C>(
  jwt: string,
  options: VerifierOptions<S, C>,
  issuers: ReadonlyMap<string, KeySource>,
): Promise<VerifiedAccessToken<C, S>> {
  const { token, audience, clockTolerance = DEFAULT_TOLERANCE, revoked, now = currentTime } = options
  const parsed = parseJwt(jwt)
  // RFC 9068 §4: an ID token, a logout token or an assertion must not pass for an access token.
  if (!isAccessTokenType(parsed.header.typ)) throw new TokenError('wrong_type')
  const { iss } = parsed.claims
  const keys = typeof iss === 'string' ? issuers.get(iss) : undefined
  if (!keys) throw new TokenError('wrong_issuer')
  await verifySignature(parsed, keys)

  const invalid = findInvalidClaim(parsed.claims)
  if (invalid) throw new TokenError('invalid_claims', { message: `The claim ${invalid} is missing or not valid.` })
  const { registered, own } = splitClaims(parsed.claims)
  const refusal = refuseClaims(registered, { audience, now: now(), clockTolerance })
  if (refusal) throw new TokenError(refusal)
  const checked = await checkOwnClaims(token, own)
  if ('paths' in checked) throw new TokenError('invalid_claims', { cause: checked.cause })

  const verified = createVerified(token, registered, checked.claims)
  if (await revoked?.(verified.claims)) throw new TokenError('revoked')
  return verified
}

/** `at+jwt` and `application/at+jwt`, in any case. RFC 9068 §4, RFC 7515 §4.1.9. */
function isAccessTokenType(typ: string | undefined): boolean {
  return typ !== undefined && /^(?:application\/)?at\+jwt$/i.test(typ)
}

const DEFAULT_TOLERANCE = 5
const MAX_TOLERANCE = 60

function checkOptions<S extends string, C>(options: VerifierOptions<S, C>): void {
  const { audience, issuers, clockTolerance = DEFAULT_TOLERANCE, resourceMetadata } = options
  if (typeof audience !== 'string' || audience === '')
    throw new TypeError('createVerifier needs an audience: the identifier of this resource.')
  const sources = Object.entries(issuers)
  if (sources.length === 0) throw new TypeError('createVerifier needs at least one issuer with its keys.')
  for (const [issuer, keys] of sources)
    if (issuer === '' || !isKeySource(keys))
      throw new TypeError(`createVerifier needs keys for the issuer "${issuer}": see localKeys and remoteKeys.`)
  if (!(clockTolerance >= 0 && clockTolerance <= MAX_TOLERANCE))
    throw new TypeError(`clockTolerance is a number of seconds from 0 to ${MAX_TOLERANCE}.`)
  if (resourceMetadata !== undefined && !URL.canParse(resourceMetadata))
    throw new TypeError('resourceMetadata is an absolute URL.')
}
