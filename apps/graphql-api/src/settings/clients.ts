import * as z from 'zod'
import { SetupError } from '../errors.js'
import { type AnyScope, allScopes } from '../scopes.js'
import { readJsonFile } from './json-file.js'
import type { Origins } from './origins.js'
import { scopeText } from './scope-text.js'

/** A client of the authorization server, as far as the example lets one be configured. */
export interface ClientDeclaration {
  readonly clientId: string
  readonly name?: string
  readonly type: 'web' | 'native' | 'service'
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  readonly scope: readonly AnyScope[]
  /** What hashClientSecret made. */
  readonly secretHash?: string
  readonly unsafeDemoSecret?: string
}

const declaration = z.strictObject({
  // RFC 9700 §4.15: no client can have the identifier of a user.
  clientId: z
    .string()
    .regex(/^(?!user_)[A-Za-z0-9._~-]{1,64}$/, 'must be letters, digits, dots and dashes, and not begin with user_'),
  name: z.string().min(1).max(128).exactOptional(),
  type: z.enum(['web', 'native', 'service']),
  redirectUris: z.array(z.string()).exactOptional(),
  postLogoutRedirectUris: z.array(z.string()).exactOptional(),
  scope: scopeText,
  secretHash: z.string().exactOptional(),
})

/**
 * Reads CLIENTS_FILE: a JSON array of clients, secrets hashed. Redirect URIs are checked by the authorization server.
 * @throws {SetupError} saying which entry is wrong and how
 */
export const readClients = (file: string): Promise<readonly ClientDeclaration[]> =>
  readJsonFile('CLIENTS_FILE', file, z.array(declaration).min(1, 'must name at least one client'))

/** How `demo-service` authenticates: public knowledge, for the banner. */
export const DEMO_SERVICE_SECRET = 'demo-service-secret'

/** The demo's clients: a service, the page, and an application on the user's device. */
export const demoClients = (origins: Origins): readonly ClientDeclaration[] => [
  {
    clientId: 'demo-service',
    name: 'Demo service',
    type: 'service',
    unsafeDemoSecret: DEMO_SERVICE_SECRET,
    scope: ['notes:read', 'notes:write', 'users:read'],
  },
  {
    clientId: 'demo-web',
    name: 'Scopewise Notes',
    type: 'web',
    redirectUris: [pageUri(origins)],
    postLogoutRedirectUris: [pageUri(origins)],
    scope: allScopes,
  },
  {
    clientId: 'demo-native',
    name: 'Notes on your device',
    type: 'native',
    redirectUris: ['http://127.0.0.1/callback'],
    scope: allScopes,
  },
]

const pageUri = (origins: Origins): string => `${origins.api}/`

/**
 * Finds the client that the page signs in as: the public one whose redirect URI is the page.
 * @throws {SetupError} when there is none
 */
export function findPageClient(clients: readonly ClientDeclaration[], origins: Origins): string {
  const uri = pageUri(origins)
  const found = clients.find((client) => client.secretHash === undefined && client.redirectUris?.includes(uri))
  if (found) return found.clientId
  throw new SetupError(
    `CLIENTS_FILE needs a client without a secret and with the redirect URI ${uri}: the page signs in as it.`,
  )
}
