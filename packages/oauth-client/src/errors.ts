/** Every code, and the section of the standard that the failed rule comes from. */
const SECTIONS = {
  invalid_configuration: 'OAuth 2.1 §2',
  insecure_url: 'OAuth 2.1 §1.5',
  network_error: 'OAuth 2.1 §3.2',
  timeout: 'OAuth 2.1 §3.2',
  server_unavailable: 'OAuth 2.1 §3.2',
  invalid_response: 'OAuth 2.1 §3.2.3',
  response_too_large: 'OAuth 2.1 §3.2.3',
  discovery_failed: 'RFC 8414 §3.2',
  issuer_mismatch: 'RFC 9207 §2.4',
  pkce_unsupported: 'RFC 9700 §2.1.1',
  not_supported: 'RFC 8414 §2',
  undeclared_scope: 'RFC 6749 §3.3',
  unknown_transaction: 'OAuth 2.1 §7.12',
  authorization_refused: 'OAuth 2.1 §4.1.2.1',
  token_refused: 'OAuth 2.1 §3.2.4',
  invalid_id_token: 'OpenID Connect Core 1.0 §3.1.3.7',
  invalid_logout_token: 'OpenID Connect Back-Channel Logout 1.0 §2.6',
  login_required: 'OAuth 2.1 §4.3',
  grant_lost: 'OAuth 2.1 §4.3.3',
  store_failed: 'OAuth 2.1 §4.3.2',
  insufficient_scope: 'RFC 6750 §3.1',
  origin_not_allowed: 'RFC 6750 §5.3',
  resource_mismatch: 'RFC 9728 §3.3',
  interaction_failed: 'OAuth 2.1 §4.1',
} as const

/** The codes of failures that pass by themselves. */
const RETRYABLE: readonly string[] = ['network_error', 'timeout', 'server_unavailable', 'store_failed']

export type OAuthClientErrorCode = keyof typeof SECTIONS

export interface OAuthClientErrorDetails {
  /** The `error` code that the server sent, when it is one: `invalid_grant`, `access_denied` … */
  readonly error?: string | undefined
  /** The `error_description` that the server sent, without the secrets of the request. For developers; not for pages. */
  readonly description?: string | undefined
  /** Where the user was going when the login that has now failed began. A path of the own origin. */
  readonly returnTo?: string | undefined
  /** Seconds to wait before another try, when the server says so. RFC 9110 §10.2.3. */
  readonly retryAfter?: number | undefined
  readonly isRetryable?: boolean | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('@scopewise/oauth-client/error')

/** The one error of this package. Its texts never hold a token, a code or a secret. */
export class OAuthClientError extends Error {
  override readonly name = 'OAuthClientError'
  readonly code: OAuthClientErrorCode
  /** True when the same call can succeed later: a network failure, a timeout, a server that is overloaded. */
  readonly isRetryable: boolean
  readonly error: string | undefined
  readonly description: string | undefined
  readonly returnTo: string | undefined
  readonly retryAfter: number | undefined
  readonly [BRAND] = true

  constructor(code: OAuthClientErrorCode, message: string, details: OAuthClientErrorDetails = {}) {
    super(message, details)
    this.code = code
    this.isRetryable = details.isRetryable ?? RETRYABLE.includes(code)
    this.error = details.error
    this.description = details.description
    this.returnTo = details.returnTo
    this.retryAfter = details.retryAfter
  }
}

/** Recognises the error also when it comes from another copy of this package. */
export function isOAuthClientError(value: unknown): value is OAuthClientError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** The section of the standard that the failed rule comes from. A function, so that a bundle can leave the table out. */
export function sectionOf({ code }: OAuthClientError): string {
  return SECTIONS[code]
}
