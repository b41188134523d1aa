import { readHint } from '../authorization/hint.js'
import {
  type AuthorizationRequest,
  parseAuthorizationRequest,
  parseTarget,
  type RequestRefusal,
} from '../authorization/request.js'
import { storeRequest } from '../authorization/stored-request.js'
import { authenticateClient } from '../client-auth/client-auth.js'
import { nonceHeader, type Proof, readProof } from '../client-auth/proof.js'
import type { Client } from '../config/client.js'
import type { Context } from '../context.js'
import { invalidRequest, isOAuthError, OAuthError } from '../errors.js'
import { readForm } from '../http/form.js'
import { type Parameters, single } from '../http/parameters.js'
import { jsonResponse } from '../http/responses.js'
import { PATHS } from '../paths.js'
import { refuseQuery } from './token.js'

/** The pushed authorization request endpoint: checks all that the authorization endpoint checks, and keeps it. RFC 9126 §2. */
export async function pushRequest(request: Request, context: Context): Promise<Response> {
  refuseQuery(request)
  const form = await readForm(request)
  const client = await authenticateClient(context, request, form)
  try {
    const proof = await readProof(request, PATHS.pushedRequest, context, false)
    const authorization = await readPushed(context, client, form)
    const bound = { ...authorization, dpopJkt: bindTo(authorization, proof) }
    const { limits } = context
    if (client.authMethod === 'none') await limits.spend('pushed_request', request)
    else await limits.spend('pushed_request_of_client', request, client.clientId)
    await proof.redeem()
    const kept = await storeRequest(context, bound)
    if (!kept) throw tooLarge()
    const body = { request_uri: kept.requestUri, expires_in: kept.expiresIn }
    return jsonResponse(body, 201, await nonceHeader(context, proof))
  } catch (error) {
    if (isOAuthError(error)) {
      const { code, reason } = error
      context.emit('authorization.refused', { clientId: client.clientId, error: code, reason })
    }
    throw error
  }
}

/** RFC 9126 §2.3 */
const tooLarge = (): OAuthError =>
  new OAuthError('invalid_request', {
    description: 'The request is too large.',
    reason: 'request_too_large',
    status: 413,
  })

/** All checks of the authorization endpoint, whose refusals are answered here and now. RFC 9126 §2.1, §2.3. */
async function readPushed(context: Context, client: Client, form: Parameters): Promise<AuthorizationRequest> {
  if (form.has('request_uri'))
    throw invalidRequest('A pushed request can not be a reference to another one.', 'request_uri_pushed')
  const target = parseTarget(form, client, context.config.operations.profile === 'oidc')
  if (target === 'client_id')
    throw new OAuthError('unauthorized_client', { description: 'The client may not use the authorization code grant.' })
  if (target === 'redirect_uri')
    throw invalidRequest('The redirect_uri is not registered for this client.', 'redirect_uri')
  const parsed = accept(parseAuthorizationRequest(form, target, context.config))
  return accept(await readHint(context, parsed, single(form, 'id_token_hint')))
}

function accept(read: AuthorizationRequest | RequestRefusal): AuthorizationRequest {
  if ('error' in read) throw new OAuthError(read.error, { description: read.description })
  return read
}

/** RFC 9449 §10.1: the parameter and the proof both bind the code, to one and the same key. */
function bindTo({ dpopJkt }: AuthorizationRequest, { jkt }: Proof): string | undefined {
  if (dpopJkt === undefined || jkt === undefined || dpopJkt === jkt) return dpopJkt ?? jkt
  throw new OAuthError('invalid_dpop_proof', {
    description: 'The DPoP proof is of another key than dpop_jkt names.',
    reason: 'dpop_jkt',
  })
}
