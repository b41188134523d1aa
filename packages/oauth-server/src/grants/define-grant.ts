import type { Proof } from '../client-auth/proof.js'
import type { Client, GrantType } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Context } from '../context.js'
import type { Parameters } from '../http/parameters.js'
import type { TokenResponse } from '../tokens/mint.js'

/** A token request whose client is authenticated and whose parameters are read. */
export interface TokenRequest<P> {
  readonly params: P
  readonly client: Client
  /** The key that new tokens are bound to, if any. Used up by the grant, last before its transition. */
  readonly proof: Proof
  readonly context: Context
}

/** A row of the table of grants. */
export interface Grant {
  readonly grantType: GrantType
  /** Where it exists only when it is configured. @default always */
  readonly isEnabled?: ((config: Config) => boolean) | undefined
  /** Throws or rejects. @throws {OAuthError} invalid_request when a parameter is missing or malformed, and what the grant itself refuses */
  handle(parameters: Parameters, client: Client, proof: Proof, context: Context): Promise<TokenResponse>
}

/** Defines a grant: its parameters are read here, once, before it sees them. RFC 6749 §4.5. */
export function defineGrant<P>({
  grantType,
  isEnabled,
  read,
  handle,
}: {
  grantType: GrantType
  isEnabled?: (config: Config) => boolean
  /** @throws {OAuthError} invalid_request */
  read(parameters: Parameters): P
  handle(request: TokenRequest<P>): Promise<TokenResponse>
}): Grant {
  return {
    grantType,
    isEnabled,
    handle: (parameters, client, proof, context) => handle({ params: read(parameters), client, proof, context }),
  }
}
