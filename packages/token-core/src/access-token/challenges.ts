import { bearerChallenge, type Challenge, dpopChallenge, type TokenProblem } from '../challenge.js'
import { isTokenError, TokenError, type TokenErrorCode } from '../errors.js'
import type { Demand, PresentationOptions } from './demand.js'
import type { Scheme } from './presented.js'

/** Where a refusal came up. */
export interface Circumstances {
  /** The scheme that was used. */
  readonly scheme?: Scheme | undefined
  readonly demand?: Demand<string> | undefined
  readonly options: PresentationOptions
}

/** Gives a refusal the challenges that belong into its response. Other errors are a hook's own and pass, and so does 503. */
export function refusalWith(error: unknown, circumstances: Circumstances): unknown {
  if (!isTokenError(error) || error.status === 503) return error
  const { code, message, cause, dpopNonce } = error
  return new TokenError(code, { message, cause, dpopNonce, challenges: challengesFor(code, message, circumstances) })
}

/**
 * One challenge for each scheme that would do. RFC 9449 §7.1: the error stands only in that of the scheme which was used,
 * and that one comes first.
 */
function challengesFor(code: TokenErrorCode, message: string, circumstances: Circumstances): readonly Challenge[] {
  const { scheme, demand = {}, options } = circumstances
  const { dpop, mtls, requireBinding, resourceMetadata } = options
  const offered: readonly Scheme[] = [
    ...(requireBinding && !mtls && dpop ? [] : ['Bearer' as const]),
    ...(dpop ? ['DPoP' as const] : []),
  ]
  const used = offered.find((name) => name === scheme) ?? offered[0]
  const need = { scope: demand.scope, resourceMetadata }
  const problem = { ...need, ...problemOf(code, message, demand) }
  const ordered = [...offered].sort((a, b) => Number(b === used) - Number(a === used))
  return ordered.map((name) => {
    const said = name === used ? problem : need
    return name === 'DPoP' ? dpopChallenge({ ...said, algorithms: dpop?.algorithms }) : bearerChallenge(said)
  })
}

/** The codes that are called the same on the wire; all others are `invalid_token` there. */
const ON_THE_WIRE: { readonly [code in TokenErrorCode]?: code & TokenProblem['error'] } = {
  invalid_request: 'invalid_request',
  insufficient_scope: 'insufficient_scope',
  insufficient_user_authentication: 'insufficient_user_authentication',
  invalid_dpop_proof: 'invalid_dpop_proof',
  use_dpop_nonce: 'use_dpop_nonce',
}

function problemOf(code: TokenErrorCode, errorDescription: string, { acr, maxAge }: Demand<string>): TokenProblem {
  // RFC 6750 §3.1: a request without a token is told nothing but how to authenticate.
  if (code === 'missing_token') return {}
  const error = ON_THE_WIRE[code] ?? 'invalid_token'
  if (code !== 'insufficient_user_authentication') return { error, errorDescription }
  return { error, errorDescription, acrValues: acr, maxAge }
}
