import type { IdTokenClaims } from '@scopewise/token-core/id-token'

/** The scope values that OpenID Connect defines: always askable, never declared. OpenID Connect Core 1.0 §5.4, §11. */
export type OidcScope = 'openid' | 'profile' | 'email' | 'address' | 'phone' | 'offline_access'

/** What a grant gave. OAuth 2.1 §3.2.3. Plain data: it may be stored and read back as JSON. */
export interface Tokens<S extends string = string> {
  readonly accessToken: string
  readonly tokenType: 'Bearer'
  /** The newest one: a server that does not rotate leaves the one that was used. */
  readonly refreshToken?: string
  readonly idToken?: string
  /** The claims of the ID token, checked as OpenID Connect Core 1.0 §3.1.3.7 says, all but its signature. */
  readonly claims?: IdTokenClaims
  /** With an ID token: it came straight from the token endpoint over TLS, so its signature was not checked. Never pass its claims on as proof. */
  readonly signatureVerified?: false
  /** What was granted: what the server said, or what was asked for when it said nothing. Undeclared values are left out. */
  readonly scope: readonly S[]
  /** Epoch seconds. Undefined when the server does not say. */
  readonly expiresAt: number | undefined
  /** Epoch seconds by this machine's clock; of two sets of tokens the later one is newer. */
  readonly obtainedAt: number
}
