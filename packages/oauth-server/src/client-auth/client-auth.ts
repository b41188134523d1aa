import type { Client, ClientAuthMethod } from '../config/client.js'
import type { Context } from '../context.js'
import { invalidRequest, OAuthError } from '../errors.js'
import type { Parameters } from '../http/parameters.js'
import { clientSecretBasic } from './client-secret-basic.js'
import { clientSecretPost } from './client-secret-post.js'
import type { ClientAuthentication, Credentials } from './credentials.js'
import { none } from './none.js'
import { privateKeyJwt } from './private-key-jwt.js'

/** Every client authentication method. Metadata lists exactly these. */
export const clientAuthMethods: Readonly<Record<ClientAuthMethod, ClientAuthentication>> = {
  client_secret_basic: clientSecretBasic,
  client_secret_post: clientSecretPost,
  private_key_jwt: privateKeyJwt,
  none,
}

/**
 * Authenticates the client of a request to an endpoint that programs talk to. OAuth 2.1 §2.4.
 * @throws {OAuthError} invalid_client, or invalid_request when more than one method was used
 */
export async function authenticateClient(context: Context, request: Request, form: Parameters): Promise<Client> {
  const { clients, limits, emit } = context
  const { headers } = request
  const fail = async (reason: string, clientId?: string): Promise<OAuthError> => {
    emit('client_authentication.failed', { clientId, reason })
    await limits.fail('client_authentication', request, clientId)
    return invalidClient(reason, headers.has('authorization'))
  }
  const used = findUsedMethod(headers, form)
  if (!used || used.credentials === 'malformed') throw await fail(used ? 'malformed_credentials' : 'no_credentials')
  const { method, credentials } = used
  const { clientId } = credentials
  // A public client proves nothing, so there is nothing to guess, and no bucket that others could fill up.
  if (method !== 'none') await limits.refuse('client_authentication', request, clientId)
  const client = await clients.find(clientId, request)
  const candidate = client?.authMethod === method ? client : undefined
  const refusal = await clientAuthMethods[method].refuse(credentials, candidate, context)
  if (!client) throw await fail('unknown_client')
  if (client.authMethod !== method) throw await fail('wrong_method', clientId)
  if (refusal !== undefined) throw await fail(refusal, clientId)
  return client
}

interface UsedMethod {
  readonly method: ClientAuthMethod
  readonly credentials: Credentials | 'malformed'
}

// The keys of the table are its names.
const methods = Object.keys(clientAuthMethods) as readonly ClientAuthMethod[]

/**
 * The method that a request uses. OAuth 2.1 §2.4: at most one.
 * @throws {OAuthError} invalid_request when there are several
 */
function findUsedMethod(headers: Headers, form: Parameters): UsedMethod | undefined {
  let used: UsedMethod | undefined
  for (const method of methods) {
    const credentials = clientAuthMethods[method].read(headers, form)
    if (credentials === undefined) continue
    if (used) throw invalidRequest('More than one client authentication method was used.', 'several_methods')
    used = { method, credentials }
  }
  return used
}

/** RFC 6749 §5.2: 401, and a challenge where the Authorization header was used. */
function invalidClient(reason: string, challenge: boolean): OAuthError {
  return new OAuthError('invalid_client', {
    description: 'Client authentication failed.',
    reason,
    ...(challenge && { headers: { 'www-authenticate': 'Basic realm="token", charset="UTF-8"' } }),
  })
}
