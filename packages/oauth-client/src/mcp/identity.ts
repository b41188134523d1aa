import { randomToken } from '@scopewise/token-core/encoding'
import type { ClientAuth } from '../client-auth/client-auth.js'
import { clientSecretBasic } from '../client-auth/client-secret-basic.js'
import { clientSecretPost } from '../client-auth/client-secret-post.js'
import { none } from '../client-auth/none.js'
import type { ServerMetadata } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import type { TokenStore } from '../manager/store.js'
import { type Registration, registerClient } from '../registration/register-client.js'
import type { KnownClient, McpOptions } from './settings.js'

/**
 * Who this client is at a server: as it was registered by hand, else by the document at its URL, else by a registration, which is kept by the
 * issuer and used again. CL-17: what one server gave is of no use at another.
 *
 * @throws {OAuthClientError} not_supported when the server takes none of what there is
 */
export async function identify(
  { clients = {}, clientIdDocument, registration, fetch, timeout, now = () => Date.now() / 1000 }: McpOptions,
  store: TokenStore,
  metadata: ServerMetadata,
): Promise<KnownClient> {
  const { issuer } = metadata
  const byHand = Object.hasOwn(clients, issuer) ? clients[issuer] : undefined
  if (byHand) return byHand
  if (clientIdDocument !== undefined && metadata['client_id_metadata_document_supported'] === true)
    return { clientId: clientIdDocument }
  if (!registration)
    throw new OAuthClientError('not_supported', `${issuer} knows no client of ours: register one there`)
  const key = JSON.stringify(['registration', issuer, registration['redirect_uris']])
  const kept = await store.read(key)
  const known = kept && parseRegistration(kept.value)
  const expiresAt = known?.clientSecretExpiresAt ?? Number.POSITIVE_INFINITY
  if (known && now() < expiresAt) return toClient(known)
  const made = await registerClient({ issuer, fetch, timeout }, registration)
  const value = JSON.stringify(made)
  // Of two that register at once the first one stays: tokens hang on it.
  if (await store.swap(key, kept?.version, { version: randomToken(12), value })) return toClient(made)
  const other = await store.read(key)
  return toClient((other && parseRegistration(other.value)) ?? made)
}

function parseRegistration(value: string): Registration | undefined {
  const kept: unknown = JSON.parse(value)
  // `as`: under such a key stands only what identify wrote.
  return isObject(kept) ? (kept as unknown as Registration) : undefined
}

function toClient({ clientId, clientSecret, metadata }: Registration): KnownClient {
  return { clientId, clientAuth: authOf(clientSecret, metadata['token_endpoint_auth_method']) }
}

function authOf(secret: string | undefined, method: unknown): ClientAuth {
  if (secret === undefined || method === 'none') return none()
  return method === 'client_secret_post' ? clientSecretPost(secret) : clientSecretBasic(secret)
}
