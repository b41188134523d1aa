import type { Client } from '../config/client.js'
import type { Lifetimes } from '../config/options.js'
import type { Seconds } from '../time.js'

/** OIDC Core §11: a refresh token is given when offline_access was granted and the client may use it. */
export function givesRefreshToken(client: Client, scope: readonly string[]): boolean {
  return scope.includes('offline_access') && client.grantTypes.has('refresh_token')
}

/** Unused refresh tokens end early; the absolute lifetime is the grant's `refreshUntil`. RFC 9700 §4.14.2. */
export const refreshTokenExpiry = (now: Seconds, lifetimes: Readonly<Required<Lifetimes>>): Seconds =>
  now + lifetimes.refreshTokenIdle
