import { type AuthorizationServer, createAuthorizationServer, passwordPage, type Store } from '@scopewise/oauth-server'
import { narrowScope } from '@scopewise/token-core/scope'
import type { Domain } from './domain/domain.js'
import { accessToken, defaultScope, scopes } from './scopes.js'
import type { ClientDeclaration } from './settings/clients.js'
import type { Origins } from './settings/origins.js'

/** Assembles the authorization server of the example: whose clients, which users, what they may grant. */
export function createExampleAuthorizationServer(options: {
  origins: Origins
  clients: readonly ClientDeclaration[]
  domain: Pick<Domain, 'users' | 'audit'>
  store: Store
  secret: string
  /** Epoch seconds. */
  now: () => number
}): AuthorizationServer {
  const { origins, clients, domain, store, secret, now } = options
  const { users } = domain
  const server = createAuthorizationServer({
    issuer: origins.issuer,
    token: accessToken,
    resources: { [origins.resource]: scopes.values },
    clients,
    defaultScope,
    login: passwordPage(async (credentials) => {
      const user = await users.signIn(credentials)
      return user && { subject: user.id, name: user.name, amr: ['pwd'] }
    }),
    allow: async ({ subject, requested }) => narrowScope(requested, await users.grantable(subject)),
    userClaims: async ({ subject }) => {
      const user = await users.find(subject)
      return { name: user?.name, email: user?.email }
    },
    store,
    secret,
    now,
  })
  recordEvents(server, domain.audit, now)
  return server
}

/** What the audit log keeps of what the authorization server tells: who came, what they allowed, and what looks like theft. */
function recordEvents(server: AuthorizationServer, audit: Domain['audit'], now: () => number): void {
  const record = (actor: string, action: string): void => {
    // A sign-in must not fail because the log does; /healthz tells when the database is gone.
    audit.record({ at: now(), actor, action }).catch(() => undefined)
  }
  server.on('login.succeeded', ({ subject, clientId }) =>
    record(subject, `signed in for ${clientId ?? 'an errand of their own'}`),
  )
  server.on('login.failed', ({ clientId }) => record(clientId ?? 'somebody', 'failed to sign in'))
  server.on('consent.granted', ({ subject, clientId, scope }) =>
    record(subject, `allowed ${clientId} ${scope.join(' ')}`),
  )
  server.on('consent.denied', ({ subject, clientId }) => record(subject, `denied ${clientId}`))
  server.on('session.ended', ({ subject }) => record(subject, 'signed out'))
  server.on('code.replayed', ({ subject, clientId }) => record(clientId, `replayed a code of ${subject}`))
  server.on('refresh_token.reused', ({ subject, clientId }) => record(clientId, `reused a refresh token of ${subject}`))
  server.on('grant.revoked', ({ clientId, reason }) => record(clientId, `lost a grant (${reason})`))
}
