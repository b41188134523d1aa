import type { Client, ClientAuthMethod } from '../config/client.js'
import { digestClientSecret } from '../config/client-secret.js'
import type { Context } from '../context.js'
import { equalDigests } from '../crypto/compare.js'
import { invalidRequest, OAuthError } from '../errors.js'
import type { Parameters } from '../http/parameters.js'
import { readBasic } from './client-secret-basic.js'
import { readPost } from './client-secret-post.js'
import type { ReadCredentials } from './credentials.js'
import { readNone } from './none.js'

/** Every client authentication method. Metadata lists exactly these. */
export const clientAuthMethods: Readonly<Record<ClientAuthMethod, ReadCredentials>> = {
  client_secret_basic: readBasic,
  client_secret_post: readPost,
  none: readNone,
}

/**
 * Authenticates the client of a request to the token or revocation endpoint. OAuth 2.1 §2.4.
 * @throws {OAuthError} invalid_client, or invalid_request when more than one method was used
 */
export async function authenticateClient(
  { clients, limits, emit }: Context,
  request: Request,
  form: Parameters,
): Promise<Client> {
  const { headers } = request
  const fail = async (reason: string, clientId?: string): Promise<OAuthError> => {
    emit('client_authentication.failed', { clientId, reason })
    await limits.fail('client_authentication', request, clientId)
    return invalidClient(reason, headers.has('authorization'))
  }
  const [used, ...others] = Object.entries(clientAuthMethods).flatMap(([method, read]) => {
    const credentials = read(headers, form)
    return credentials === undefined ? [] : [{ method, credentials }]
  })
  // OAuth 2.1 §2.4: at most one method per request.
  if (others.length > 0 || (used && used.method !== 'none' && form.has('client_assertion'))) {
    throw invalidRequest('More than one client authentication method was used.', 'several_methods')
  }
  if (!used || used.credentials === 'malformed') throw await fail(used ? 'malformed_credentials' : 'no_credentials')
  const { clientId, secret } = used.credentials
  // A public client proves nothing, so there is nothing to guess, and no bucket that others could fill up.
  if (used.method !== 'none') await limits.refuse('client_authentication', request, clientId)
  const client = await clients.find(clientId, request)
  const matches = await secretMatches(client, secret)
  if (!client) throw await fail('unknown_client')
  if (client.authMethod !== used.method) throw await fail('wrong_method', clientId)
  if (!matches) throw await fail('wrong_secret', clientId)
  return client
}

/** Compares digests of one length, for an unknown client too: how long it takes says nothing. */
async function secretMatches(client: Client | undefined, secret: string | undefined): Promise<boolean> {
  if (secret === undefined) return client?.authMethod === 'none'
  const presented = await digestClientSecret(secret)
  const stored = (await client?.secretHashes) ?? [presented.replaceAll(/[^:]/g, '-')]
  return stored.map((hash) => equalDigests(hash, presented)).includes(true)
}

/** RFC 6749 §5.2: 401, and a challenge where the Authorization header was used. */
function invalidClient(reason: string, challenge: boolean): OAuthError {
  return new OAuthError('invalid_client', {
    description: 'Client authentication failed.',
    reason,
    ...(challenge && { headers: { 'www-authenticate': 'Basic realm="token", charset="UTF-8"' } }),
  })
}
