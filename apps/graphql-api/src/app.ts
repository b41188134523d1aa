import { join } from 'node:path'
import { type AuthorizationServer, isOAuthError, protectedResourceMetadata, type Store } from '@scopewise/oauth-server'
import { openSqlite, sqliteStore } from '@scopewise/oauth-server/sqlite'
import { createVerifier } from '@scopewise/token-core'
import { createApi } from './api/create-api.js'
import { graphiqlFiles, sendGraphiql, wantsPage } from './api/graphiql.js'
import { createExampleAuthorizationServer } from './authorization-server.js'
import { createDomain, type Domain } from './domain/domain.js'
import { SetupError } from './errors.js'
import type { StaticFile } from './http/files.js'
import { createHealth } from './http/health.js'
import { type Fetch, routeByHost } from './http/hosts.js'
import { createIssuerSide } from './http/issuer.js'
import { createSite } from './http/site.js'
import { accessToken, defaultScope } from './scopes.js'
import { readAccounts } from './settings/accounts.js'
import { type ClientDeclaration, demoClients, findPageClient, readClients } from './settings/clients.js'
import { demoSecret, prepareDataDir } from './settings/data-dir.js'
import { refuseExposedDemo } from './settings/demo.js'
import { demoAccounts, demoUsers } from './settings/demo-accounts.js'
import type { Settings } from './settings/environment.js'
import type { Origins } from './settings/origins.js'

/** Seconds between two clean-ups of what has expired. */
const EXPIRE_EVERY = 600

/** The example, ready to answer. */
export interface App {
  readonly fetch: Fetch
  /** Where clients get their tokens. */
  readonly tokenEndpoint: string
  /** Ends the open subscriptions; no new ones start. */
  endStreams(): void
  /** Closes the databases, once the last request is answered. */
  close(): Promise<void>
}

export interface AppOptions {
  readonly settings: Settings
  readonly origins: Origins
  /** The built page, by path. */
  readonly files: ReadonlyMap<string, StaticFile>
  /** Epoch seconds. @default the system's clock */
  readonly now?: () => number
}

/**
 * Puts the example together: two databases in DATA_DIR, the authorization server on one origin, page and API on the other.
 * @throws {SetupError} when something about the settings has to be mended first
 */
export async function createApp({ settings, origins, files, now = systemClock }: AppOptions): Promise<App> {
  refuseExposedDemo(settings, origins)
  const accounts = settings.usersFile === undefined ? demoAccounts : await readAccounts(settings.usersFile)
  const clients = settings.clientsFile === undefined ? demoClients(origins) : await readClients(settings.clientsFile)
  const clientId = findPageClient(clients, origins)
  await prepareDataDir(settings.dataDir)
  const secret = settings.secret ?? (await demoSecret(settings.dataDir))

  const database = openSqlite(join(settings.dataDir, 'notes.sqlite'))
  const store = sqliteStore(join(settings.dataDir, serverFile(origins.issuer)))
  const closing = new AbortController()
  const close = async (): Promise<void> => {
    closing.abort()
    await Promise.all([store.close(), database.close()])
  }
  const domain = await createDomain({ database, accounts, now })
  const hasDemoUsers = settings.usersFile === undefined
  const parts = { origins, files, clients, clientId, hasDemoUsers, domain, store, secret, now, closing: closing.signal }
  const { fetch, server } = assemble(parts)
  await server.ready().catch(async (error: unknown) => {
    await close()
    throw isOAuthError(error) && error.code === 'invalid_configuration' ? wrongSecret(settings.dataDir) : error
  })
  const timer = setInterval(() => void server.expire().catch(() => undefined), EXPIRE_EVERY * 1000).unref()
  return {
    fetch,
    tokenEndpoint: server.metadata.token_endpoint,
    endStreams: () => closing.abort(),
    async close() {
      clearInterval(timer)
      await close()
    },
  }
}

/** The authorization server's file. Another issuer is another server: its grants, sessions and keys are its own. */
const serverFile = (issuer: string): string => {
  const { host, pathname } = new URL(issuer)
  return `server-${`${host}${pathname}`.replace(/[^a-z0-9.]+/gi, '-').replace(/-$/, '')}.sqlite`
}

/** Told at the start, and not to the first client. */
const wrongSecret = (dataDir: string): SetupError =>
  new SetupError(
    `The signing keys in DATA_DIR ${dataDir} don't open with this secret: set SECRET to the one that they were made with, or choose another DATA_DIR.`,
  )

/** Wires what was opened: nothing here reads a file or an environment variable. */
function assemble(parts: {
  origins: Origins
  files: ReadonlyMap<string, StaticFile>
  clients: readonly ClientDeclaration[]
  clientId: string
  hasDemoUsers: boolean
  domain: Domain
  store: Store
  secret: string
  now: () => number
  closing: AbortSignal
}): { fetch: Fetch; server: AuthorizationServer } {
  const { origins, files, clientId, domain, store, now, closing } = parts
  const server = createExampleAuthorizationServer(parts)
  const resourceMetadata = protectedResourceMetadata({
    resource: origins.resource,
    authorizationServers: [origins.issuer],
    scopes: defaultScope,
  })
  // The API lives in the same process: it asks the authorization server itself for keys and revocation, not over HTTP.
  const verifier = createVerifier({
    token: accessToken,
    audience: origins.resource,
    issuers: { [origins.issuer]: server.keys },
    resourceMetadata: resourceMetadata.url,
    revoked: (claims) => server.isRevoked(claims),
    now,
  })
  const api = createApi({ domain, verifier, path: new URL(origins.resource).pathname, closing })
  const health = createHealth([() => domain.ping(), () => store.findKeys()])
  const site = createSite({
    origins,
    files,
    clientId,
    demoUsers: parts.hasDemoUsers ? demoUsers : [],
    health,
    api: (request) => (wantsPage(request) ? sendGraphiql(request) : api(request)),
    resourceMetadata,
    graphiql: graphiqlFiles(),
  })
  const authorizationServer = createIssuerSide({ origins, health, authorizationServer: server.fetch })
  return { fetch: routeByHost(origins, { authorizationServer, site }), server }
}

const systemClock = (): number => Math.floor(Date.now() / 1000)
