import { OAuthClientError } from '../errors.js'

/** The request that a client authenticates: it may add parameters to the body or headers. */
export interface ClientAuthTarget {
  readonly clientId: string
  readonly issuer: string
  /** Epoch seconds, by the client's clock. */
  readonly now: number
  readonly body: URLSearchParams
  readonly headers: Headers
}

/** How a client proves who it is at the token and revocation endpoints. OAuth 2.1 §2.4. Any function of this type will do. */
export type ClientAuth = (target: ClientAuthTarget) => void | Promise<void>

/** @throws {OAuthClientError} invalid_configuration when there is no secret: better now than a request without one. */
export function requireSecret(secret: string): string {
  if (typeof secret === 'string' && secret !== '') return secret
  throw new OAuthClientError(
    'invalid_configuration',
    'The client secret is empty: is the environment variable set? A public client uses none() instead',
  )
}
