import type { ServerMetadata } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { parseWireError } from '../token-endpoint/request-tokens.js'

/** An authorization response, parsed; nothing in it is believed yet. OAuth 2.1 §4.1.2. */
export interface AuthorizationResponse {
  readonly state: string
  readonly iss: string | undefined
  readonly code: string | undefined
  readonly error: string | undefined
  readonly description: string | undefined
}

/** @throws {OAuthClientError} unknown_transaction without a state, invalid_response when a parameter comes twice. Pure. */
export function parseAuthorizationResponse(params: URLSearchParams): AuthorizationResponse {
  // RFC 6749 §3.1: parameters are not included more than once; which of two is meant is not for us to choose.
  for (const name of ['state', 'iss', 'code', 'error']) {
    if (params.getAll(name).length > 1)
      throw new OAuthClientError('invalid_response', `The authorization response has several ${name}`)
  }
  const state = params.get('state')
  if (!state) throw unknownTransaction()
  const { error, description } = parseWireError(Object.fromEntries(params))
  return {
    state,
    iss: params.get('iss') ?? undefined,
    code: params.get('code') ?? undefined,
    error: params.has('error') ? (error ?? 'server_error') : undefined,
    description,
  }
}

/** RFC 9207 §2.4: why the response is not of this issuer. Compared as it stands, nothing normalised. Pure. */
export function refuseIssuer(iss: string | undefined, metadata: ServerMetadata): string | undefined {
  const { issuer, authorization_response_iss_parameter_supported: isAnnounced } = metadata
  const isIts = iss === undefined ? isAnnounced !== true : iss === issuer
  return isIts ? undefined : `The authorization response does not say that it comes from ${issuer}`
}

/** Said of a replayed, a foreign, an expired and an invented response alike. */
export function unknownTransaction(): OAuthClientError {
  return new OAuthClientError(
    'unknown_transaction',
    'No login that was started here waits for this response: it was used before, has expired, or belongs to another session',
  )
}
