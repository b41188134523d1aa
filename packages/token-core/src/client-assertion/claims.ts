import type { Profile } from '../claims/open.js'
import { type ClaimRules, isText } from '../claims/rules.js'
import { isNumericDate } from '../jwt/time.js'

/** The claims of a client assertion. RFC 7523 §3, draft-ietf-oauth-rfc7523bis §4. Instants are epoch seconds. */
export interface ClientAssertionClaims {
  /** The client's id, as `sub`. */
  readonly iss: string
  readonly sub: string
  /** The issuer identifier of the authorization server, alone. */
  readonly aud: string
  readonly exp: number
  readonly jti: string
  readonly iat?: number
  readonly nbf?: number
}

/** Characters. What is remembered until `exp` must be bounded. */
const MAX_JTI = 256

const RULES: ClaimRules = {
  iss: ['required', isText],
  sub: ['required', isText],
  // RFC 7523bis §4: a list could make one assertion good for several servers.
  aud: ['required', isText],
  exp: ['required', isNumericDate],
  jti: ['required', (value) => isText(value) && String(value).length <= MAX_JTI],
  iat: ['optional', isNumericDate],
  nbf: ['optional', isNumericDate],
}

/** RFC 7523bis: the explicit type, and what clients sent before there was one. */
export const PROFILE: Profile = { types: ['client-authentication+jwt', 'jwt', undefined], rules: RULES }
