import { authenticateClient } from '../client-auth/client-auth.js'
import { nonceHeader, readProof } from '../client-auth/proof.js'
import type { Context } from '../context.js'
import { invalidRequest, isOAuthError, OAuthError } from '../errors.js'
import { findGrantType } from '../grants/grants.js'
import { readForm } from '../http/form.js'
import { queryParameters, single } from '../http/parameters.js'
import { jsonResponse } from '../http/responses.js'
import { PATHS } from '../paths.js'

/** RFC 6749 §2.3.1, §3.2: what must never stand in a URL, where logs and histories keep it. */
const BODY_ONLY = ['client_secret', 'client_assertion', 'code', 'code_verifier', 'refresh_token', 'token', 'password']

/** The token endpoint. OAuth 2.1 §3.2. */
export async function token(request: Request, context: Context): Promise<Response> {
  refuseQuery(request)
  const form = await readForm(request)
  const grantType = single(form, 'grant_type')
  try {
    if (grantType === undefined) throw invalidRequest('The parameter grant_type is missing.')
    const grant = findGrantType(grantType)
    if (!grant || grant.isEnabled?.(context.config) === false)
      throw new OAuthError('unsupported_grant_type', { description: 'This grant type is not supported.' })
    const client = await authenticateClient(context, request, form)
    if (!client.grantTypes.has(grant.grantType))
      throw new OAuthError('unauthorized_client', { description: 'The client may not use this grant type.' })
    const proof = await readProof(request, PATHS.token, context, client.dpopBoundAccessTokens)
    const response = await grant.handle(form, client, proof, context)
    return jsonResponse(response, 200, await nonceHeader(context, proof))
  } catch (error) {
    if (isOAuthError(error)) {
      // Only names that exist: whatever else was sent may be a mistyped secret.
      const known = grantType !== undefined && findGrantType(grantType) ? grantType : undefined
      context.emit('token.refused', {
        grantType: known,
        clientId: await knownClient(context, single(form, 'client_id')),
        error: error.code,
        reason: error.reason,
      })
    }
    throw error
  }
}

/** @throws {OAuthError} invalid_request when a credential stands in the query. */
export function refuseQuery(request: Request): void {
  const query = queryParameters(request.url)
  if (!query || BODY_ONLY.some((name) => query.has(name)))
    throw invalidRequest('Parameters of this endpoint belong into the body.', 'credentials_in_query')
}

async function knownClient({ clients }: Context, clientId: string | undefined): Promise<string | undefined> {
  return clientId === undefined ? undefined : (await clients.find(clientId))?.clientId
}
