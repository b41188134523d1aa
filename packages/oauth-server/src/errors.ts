/** Every error an endpoint can answer with, and the HTTP status it travels under where it is answered as JSON. */
const STATUS = {
  invalid_request: 400, //                    RFC 6749 §5.2
  invalid_client: 401, //                     RFC 6749 §5.2
  invalid_grant: 400, //                      RFC 6749 §5.2
  unauthorized_client: 400, //                RFC 6749 §5.2
  unsupported_grant_type: 400, //             RFC 6749 §5.2
  invalid_scope: 400, //                      RFC 6749 §5.2
  invalid_target: 400, //                     RFC 8707 §2
  invalid_dpop_proof: 400, //                 RFC 9449 §5
  use_dpop_nonce: 400, //                     RFC 9449 §8
  invalid_token: 401, //                      RFC 6750 §3.1
  unsupported_token_type: 400, //             RFC 7009 §2.2.1
  unsupported_response_type: 400, //          RFC 6749 §4.1.2.1
  authorization_pending: 400, //              RFC 8628 §3.5
  slow_down: 400, //                          RFC 8628 §3.5
  expired_token: 400, //                      RFC 8628 §3.5
  access_denied: 403, //                      RFC 6749 §4.1.2.1
  login_required: 400, //                     OIDC Core §3.1.2.6
  consent_required: 400, //                   OIDC Core §3.1.2.6
  request_not_supported: 400, //              OIDC Core §3.1.2.6
  request_uri_not_supported: 400, //          OIDC Core §3.1.2.6
  registration_not_supported: 400, //         OIDC Core §3.1.2.6
  unmet_authentication_requirements: 400, //  OIDC Unmet Authentication Requirements §2
  invalid_redirect_uri: 400, //               RFC 7591 §3.2.2
  invalid_client_metadata: 400, //            RFC 7591 §3.2.2
  unapproved_software_statement: 400, //      RFC 7591 §3.2.2
  not_found: 404,
  temporarily_unavailable: 503, //            RFC 6749 §4.1.2.1
  server_error: 500, //                       RFC 6749 §4.1.2.1
  invalid_configuration: 500, //              never on the wire: thrown while the server is put together
} as const

/** The error codes of this package: those of the RFCs, `not_found`, and `invalid_configuration` for wrong options. */
export type OAuthErrorCode = keyof typeof STATUS

const BRAND = Symbol.for('scopewise.oauth-error')

export interface OAuthErrorDetails {
  /** A generic sentence for the wire. Never holds what was presented. */
  readonly description: string
  /** Why, for events only. */
  readonly reason?: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** The one error of this package. `code` and `message` may be shown to a client, `reason` and `cause` go to events only. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly status: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
  readonly [BRAND] = true

  constructor(code: OAuthErrorCode, details: OAuthErrorDetails) {
    super(details.description, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = details.status ?? STATUS[code]
    this.reason = details.reason ?? code
    this.headers = details.headers ?? {}
  }
}

/** Recognises an {@link OAuthError} of any copy of this package. */
export function isOAuthError(value: unknown): value is OAuthError {
  return typeof value === 'object' && value !== null && BRAND in value
}

export function invalidRequest(description: string, reason?: string): OAuthError {
  return new OAuthError('invalid_request', { description, ...(reason && { reason }) })
}

/** RFC 6749 §5.2. One sentence for every cause: which of them it was goes to the events alone. */
export function invalidGrant(reason: string): OAuthError {
  return new OAuthError('invalid_grant', {
    description: 'The grant is invalid, expired, revoked or was issued to another client.',
    reason,
  })
}

export function invalidConfiguration(sentence: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_configuration', { description: sentence, cause })
}

/** For what could not be judged right now: the error of the store, where that is why, else 503. */
export function unavailable(cause: Error, reason: string): OAuthError {
  if (isOAuthError(cause.cause) && cause.cause.status >= 500) return cause.cause
  return new OAuthError('temporarily_unavailable', {
    description: 'The request can not be judged at the moment.',
    reason,
    headers: { 'retry-after': '5' },
    cause,
  })
}

/** The end of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new OAuthError('server_error', {
    description: 'The server met a case it does not know.',
    reason: `unreachable: ${String(value)}`,
  })
}
