import { type Profile, parseToken } from '../claims/open.js'
import { type ClaimRules, COMMON_RULES, isText, isTextList } from '../claims/rules.js'
import type { JwtHeader, ParsedJwt } from '../jwt/parse.js'
import { isNumericDate } from '../jwt/time.js'

/** The claims of an ID token. OIDC Core §2. Instants are epoch seconds. */
export interface IdTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly azp?: string
  readonly nonce?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly at_hash?: string
  readonly c_hash?: string
  readonly sid?: string
  readonly [claim: string]: unknown
}

/** An ID token taken apart. Nothing about it is verified. */
export interface ParsedIdToken {
  readonly header: JwtHeader
  readonly claims: IdTokenClaims
}

const RULES: ClaimRules = {
  iss: COMMON_RULES.iss,
  sub: ['required', isText],
  aud: COMMON_RULES.aud,
  exp: COMMON_RULES.exp,
  iat: COMMON_RULES.iat,
  azp: ['optional', isText],
  nonce: ['optional', isText],
  auth_time: ['optional', isNumericDate],
  acr: ['optional', isText],
  amr: ['optional', (value) => isTextList(value) || (Array.isArray(value) && value.length === 0)],
  at_hash: ['optional', isText],
  c_hash: ['optional', isText],
  sid: ['optional', isText],
  // Back-Channel Logout §2.4: this would be a logout token of an issuer that does not name its type.
  events: ['refused', () => false],
}

const PROFILE: Profile = { types: ['jwt', undefined], rules: RULES }

/** The names that a caller's own claims can't have. */
export function isIdTokenClaim(name: string): boolean {
  return Object.hasOwn(RULES, name)
}

/**
 * Takes an ID token apart, as strictly as every token here. OIDC Core §2.
 * NOT checked: the signature, the issuer, the audience, the times and the nonce: see `refuseIdToken`. Without the
 * signature a token may be trusted only when it came straight from the token endpoint over TLS (OIDC Core §3.1.3.7, 6).
 * @throws {TokenError} `malformed`, `unsupported_alg` for `none`, `wrong_type`, `invalid_claims`
 */
export function parseIdToken(jwt: string): ParsedIdToken {
  const { header, claims } = parseIdTokenParts(jwt)
  return { header, claims }
}

/** As {@link parseIdToken}, with what the signature is over. */
export function parseIdTokenParts(jwt: string): ParsedJwt & ParsedIdToken {
  const parsed = parseToken(jwt, PROFILE)
  // Each named claim has just been looked at.
  return { ...parsed, claims: parsed.claims as IdTokenClaims }
}
