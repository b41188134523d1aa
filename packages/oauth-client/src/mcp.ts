/**
 * Tokens for MCP servers: a `fetch` for `StreamableHTTPClientTransport` of the MCP SDK, or for any other client.
 *
 * @see https://modelcontextprotocol.io/specification
 * @module
 */
import { parseChallenges } from '@scopewise/token-core/challenge'
import { randomToken } from '@scopewise/token-core/encoding'
import { readCall } from './fetch/replay.js'
import { isObject, toSend } from './http/json.js'
import { memoryStore, type TokenManager } from './manager.js'
import { type Connection, connect, findLink, type Link } from './mcp/connect.js'
import { checkMcpOptions, type McpOptions } from './mcp/settings.js'

export type { KnownClient, McpOptions } from './mcp/settings.js'

/** What an MCP client works with. */
export interface McpAccess {
  /** For `new StreamableHTTPClientTransport(url, { fetch })`. */
  readonly fetch: typeof fetch
  /** The tokens for the server, to sign out with `clear` or `revoke`; undefined while it has asked for none. */
  manager(): Promise<TokenManager | undefined>
}

/**
 * Makes a `fetch` that brings an MCP server the tokens it asks for: from its challenge to its metadata, to an authorization server that you
 * approve, to a client that is known or registered there, to a sign-in. After that it is `createFetch`: renewals, nonces, step-up.
 *
 * A server that asks for nothing gets nothing. An authorization server that does not announce PKCE with S256 is refused.
 *
 * @param server the URL of the MCP server: the resource that tokens are for (RFC 8707)
 * @throws {OAuthClientError} at construction invalid_configuration or insecure_url; a call throws what the steps above lead to
 */
export function createMcpFetch(server: string, options: McpOptions): McpAccess {
  const url = checkMcpOptions(server, options)
  const { store = memoryStore() } = options
  const send = toSend(options.fetch)
  const key = JSON.stringify(['mcp', url.href])
  let flight: Promise<Connection | undefined> | undefined

  /** One attempt for all who ask at once; one that fails leaves the way free. */
  function attempt(work: () => Promise<Connection | undefined>): Promise<Connection | undefined> {
    const mine = work().catch((error: unknown) => {
      if (flight === mine) flight = undefined
      throw error
    })
    flight = mine
    return mine
  }
  /** The connection of an earlier run, if it is still approved of. */
  async function restore(): Promise<Connection | undefined> {
    const link = parseLink((await store.read(key))?.value)
    return link && (await options.approve(link.issuer, server)) ? connect(url, options, store, link) : undefined
  }
  async function open(place: string | undefined): Promise<Connection> {
    const link = await findLink(url.href, options, place)
    const connection = await connect(url, options, store, link)
    const before = await store.read(key)
    await store.swap(key, before?.version, { version: randomToken(12), value: JSON.stringify(link) })
    return connection
  }

  return {
    manager: async () => (await (flight ?? attempt(restore)))?.manager,
    async fetch(input, init) {
      const call = readCall(input, init)
      if (call.url.origin !== url.origin) return send(call.input, call.init)
      const before = flight ?? attempt(restore)
      const connection = await before
      if (connection) return connection.fetch(call.input, call.init)
      const response = await send(typeof call.input === 'string' ? call.input : call.input.clone(), call.init)
      const challenge = response.status === 401 ? findChallenge(response) : undefined
      if (!challenge || !call.isReplayable) return response
      response.body?.cancel().catch(() => undefined)
      const opening = () => attempt(() => open(challenge.parameters['resource_metadata']))
      // Of all who were refused at once the first one opens.
      const opened = flight && flight !== before ? await flight : await opening()
      return (opened ?? (await opening()))?.fetch(call.input, call.init) ?? response
    },
  }
}

const findChallenge = ({ headers }: Response) =>
  parseChallenges(headers).find(({ scheme }) => /^(bearer|dpop)$/i.test(scheme))

function parseLink(value: string | undefined): Link | undefined {
  const link: unknown = value === undefined ? undefined : JSON.parse(value)
  if (!isObject(link)) return undefined
  const { issuer, resource, scopes } = link
  if (typeof issuer !== 'string' || typeof resource !== 'string' || !Array.isArray(scopes)) return undefined
  return { issuer, resource, scopes: scopes.filter((scope) => typeof scope === 'string') }
}
