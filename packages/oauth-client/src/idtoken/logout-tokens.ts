import { isTokenError, type KeySource } from '@scopewise/token-core'
import { createLogoutTokenVerifier, type LogoutTokenClaims, type UseOnce } from '@scopewise/token-core/logout-token'
import type { OAuthClient } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { createKeySources } from './key-sources.js'

export interface LogoutTokensOptions {
  /** Remembers the tokens that were used: `memoryReplay()` of token-core in one process, else a store that all processes share. */
  readonly replay: UseOnce
  /** @default those that the server's metadata names (`jwks_uri`) */
  readonly keys?: KeySource | undefined
  /** Takes the type `logout+jwt` alone: servers that are older than it send `JWT`, or none. @default false */
  readonly strictType?: boolean | undefined
}

/**
 * Makes the function that verifies the logout tokens a server sends to a client's back channel; make it once. OpenID Connect Back-Channel
 * Logout 1.0 §2.6. End the sessions of `sid`, or all of `sub`, and answer 200; answer 400 when it throws invalid_logout_token.
 *
 * NOT checked: whether there is such a session.
 *
 * It throws invalid_logout_token, also for a token that was used before, and server_unavailable when the keys can't be had.
 */
export function logoutTokens(
  options: LogoutTokensOptions,
): (client: OAuthClient, jwt: string) => Promise<LogoutTokenClaims> {
  const keysOf = createKeySources(options.keys)
  return async (client, jwt) => {
    const { issuer, clientId, now } = client
    const { replay, strictType } = options
    const keys = await keysOf(client)
    try {
      return await createLogoutTokenVerifier({ issuer, clientId, keys, replay, strictType, now }).verify(jwt)
    } catch (cause) {
      const isAway = isTokenError(cause) && cause.status === 503
      throw isAway
        ? new OAuthClientError('server_unavailable', `The keys of ${issuer}, or the replay store, are not available`, {
            cause,
          })
        : new OAuthClientError('invalid_logout_token', 'The logout token was refused: see the cause', { cause })
    }
  }
}
