import { bearerChallenge, type Challenge, type DpopProblem, dpopChallenge } from '../challenge.js'
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

function problemOf(code: TokenErrorCode, errorDescription: string, demand: Demand<string>): DpopProblem {
  switch (code) {
    // RFC 6750 §3.1: a request without a token is told nothing but how to authenticate.
    case 'missing_token':
      return {}
    case 'insufficient_user_authentication':
      return { error: code, errorDescription, acrValues: demand.acr, maxAge: demand.maxAge }
    case 'insufficient_scope':
    case 'invalid_request':
    case 'invalid_dpop_proof':
    case 'use_dpop_nonce':
      return { error: code, errorDescription }
    default:
      return { error: 'invalid_token', errorDescription }
  }
}
