import { type ClientAuth, requireSecret } from './client-auth.js'

/**
 * A confidential client with a secret in the Authorization header. RFC 6749 §2.3.1. Only for code that runs on servers.
 *
 * @throws {OAuthClientError} invalid_configuration when the secret is empty
 */
export function clientSecretBasic(secret: string): ClientAuth {
  requireSecret(secret)
  return ({ clientId, headers }) =>
    // RFC 6749 §2.3.1: both are form-encoded before they are joined, which also makes them ASCII.
    headers.set('authorization', `Basic ${btoa(`${formEncode(clientId)}:${formEncode(secret)}`)}`)
}

const formEncode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
