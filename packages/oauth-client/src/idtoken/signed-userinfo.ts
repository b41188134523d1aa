import { isTokenError, type KeySource, verifyUserinfo } from '@scopewise/token-core'
import type { UserinfoVerifier } from '../endpoints/userinfo.js'
import { OAuthClientError } from '../errors.js'
import { createKeySources } from './key-sources.js'

/**
 * Makes the `verify` of `userinfo`, for a client that is registered with `userinfo_signed_response_alg`. OpenID Connect Core 1.0 §5.3.2.
 *
 * It throws invalid_id_token when the answer is not the server's or not for this client, and server_unavailable when the keys can't be had.
 *
 * @param options.keys the keys of the server. @default those that its metadata names (`jwks_uri`)
 */
export function signedUserinfo({ keys }: { readonly keys?: KeySource | undefined } = {}): UserinfoVerifier {
  const keysOf = createKeySources(keys)
  return async (client, jwt) => {
    const { issuer, clientId, now } = client
    const source = await keysOf(client)
    try {
      return await verifyUserinfo(jwt, { issuer, clientId, keys: source, now })
    } catch (cause) {
      const isAway = isTokenError(cause) && cause.code === 'keys_unavailable'
      throw isAway
        ? new OAuthClientError('server_unavailable', `The keys of ${issuer} are not available`, { cause })
        : new OAuthClientError('invalid_id_token', 'The signed userinfo answer was refused: see the cause', { cause })
    }
  }
}
