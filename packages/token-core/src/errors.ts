/** The one error of this package, and what each of its codes answers over HTTP. */
import { type Challenge, formatChallenge } from './challenge.js'

const PROBLEMS = {
  missing_token: { status: 401, message: 'No access token was presented.' },
  invalid_request: {
    status: 400,
    message: 'The access token was not presented in one well-formed Authorization header.',
  },
  malformed: { status: 401, message: 'The token is malformed.' },
  unsupported_alg: { status: 401, message: 'The token is signed with an algorithm that its key is not for.' },
  unknown_key: { status: 401, message: 'No key of the issuer fits the token.' },
  decryption_failed: { status: 401, message: 'The token can not be decrypted with the keys at hand.' },
  bad_signature: { status: 401, message: 'The signature of the token is not valid.' },
  expired: { status: 401, message: 'The token has expired.' },
  not_yet_valid: { status: 401, message: 'The token is not valid yet.' },
  wrong_issuer: { status: 401, message: 'The token comes from an issuer that is not trusted here.' },
  wrong_audience: { status: 401, message: 'The token was issued for another audience.' },
  wrong_type: { status: 401, message: 'The token is of another type.' },
  invalid_claims: { status: 401, message: 'The claims of the token are not valid.' },
  revoked: { status: 401, message: 'The token has been revoked.' },
  insufficient_scope: { status: 403, message: 'The token does not carry the scope that this request needs.' },
  keys_unavailable: { status: 503, message: 'The keys of the issuer are not available at the moment.' },
} as const

/** Why a token was refused. */
export type TokenErrorCode = keyof typeof PROBLEMS

/** The HTTP status that a refusal travels under. RFC 6750 §3.1. */
export type TokenErrorStatus = (typeof PROBLEMS)[TokenErrorCode]['status']

/** What a {@link TokenError} carries beside its code. */
export interface TokenErrorOptions {
  /** One sentence; by default the general sentence of the code. It never holds a token or a claim's value. */
  readonly message?: string | undefined
  readonly challenge?: Challenge | undefined
  /** Seconds until a retry makes sense. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

// Not part of the type: the types of two copies of this package must still fit each other.
const BRAND = /* @__PURE__ */ Symbol.for('@scopewise/token-core:TokenError')

/** A refused token: why, under which HTTP status, and with which challenge. Recognise it with {@link isTokenError}. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode
  readonly status: TokenErrorStatus
  /** What belongs into `WWW-Authenticate`, where the refusal came from a verifier. Absent for 503. */
  readonly challenge: Challenge | undefined
  /** Seconds until a retry makes sense; only with `keys_unavailable`. */
  readonly retryAfter: number | undefined

  constructor(code: TokenErrorCode, options: TokenErrorOptions = {}) {
    super(options.message ?? PROBLEMS[code].message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = PROBLEMS[code].status
    this.challenge = options.challenge
    this.retryAfter = options.retryAfter
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Headers for the HTTP response: `www-authenticate`, `cache-control: no-store` and, for 503, `retry-after`. */
  get headers(): Record<string, string> {
    return {
      'cache-control': 'no-store',
      ...(this.challenge && { 'www-authenticate': formatChallenge(this.challenge) }),
      ...(this.retryAfter !== undefined && { 'retry-after': String(Math.ceil(this.retryAfter)) }),
    }
  }
}

/** Recognises a {@link TokenError}, also one thrown by another copy of this package. */
export function isTokenError(value: unknown): value is TokenError {
  return value instanceof Error && BRAND in value
}
