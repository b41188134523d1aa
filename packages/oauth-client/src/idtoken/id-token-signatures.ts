import { isTokenError, type KeySource, verifyIdTokenHint } from '@scopewise/token-core'
import { parseIdToken } from '@scopewise/token-core/id-token'
import type { SignatureVerifier } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { createKeySources } from './key-sources.js'

export interface IdTokenSignaturesOptions {
  /** What the client is registered with (`id_token_signed_response_alg`). @default whatever the server's keys are for; never `none`, never a shared secret */
  readonly algorithms?: readonly string[] | undefined
  /** @default those that the server's metadata names (`jwks_uri`), fetched when they are needed and kept */
  readonly keys?: KeySource | undefined
}

/**
 * Makes the `verifySignature` of a client: ID tokens are verified with the keys of the server, too. OpenID Connect Core 1.0 §3.1.3.7,
 * items 6 to 8. Then `tokens.signatureVerified` says `true`, and the claims may be passed on as proof.
 *
 * A client that uses it throws invalid_id_token when the signature does not hold, and server_unavailable when the keys can't be had.
 */
export function idTokenSignatures({ algorithms, keys }: IdTokenSignaturesOptions = {}): SignatureVerifier {
  const keysOf = createKeySources(keys)
  return async (client, jwt) => {
    const { alg } = parseIdToken(jwt).header
    if (algorithms && !algorithms.includes(alg))
      throw new OAuthClientError('invalid_id_token', 'The ID token is signed with another algorithm than registered')
    const source = await keysOf(client)
    try {
      await verifyIdTokenHint(jwt, { issuer: client.issuer, keys: source })
    } catch (cause) {
      const isAway = isTokenError(cause) && cause.code === 'keys_unavailable'
      throw isAway
        ? new OAuthClientError('server_unavailable', `The keys of ${client.issuer} are not available`, { cause })
        : new OAuthClientError('invalid_id_token', 'The signature of the ID token does not hold', { cause })
    }
  }
}
