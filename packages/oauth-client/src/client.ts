import type { Scopes } from '@scopewise/token-core/scope'
import { type Authorization, finishAuthorization } from './authorization/finish.js'
import { type AuthorizationRequest, startAuthorization } from './authorization/start.js'
import { memoryTransactions, type TransactionStore } from './authorization/transactions.js'
import type { ClientAuth } from './client-auth/client-auth.js'
import { none } from './client-auth/none.js'
import { createDiscovery } from './discovery/discover.js'
import type { ServerMetadata } from './discovery/metadata.js'
import { OAuthClientError } from './errors.js'
import { clientCredentials } from './grants/client-credentials.js'
import { refresh } from './grants/refresh.js'
import type { Fetch } from './http/json.js'
import { parseSecureUrl } from './http/secure-url.js'
import { type EndSessionRequest, endSessionUrl } from './logout/end-session.js'
import { revoke } from './logout/revoke.js'
import type { ClientEvent, Context } from './token-endpoint/context.js'
import type { OidcScope, Tokens } from './token-endpoint/tokens.js'

export interface ClientOptions<S extends string = string> {
  /** The issuer identifier, exactly as the server states it: https, or http on loopback; no query, no fragment. */
  readonly issuer: string
  readonly clientId: string
  /** Where the server sends the user back to; needed for logins. One of its own for each issuer (RFC 9700 §4.4.2.2). */
  readonly redirectUri?: string | undefined
  /** With it only declared scope values compile, are asked for, and show up in `tokens.scope`. */
  readonly scopes?: Scopes<S> | undefined
  /** @default none(), a public client */
  readonly clientAuth?: ClientAuth | undefined
  /** The API that tokens are for, where a call names no other. RFC 8707 §2. */
  readonly resource?: string | undefined
  /** @default the global fetch */
  readonly fetch?: Fetch | undefined
  /** @default memoryTransactions() */
  readonly transactions?: TransactionStore | undefined
  /** The clock, in epoch seconds. */
  readonly now?: (() => number) | undefined
  /** Seconds for one exchange with the server, body included. @default 10 */
  readonly timeout?: number | undefined
  /** Hears what is allowed and yet worth a look. */
  readonly onEvent?: ((event: ClientEvent) => void) | undefined
}

/** What one request for tokens asks for. */
export interface TokenNeed<S extends string = string> {
  readonly scope?: readonly (S | OidcScope)[] | undefined
  /** @default the client's `resource` */
  readonly resource?: string | undefined
}

/** A client of one authorization server. Everything it learns from the server is checked before it is used. */
export interface OAuthClient<S extends string = string> {
  readonly issuer: string
  readonly clientId: string
  readonly resource: string | undefined
  readonly scopes: Scopes<S> | undefined
  /** The clock it was given, in epoch seconds. */
  now(): number
  /** The server's metadata, from its discovery document, kept for an hour. RFC 8414 §3. */
  metadata(): Promise<ServerMetadata>
  /**
   * Begins a login: PKCE, state, nonce and the issuer are kept per login, so any number may be under way. OAuth 2.1 §4.1.1.
   *
   * @throws {OAuthClientError} undeclared_scope, pkce_unsupported, not_supported, discovery errors
   */
  startAuthorization(request: AuthorizationRequest<S>): Promise<{ readonly url: URL }>
  /**
   * Ends a login with the request, or the URL, that the server sent the user back with. Each login can be finished once.
   *
   * NOT checked: the ID token's signature (it comes straight from the token endpoint), and that the URL's path is the redirect URI's.
   *
   * @throws {OAuthClientError} unknown_transaction, issuer_mismatch, authorization_refused (with `error`), token_refused, invalid_id_token
   */
  finishAuthorization(
    input: Request | URL | string,
    options?: { readonly session?: string | undefined },
  ): Promise<Authorization<S | OidcScope>>
  /**
   * Trades a refresh token for new tokens. OAuth 2.1 §4.3. Two at once with the same refresh token may end the grant: let a
   * token manager do it.
   *
   * @throws {OAuthClientError} login_required without a refresh token, token_refused, invalid_id_token
   */
  refresh(tokens: Tokens<S | OidcScope> | string, need?: TokenNeed<S>): Promise<Tokens<S | OidcScope>>
  /** A token of the client's own. OAuth 2.1 §4.2. @throws {OAuthClientError} token_refused, undeclared_scope */
  clientCredentials(need?: TokenNeed<S>): Promise<Tokens<S | OidcScope>>
  /** Revokes a token; of a set of tokens the refresh token. RFC 7009 §2. @throws {OAuthClientError} not_supported, token_refused */
  revoke(token: Tokens<S | OidcScope> | string): Promise<void>
  /** The URL that signs the user out at the server. RP-Initiated Logout 1.0 §2. @throws {OAuthClientError} not_supported */
  endSessionUrl(request?: EndSessionRequest): Promise<URL>
}

/**
 * Makes a client of one authorization server. Nothing is fetched before it is needed.
 *
 * @throws {OAuthClientError} invalid_configuration or insecure_url, with a sentence that says what to mend
 */
export function createClient<S extends string = string>(options: ClientOptions<S>): OAuthClient<S> {
  const context = createContext(options)
  const { issuer, clientId, resource, now, metadata } = context
  const transactions = options.transactions ?? memoryTransactions()
  const withResource = (need: TokenNeed = {}) => ({ scope: need.scope, resource: need.resource ?? resource })
  const client: OAuthClient = {
    issuer,
    clientId,
    resource,
    scopes: context.scopes,
    now,
    metadata,
    startAuthorization: (request) => startAuthorization(context, transactions, request),
    finishAuthorization: (input, { session } = {}) => finishAuthorization(context, transactions, input, session),
    refresh: (tokens, need) => refresh(context, tokens, withResource(need)),
    clientCredentials: (need) => clientCredentials(context, withResource(need)),
    revoke: (token) => revoke(context, token),
    endSessionUrl: (request = {}) => endSessionUrl(context, request),
  }
  // `as`: scopeParam lets no undeclared value out and grantTokens none in, which is what S says.
  return client as OAuthClient<S>
}

function createContext(options: ClientOptions): Context {
  const { issuer, clientId, redirectUri, resource, scopes } = options
  const url = parseSecureUrl(issuer, 'The issuer')
  if (url.search)
    throw new OAuthClientError(
      'invalid_configuration',
      'The issuer must not have a query: write it as the server states it',
    )
  if (!clientId)
    throw new OAuthClientError(
      'invalid_configuration',
      'clientId is empty: use the one that the client is registered with',
    )
  if (redirectUri !== undefined && (!URL.canParse(redirectUri) || redirectUri.includes('#'))) {
    throw new OAuthClientError(
      'invalid_configuration',
      'redirectUri must be a whole URL without a fragment, as it is registered',
    )
  }
  const fetch = options.fetch ?? ((request) => globalThis.fetch(request))
  const now = options.now ?? (() => Date.now() / 1000)
  const timeout = options.timeout ?? 10
  const metadata = createDiscovery({ issuer, fetch, now, timeout })
  const auth = options.clientAuth ?? none()
  const onEvent = options.onEvent ?? (() => undefined)
  return { issuer, clientId, auth, redirectUri, resource, scopes, fetch, now, timeout, onEvent, metadata }
}
