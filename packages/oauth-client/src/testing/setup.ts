import { defineScopes, type ScopeOf } from '@scopewise/token-core/scope'
import { type ClientOptions, createClient, type OAuthClient } from '../client.js'
import type { OidcScope, Tokens } from '../token-endpoint/tokens.js'
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
    fetch: server.fetch,
    now: clock.now,
    ...options,
  })
  return {
    clock,
    server,
    client,
    async login(scope = ['openid', 'notes:read']) {
      const { url } = await client.startAuthorization({ scope })
      return (await client.finishAuthorization(await server.authorize(url))).tokens
    },
  }
}
