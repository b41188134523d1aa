import { type BearerProblem, bearerChallenge } from '../challenge.js'
import { isTokenError, TokenError, type TokenErrorCode } from '../errors.js'
import { type PresentedRequest, readBearerToken } from './presented.js'
import type { VerifiedAccessToken } from './verified.js'

/** What a request needs. */
export interface ScopeDemand<S extends string> {
  /** All of them are needed; a challenge names all of them at once. RFC 6750 §3. */
  readonly scope?: readonly S[] | undefined
}

/** What {@link createAuthenticate} is made from. */
export interface AuthenticateOptions<S extends string, C> {
  /** Verifies the token itself; refusals come without a challenge. */
  readonly verify: (jwt: string) => Promise<VerifiedAccessToken<C, S>>
  readonly resourceMetadata: string | undefined
}

/** Makes the verb that authenticates a request: who presents which token, and does it suffice. RFC 6750 §2.1, §3. */
export function createAuthenticate<S extends string, C>({ verify, resourceMetadata }: AuthenticateOptions<S, C>) {
  return async (request: PresentedRequest, { scope = [] }: ScopeDemand<S> = {}): Promise<VerifiedAccessToken<C, S>> => {
    try {
      const verified = await verify(readBearerToken(request))
      if (!verified.has(...scope)) throw new TokenError('insufficient_scope')
      return verified
    } catch (error) {
      return rethrow(error, { resourceMetadata, scope })
    }
  }
}

/** Gives a refusal the challenge that belongs into its response. Other errors are a hook's own and pass. */
export function rethrow(error: unknown, need: Pick<BearerProblem, 'resourceMetadata' | 'scope'>): never {
  if (!isTokenError(error) || error.status === 503) throw error
  const { code, message, cause } = error
  const challenge = bearerChallenge({ ...need, ...problemOf(code, message) })
  throw new TokenError(code, { message, cause, challenges: [challenge] })
}

function problemOf(code: TokenErrorCode, errorDescription: string): BearerProblem {
  // RFC 6750 §3.1: a request without a token is told nothing but how to authenticate.
  if (code === 'missing_token') return {}
  if (code === 'insufficient_scope' || code === 'invalid_request') return { error: code, errorDescription }
  return { error: 'invalid_token', errorDescription }
}
