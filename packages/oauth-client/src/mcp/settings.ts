import type { AuthorizationRequest } from '../authorization/start.js'
import type { OAuthClient, ProofOfPossession } from '../client/client.js'
import type { TransactionStore } from '../client/transaction.js'
import type { ClientAuth } from '../client-auth/client-auth.js'
import { OAuthClientError } from '../errors.js'
import type { Fetch } from '../http/json.js'
import { parseSecureUrl } from '../http/secure-url.js'
import type { Lock, TokenStore } from '../manager/store.js'
import type { ClientMetadata } from '../registration/register-client.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** A client that an authorization server knows already. */
export interface KnownClient {
  readonly clientId: string
  /** @default none(), a public client */
  readonly clientAuth?: ClientAuth | undefined
}

export interface McpOptions {
  /**
   * Whether this authorization server may be asked for tokens for this MCP server: asked of the user, or looked up in a list. An MCP server names
   * the authorization servers that it trusts; which of them you trust is not for it to say.
   */
  readonly approve: (issuer: string, server: string) => boolean | Promise<boolean>
  /** Lets the user sign in: `loopbackInteraction`, `popupInteraction`, or a function of your own. */
  readonly signIn: (client: OAuthClient) => (request: AuthorizationRequest) => Promise<Tokens | undefined>
  /** Clients that were registered by hand, by the issuer. */
  readonly clients?: Readonly<Record<string, KnownClient>> | undefined
  /** The URL of `clientMetadataDocument`, for servers that read it there and register nothing. */
  readonly clientIdDocument?: string | undefined
  /** What the client says about itself to servers that have never met it. RFC 7591 §2. */
  readonly registration?: ClientMetadata | undefined
  /** Needed by all interactions but the loopback one. */
  readonly redirectUri?: string | undefined
  readonly transactions?: TransactionStore | undefined
  /** Takes metadata that speak for a part of the server's path, such as for its whole origin. RFC 9728 §7.7. @default false */
  readonly isPrefixAllowed?: boolean | undefined
  readonly dpop?: ProofOfPossession | undefined
  /** Where tokens and registrations are kept. @default memoryStore(), until this process ends */
  readonly store?: TokenStore | undefined
  readonly lock?: Lock | undefined
  /** Asks the MCP server and the authorization server. @default the global fetch */
  readonly fetch?: Fetch | undefined
  /** The clock, in epoch seconds. */
  readonly now?: (() => number) | undefined
  /** Seconds for one exchange with the authorization server. @default 10 */
  readonly timeout?: number | undefined
}

/** @throws {OAuthClientError} invalid_configuration when there is no way to be known at a server, insecure_url */
export function checkMcpOptions(server: string, { clients, clientIdDocument, registration }: McpOptions): URL {
  const url = parseSecureUrl(server, 'The MCP server')
  if (clients || clientIdDocument !== undefined || registration) return url
  throw new OAuthClientError(
    'invalid_configuration',
    'Authorization servers have to know this client: hand in clients, clientIdDocument or registration',
  )
}
