import { type ClientAuth, requireSecret } from './client-auth.js'

/**
 * A confidential client with a secret in the body, for servers that don't take it in a header. RFC 6749 §2.3.1. Only for
 * code that runs on servers.
 *
 * @throws {OAuthClientError} invalid_configuration when the secret is empty
 */
export function clientSecretPost(secret: string): ClientAuth {
  requireSecret(secret)
  return ({ clientId, body }) => {
    body.set('client_id', clientId)
    body.set('client_secret', secret)
  }
}
