/** The one error of this package, and what each of its codes answers over HTTP. */
import { type Challenge, formatChallenge } from './challenge.js'

/**
 * What a refusal says where its thrower says no more. The sentences of what only some entries throw stand there, so that
 * a bundle without them leaves them out.
 */
const SENTENCES = {
  missing_token: 'No access token was presented.',
  invalid_request: 'The access token was not presented in one well-formed Authorization header.',
  malformed: 'The token is malformed.',
  unsupported_alg: 'The token is signed with an algorithm that its key is not for.',
  unknown_key: 'No key of the issuer fits the token.',
  bad_signature: 'The signature of the token is not valid.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  wrong_issuer: 'The token comes from an issuer that is not trusted here.',
  wrong_audience: 'The token was issued for another audience.',
  wrong_type: 'The token is of another type.',
  wrong_binding: 'The token is bound to a key, or is not, and was not presented like that.',
  invalid_claims: 'The claims of the token are not valid.',
  revoked: 'The token has been revoked.',
  insufficient_user_authentication: 'The resource owner has to sign in again.',
  insufficient_scope: 'The token does not carry the scope that this request needs.',
  keys_unavailable: 'The keys of the issuer are not available at the moment.',
  temporarily_unavailable: 'The token can not be judged at the moment.',
} as const

/** Why a token was refused. */
export type TokenErrorCode =
  | keyof typeof SENTENCES
  | 'decryption_failed'
  | 'inactive'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

/** The HTTP status that a refusal travels under. RFC 6750 §3.1. */
export type TokenErrorStatus = 400 | 401 | 403 | 503

/** The codes that do not travel under 401. */
const STATUS: { readonly [code in TokenErrorCode]?: TokenErrorStatus } = {
  invalid_request: 400,
  insufficient_scope: 403,
  keys_unavailable: 503,
  temporarily_unavailable: 503,
}

/** What a {@link TokenError} carries beside its code. */
export interface TokenErrorOptions {
  /** One sentence; by default the general sentence of the code. It never holds a token or a claim's value. */
  readonly message?: string | undefined
  /** Overrides the status of the code: at a token endpoint problems with a proof are 400. RFC 9449 §5, §8. */
  readonly status?: 400 | undefined
  readonly challenges?: readonly Challenge[] | undefined
  /** A fresh nonce for the client's next proof. */
  readonly dpopNonce?: string | undefined
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
  /** What belongs into `WWW-Authenticate`, where the refusal came from a verifier. Empty for 503. */
  readonly challenges: readonly Challenge[]
  /** What belongs into `DPoP-Nonce`. */
  readonly dpopNonce: string | undefined
  /** Seconds until a retry makes sense; only with status 503. */
  readonly retryAfter: number | undefined

  constructor(code: TokenErrorCode, options: TokenErrorOptions = {}) {
    const sentences: { readonly [code in TokenErrorCode]?: string } = SENTENCES
    super(
      options.message ?? sentences[code] ?? `The token is refused: ${code}.`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.status = options.status ?? STATUS[code] ?? 401
    this.challenges = options.challenges ?? []
    this.dpopNonce = options.dpopNonce
    this.retryAfter = options.retryAfter
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Headers for the HTTP response: `cache-control: no-store`, and `www-authenticate`, `dpop-nonce`, `retry-after` where they apply. */
  get headers(): Record<string, string> {
    return {
      'cache-control': 'no-store',
      ...(this.challenges.length > 0 && { 'www-authenticate': formatChallenge(this.challenges) }),
      ...(this.dpopNonce !== undefined && { 'dpop-nonce': this.dpopNonce }),
      ...(this.retryAfter !== undefined && { 'retry-after': String(Math.ceil(this.retryAfter)) }),
    }
  }
}

/** Recognises a {@link TokenError}, also one thrown by another copy of this package. */
export function isTokenError(value: unknown): value is TokenError {
  return value instanceof Error && BRAND in value
}
