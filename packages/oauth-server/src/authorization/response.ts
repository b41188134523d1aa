import type { OAuthErrorCode } from '../errors.js'
import { seeOther } from '../http/responses.js'

export interface ResponseAddress {
  readonly redirectUri: string
  readonly state: string | undefined
}

/** An authorization response: always with `iss`, and with `state` exactly as it came. RFC 6749 §4.1.2, RFC 9207 §2. */
export function authorizationResponse(
  issuer: string,
  { redirectUri, state }: ResponseAddress,
  result: Readonly<Record<string, string>>,
): Response {
  const query = new URLSearchParams(result)
  if (state !== undefined) query.set('state', state)
  query.set('iss', issuer)
  // Appended as text: a registered URI is never parsed and written anew. RFC 6749 §3.1.2
  return seeOther(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`)
}

/** RFC 6749 §4.1.2.1. */
export function authorizationErrorResponse(
  issuer: string,
  address: ResponseAddress,
  error: OAuthErrorCode,
  description: string,
): Response {
  return authorizationResponse(issuer, address, { error, error_description: description })
}
