import type { Profile } from '../claims/open.js'
import { COMMON_RULES, isText } from '../claims/rules.js'
import { isObject } from '../jwt/parse.js'

/** The event that a logout token tells of. OpenID Connect Back-Channel Logout §2.4. */
export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** The claims of a logout token. Instants are epoch seconds. */
export interface LogoutTokenClaims {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly iat: number
  readonly exp: number
  readonly jti: string
  /** Whom to sign out everywhere at this client; absent when one session is meant. */
  readonly sub?: string
  /** The session to end. One of `sub` and `sid` is there. */
  readonly sid?: string
  readonly events: Readonly<Record<string, object>>
}

/** Back-Channel Logout §2.4 and §2.6. An ID token has no `events`, and a logout token never has a `nonce`. */
const RULES = {
  ...COMMON_RULES,
  jti: ['required', (value: unknown) => isText(value) && String(value).length <= 256],
  sid: ['optional', isText],
  events: ['required', (value: unknown) => isObject(value) && isObject(value[LOGOUT_EVENT])],
  nonce: ['refused', () => false],
} as const

/** With `strict` only tokens of the explicit type; issuers that are older than it send JWT, or nothing. */
export function logoutProfile(strict: boolean): Profile {
  return { types: strict ? ['logout+jwt'] : ['logout+jwt', 'jwt', undefined], rules: RULES }
}
