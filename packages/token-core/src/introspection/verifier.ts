import { createAccept, heed } from '../access-token/accept.js'
import { createAuthenticate, refuseBound } from '../access-token/authenticate.js'
import { refusalWith } from '../access-token/challenges.js'
import type { AccessTokenType } from '../access-token/define.js'
import { checkPresentation, type Demand, type PresentationOptions } from '../access-token/demand.js'
import type { PresentedRequest } from '../access-token/presented.js'
import type { AccessTokenClaims } from '../access-token/verified.js'
import type { Verifier } from '../access-token/verify.js'
import { checkTolerance } from '../claims/times.js'
import { digest } from '../encoding/digest.js'
import { TokenError } from '../errors.js'
import { MAX_TOKEN_LENGTH } from '../jwt/parse.js'
import { currentTime } from '../jwt/time.js'
import { refuseUrl } from '../jwt/url.js'
import { type AnswerCacheOptions, createAnswers } from './answers.js'
import { askEndpoint, type IntrospectionRequest, type SignedAnswers } from './ask.js'

/** What {@link createIntrospectionVerifier} takes. */
export interface IntrospectionVerifierOptions<S extends string, C> extends PresentationOptions {
  readonly token: AccessTokenType<S, C>
  /** The identifier of this resource: it must be in the tokens' `aud`. */
  readonly audience: string
  /** The authorization server: an answer that names another `iss` is refused. */
  readonly issuer: string
  /** Its `introspection_endpoint`: https (http on a loopback address). */
  readonly endpoint: string
  /** Says who asks: sets a header, or members of the body. RFC 7662 §2.1 */
  readonly authenticate: (request: IntrospectionRequest) => void | Promise<void>
  /** Verifies tokens that are JWTs; without it they are asked about as well. It has options and a clock of its own. */
  readonly jwt?: Verifier<S, C> | undefined
  /** Demands answers that are signed. RFC 9701. */
  readonly signed?: SignedAnswers | undefined
  readonly cache?: AnswerCacheOptions | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Seconds for one answer. @default 5 */
  readonly timeout?: number | undefined
  /** Seconds by which the issuer's clock may differ, 0 to 60. @default 5 */
  readonly clockTolerance?: number | undefined
  /** Asked last, with all claims, also when the answer is remembered. What it throws is passed on. */
  readonly revoked?: ((claims: AccessTokenClaims<NoInfer<C>>) => boolean | PromiseLike<boolean>) | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/**
 * Creates a verifier that asks the authorization server about each token. RFC 7662. It gives the same result as one that
 * verifies signatures, so the answer must have the claims of RFC 9068 §2.2; `iss` is the configured one where it is
 * absent, and `jti` a digest of the token.
 * @throws {TypeError} for an endpoint that is not https, an empty audience or issuer, or a number out of its range
 */
export function createIntrospectionVerifier<S extends string, C>(
  options: IntrospectionVerifierOptions<S, C>,
): Verifier<S, C> {
  checkOptions(options)
  const { token, audience, issuer, jwt, revoked, clockTolerance = 5, now = currentTime } = options
  const { fetch = globalThis.fetch, timeout = 5, signed, endpoint, authenticate: identify } = options
  const ask = (value: string) =>
    askEndpoint(value, { endpoint, issuer, authenticate: identify, signed, fetch, timeout })
  const answerOf = createAnswers(ask, options.cache ?? {}, now)
  const accept = createAccept({ token, audience, clockTolerance, now })

  async function verify(value: string) {
    if (value.length > MAX_TOKEN_LENGTH) throw new TokenError('malformed')
    const answer = await answerOf(value)
    if (!answer) throw new TokenError('inactive', { message: 'The token is not active.' })
    const claims: Record<string, unknown> = { iss: issuer, jti: await digest(value), ...answer }
    if (claims['iss'] !== issuer) throw new TokenError('wrong_issuer')
    const verified = await accept(claims)
    return revoked ? heed(await revoked(verified.claims), verified) : verified
  }

  const authenticate = createAuthenticate({ ...options, verify, now, clockTolerance })
  return Object.freeze({
    token,
    resourceMetadata: options.resourceMetadata,
    async verify(value: string) {
      if (jwt && isJwt(value)) return jwt.verify(value)
      try {
        return refuseBound(await verify(value))
      } catch (error) {
        throw refusalWith(error, { options })
      }
    },
    authenticate(request: PresentedRequest, demand?: Demand<S>) {
      const value =
        request.headers
          .get('authorization')
          ?.trim()
          .replace(/^\S+ +/, '') ?? ''
      return (jwt && isJwt(value) ? jwt.authenticate : authenticate)(request, demand)
    },
  })
}

/** Three parts, the first of which begins as a JSON object in base64url does. */
function isJwt(value: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(value)
}

function checkOptions<S extends string, C>(options: IntrospectionVerifierOptions<S, C>): void {
  const { audience, issuer, endpoint, authenticate, timeout = 5, clockTolerance = 5, cache = {} } = options
  if (!audience || !issuer) throw new TypeError('createIntrospectionVerifier needs an audience and an issuer.')
  const refusal = refuseUrl(endpoint)
  if (refusal) throw new TypeError(`createIntrospectionVerifier can't use this endpoint: ${refusal}.`)
  if (typeof authenticate !== 'function')
    throw new TypeError('createIntrospectionVerifier needs `authenticate`: endpoints answer only those they know.')
  if (!(timeout > 0 && timeout <= 60)) throw new TypeError('timeout is a number of seconds, more than 0, up to 60.')
  checkTolerance(clockTolerance)
  checkPresentation(options)
  const { lifetime = 30, inactiveLifetime = 0, max = 1 } = cache
  if (!(lifetime >= 0 && lifetime <= 300)) throw new TypeError('cache.lifetime is a number of seconds from 0 to 300.')
  if (!(inactiveLifetime >= 0 && inactiveLifetime <= lifetime))
    throw new TypeError('cache.inactiveLifetime is a number of seconds, not more than cache.lifetime.')
  if (!(Number.isSafeInteger(max) && max > 0)) throw new TypeError('cache.max is a positive whole number.')
}
