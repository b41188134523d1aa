import type { IdTokenClaims } from '@scopewise/token-core/id-token'

/** An ID token that was checked as OpenID Connect Core 1.0 §3.1.3.7 says. */
export interface CheckedIdToken {
  readonly claims?: IdTokenClaims
  /**
   * Whether the signature was checked too. False: it came straight from the token endpoint over TLS, which §3.1.3.7 item 6 lets stand
   * in for it; never pass such claims on as proof.
   */
  readonly signatureVerified?: boolean | undefined
}

/** What a grant gave. OAuth 2.1 §3.2.3. Plain data: it may be stored and read back as JSON. */
export interface Tokens<S extends string = string> extends CheckedIdToken {
  readonly accessToken: string
  readonly tokenType: 'Bearer' | 'DPoP'
  /** The newest one: a server that does not rotate leaves the one that was used. */
  readonly refreshToken?: string
  readonly idToken?: string
  /** What was granted: what the server said, or what was asked for when it said nothing. Undeclared values are left out. */
  readonly scope: readonly S[]
  /** Epoch seconds. Undefined when the server does not say. */
  readonly expiresAt: number | undefined
  /** Epoch seconds by this machine's clock; of two sets of tokens the later one is newer. */
  readonly obtainedAt: number
}
