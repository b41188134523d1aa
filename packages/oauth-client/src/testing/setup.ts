import { defineScopes, type ScopeOf } from '@scopewise/token-core/scope'
import { finishAuthorization } from '../authorization/finish.js'
import { memoryTransactions } from '../authorization/memory-transactions.js'
import { startAuthorization } from '../authorization/start.js'
import type { OAuthClient, OidcScope } from '../client/client.js'
import { type ClientOptions, createClient } from '../client/create-client.js'
import { createTokenManager, type TokenManager, type TokenManagerOptions } from '../manager.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { createClock } from './clock.js'
import { createTestServer, ISSUER, REDIRECT_URI, type TestServer } from './server.js'

const scopes = defineScopes({
  'notes:read': 'Read your notes',
  'notes:write': { description: 'Change your notes', implies: ['notes:read'] },
  admin: 'Everything',
})
export type AppScope = ScopeOf<typeof scopes>

export interface Setup {
  readonly clock: ReturnType<typeof createClock>
  readonly server: TestServer
  readonly client: OAuthClient<AppScope>
  /** A whole login of a user who agrees to everything. */
  login(scope?: readonly (AppScope | OidcScope)[]): Promise<Tokens<AppScope | OidcScope>>
}

/** A client and a server that know each other, with one clock. */
export function setup(options: Partial<ClientOptions<AppScope>> = {}): Setup {
  const clock = createClock()
  const server = createTestServer(clock.now)
  const client = createClient({
    issuer: ISSUER,
    clientId: 'web',
    redirectUri: REDIRECT_URI,
    scopes,
    transactions: memoryTransactions(),
    fetch: server.fetch,
    now: clock.now,
    ...options,
  })
  return {
    clock,
    server,
    client,
    async login(scope = ['openid', 'notes:read']) {
      const { url } = await startAuthorization(client, { scope })
      return (await finishAuthorization(client, await server.authorize(url))).tokens
    },
  }
}

/** A manager that has adopted the tokens. */
export async function managerWith<S extends string>(
  client: OAuthClient<S>,
  tokens: Tokens<S | OidcScope>,
  options: TokenManagerOptions<S> = {},
): Promise<TokenManager<S>> {
  const manager = createTokenManager(client, options)
  await manager.adopt(tokens)
  return manager
}
