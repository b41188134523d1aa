import { memoryTransactions } from '../authorization/memory-transactions.js'
import type { OAuthClient } from '../client/client.js'
import { createClient } from '../client/create-client.js'
import { createDiscovery } from '../discovery/discover.js'
import type { ServerMetadata } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { createFetch } from '../fetch.js'
import { toSend } from '../http/json.js'
import type { TokenStore } from '../manager/store.js'
import { createTokenManager, type TokenManager } from '../manager.js'
import { fetchResourceMetadata, type ResourceMetadata } from '../resource-metadata/fetch-resource-metadata.js'
import { identify } from './identity.js'
import type { McpOptions } from './settings.js'

/** An MCP server for which tokens can be had. */
export interface Connection {
  readonly fetch: typeof fetch
  readonly manager: TokenManager
}

/** What is needed to find tokens again without asking the MCP server. */
export interface Link {
  readonly issuer: string
  readonly resource: string
  readonly scopes: readonly string[]
}

/**
 * Follows the challenge of an MCP server to the authorization server that the user approves of. RFC 9728 §5, CL-17.
 *
 * @throws {OAuthClientError} issuer_mismatch when none is approved of, resource_mismatch, discovery_failed
 */
export async function findLink(server: string, options: McpOptions, place: string | undefined): Promise<Link> {
  const { fetch, timeout, isPrefixAllowed } = options
  const about: ResourceMetadata = await fetchResourceMetadata(server, { place, fetch, timeout, isPrefixAllowed })
  for (const issuer of about.authorizationServers) {
    if (await options.approve(issuer, server)) return { issuer, resource: about.resource, scopes: about.scopes }
  }
  throw new OAuthClientError('issuer_mismatch', `${server} takes tokens of no authorization server that was approved`)
}

/**
 * Makes the client and the `fetch` for a link.
 *
 * @throws {OAuthClientError} pkce_unsupported, not_supported, discovery errors
 */
export async function connect(
  { origin }: URL,
  options: McpOptions,
  store: TokenStore,
  { issuer, resource, scopes }: Link,
): Promise<Connection> {
  const { fetch, timeout = 10, now, lock, dpop, redirectUri, transactions = memoryTransactions() } = options
  const exchanger = { send: toSend(fetch), timeout }
  const metadata = await createDiscovery({ issuer, ...exchanger, now: () => 0 })()
  requirePkce(metadata)
  const known = await identify(options, store, metadata)
  const client: OAuthClient = createClient({
    issuer,
    ...known,
    redirectUri,
    transactions,
    resource,
    dpop,
    fetch,
    timeout,
    now,
  })
  const manager = createTokenManager(client, { key: resource, store, lock })
  const signIn = options.signIn(client)
  const always = list(metadata['scopes_supported']).includes('offline_access') ? ['offline_access'] : []
  const api = createFetch(manager, {
    allow: [origin],
    fetch,
    // The user has approved of the server, and agrees to the scope on its page.
    allowScope: () => true,
    discover: async () => ({ scopes }),
    interact: ({ scope, acrValues, maxAge }) =>
      signIn({ scope: [...new Set([...scope, ...always])], acrValues, maxAge, resource }),
  })
  return { fetch: api, manager }
}

/** CL-03: a server that does not say so may not check the verifier, and here nobody has chosen it with care. */
function requirePkce({ issuer, code_challenge_methods_supported: methods }: ServerMetadata): void {
  if (!list(methods).includes('S256'))
    throw new OAuthClientError('pkce_unsupported', `${issuer} does not say that it supports PKCE with S256`)
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
