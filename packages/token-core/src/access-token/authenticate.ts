import type { CheckedDpopProof } from '../dpop/verify.js'
import { TokenError } from '../errors.js'
import { refusalWith } from './challenges.js'
import { type Demand, type PresentationOptions, refuseDemand } from './demand.js'
import { type PresentedRequest, readScheme, readToken, type Scheme } from './presented.js'
import type { VerifiedAccessToken } from './verified.js'

/** What {@link createAuthenticate} is made from. */
export interface AuthenticateOptions<S extends string, C> extends PresentationOptions {
  /** Verifies the token itself, bound or not; refusals come without a challenge. */
  readonly verify: (token: string) => Promise<VerifiedAccessToken<C, S>>
  readonly now: () => number
  readonly clockTolerance: number
}

/** Authenticates a request: see `Verifier`. */
export type Authenticate<S extends string, C> = (
  request: PresentedRequest,
  demand?: Demand<S>,
) => Promise<VerifiedAccessToken<C, S>>

/**
 * Makes the verb that authenticates a request: who presents which token, may they hold it, and does it suffice.
 * RFC 6750 §2.1, §3, RFC 9449 §7, RFC 8705 §3, RFC 9470 §3.
 */
export function createAuthenticate<S extends string, C>(options: AuthenticateOptions<S, C>): Authenticate<S, C> {
  const { verify, now, clockTolerance } = options
  const schemes: readonly Scheme[] = options.dpop ? ['Bearer', 'DPoP'] : ['Bearer']
  return async (request, demand = {}) => {
    const scheme = readScheme(request, schemes)
    try {
      const token = readToken(request, schemes)
      const verified = await verify(token)
      const proof = await checkBinding({ scheme, token, cnf: verified.claims.cnf }, request, options)
      const refusal = refuseDemand(verified, demand, now() - clockTolerance)
      if (refusal) throw new TokenError(refusal)
      // Last, so that a request that is refused for something else burns nothing.
      await proof?.redeem()
      return verified
    } catch (error) {
      throw refusalWith(error, { scheme, demand, options })
    }
  }
}

interface Presented {
  readonly scheme: Scheme | undefined
  readonly token: string
  readonly cnf: { readonly jkt?: string; readonly 'x5t#S256'?: string } | undefined
}

/**
 * Holds what a token is bound to against what came with the request. A token that is bound to a key and to a
 * certificate needs both.
 */
async function checkBinding(
  { scheme, token, cnf = {} }: Presented,
  request: PresentedRequest,
  { dpop, mtls, requireBinding }: PresentationOptions,
): Promise<CheckedDpopProof | undefined> {
  const { jkt, 'x5t#S256': certificate } = cnf
  if (certificate !== undefined && (await mtls?.thumbprint(request)) !== certificate)
    throw wrongBinding('It is bound to a client certificate that this request did not come with.')
  if (scheme === 'DPoP') {
    // RFC 9449 §7.1: a proof does not upgrade a token that anybody could have sent.
    if (jkt === undefined) throw wrongBinding('It is not bound to a key: the DPoP scheme is not for it.')
    return dpop?.check(request, { accessToken: token, thumbprint: jkt })
  }
  // RFC 9449 §7.2: whoever has stolen it would present it like that.
  if (jkt !== undefined) throw wrongBinding('It is bound to a key, and no proof of that key was given.')
  if (requireBinding && certificate === undefined) throw wrongBinding('It has to be bound to a key, and is not.')
  return undefined
}

/** RFC 7800 §3: a token that is bound to a key is worth nothing without a proof of that key, and here none is seen. */
export function refuseBound<T extends { readonly claims: { readonly cnf?: unknown } }>(verified: T): T {
  if (verified.claims.cnf === undefined) return verified
  throw wrongBinding('It is bound to a key, and no proof of that key was given.')
}

function wrongBinding(reason: string): TokenError {
  return new TokenError('wrong_binding', { message: `The token was not presented as it has to be. ${reason}` })
}
