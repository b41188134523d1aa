import { readHint } from '../authorization/hint.js'
import {
  type AuthorizationRequest,
  parseAuthorizationRequest,
  parseTarget,
  type RequestRefusal,
  type ResponseTarget,
} from '../authorization/request.js'
import { authorizationErrorResponse } from '../authorization/response.js'
import { isRequestUri, openRequest } from '../authorization/stored-request.js'
import type { Context } from '../context.js'
import { type Parameters, single } from '../http/parameters.js'
import { problemPage } from '../interaction/problem.js'
import { findSession } from '../interaction/session.js'
import type { OneTimeKey } from '../storage/store.js'

/** An authorization request that holds, and where it was kept if it was. */
export interface ReadRequest {
  readonly target: ResponseTarget
  readonly authorization: AuthorizationRequest
  readonly pushed: OneTimeKey | undefined
}

/** Reads an authorization request, whether it came with the browser or was pushed before; the answer to one that does not hold. */
export async function readAuthorizationRequest(
  context: Context,
  http: Request,
  parameters: Parameters,
): Promise<ReadRequest | Response> {
  if (parameters.get('request_uri')?.some(isRequestUri)) return readPushed(context, http, parameters)
  const client = await context.clients.find(single(parameters, 'client_id') ?? '', http)
  const target = parseTarget(parameters, client, context.config.operations.profile === 'oidc')
  if (typeof target === 'string') return refuseTarget(context, http, parameters, target)
  if (target.client.requirePushedAuthorizationRequests)
    return refuseRequest(context, http, target, {
      error: 'invalid_request',
      description: 'This client has to push its authorization requests.',
    })
  const parsed = parseAuthorizationRequest(parameters, target, context.config)
  if ('error' in parsed) return refuseOrShow(context, http, target, parsed)
  const authorization = await readHint(context, parsed, single(parameters, 'id_token_hint'))
  if ('error' in authorization) return refuseRequest(context, http, target, authorization)
  return { target, authorization, pushed: undefined }
}

/** What was pushed counts, and of all that stands beside it the client_id alone. RFC 9126 §4, RFC 9101 §5. */
async function readPushed(context: Context, http: Request, parameters: Parameters): Promise<ReadRequest | Response> {
  const client = await context.clients.find(single(parameters, 'client_id') ?? '', http)
  const requestUri = single(parameters, 'request_uri')
  const opened =
    client && requestUri !== undefined ? await openRequest(context, client.clientId, requestUri) : undefined
  if (!client || !opened) {
    const reason = client ? 'request_uri' : 'client_id'
    context.emit('authorization.refused', { clientId: client?.clientId, error: 'invalid_request_uri', reason })
    // Never a redirect: where to is only known from the request itself.
    return problemPage(context, http, 'request_uri', { uiLocales: single(parameters, 'ui_locales') })
  }
  const { request, key } = opened
  const { redirectUri, responseMode, state, uiLocales } = request
  return { target: { client, redirectUri, responseMode, state, uiLocales }, authorization: request, pushed: key }
}

/** RFC 9700 §4.11.2: nobody is sent to the address of a client that only vouches for itself without having been here. */
async function refuseOrShow(
  context: Context,
  request: Request,
  target: ResponseTarget,
  refusal: RequestRefusal,
): Promise<Response> {
  if (target.client.source === 'configured' || (await findSession(context, request)))
    return refuseRequest(context, request, target, refusal)
  const { error, description } = refusal
  context.emit('authorization.refused', { clientId: target.client.clientId, error, reason: description })
  return problemPage(context, request, 'invalid_request', { detail: description, uiLocales: target.uiLocales })
}

/** For the developer of the client: nothing of the request is repeated. */
const TARGET_DETAILS = {
  client_id: 'No client has the client_id of this request.',
  redirect_uri: 'The redirect_uri has to be one that the client registered, character by character.',
} as const

function refuseTarget(
  context: Context,
  request: Request,
  parameters: Parameters,
  problem: keyof typeof TARGET_DETAILS,
): Promise<Response> {
  const isKnown = problem === 'redirect_uri'
  const clientId = isKnown ? single(parameters, 'client_id') : undefined
  context.emit('authorization.refused', { clientId, error: 'invalid_request', reason: problem })
  return problemPage(context, request, isKnown ? 'redirect_uri' : 'unknown_client', {
    detail: TARGET_DETAILS[problem],
    uiLocales: single(parameters, 'ui_locales'),
  })
}

/** An error that the client is told by a redirect. RFC 6749 §4.1.2.1. */
export function refuseRequest(
  context: Context,
  request: Request,
  target: ResponseTarget,
  { error, description }: RequestRefusal,
  reason = description,
): Promise<Response> {
  context.emit('authorization.refused', { clientId: target.client.clientId, error, reason })
  return authorizationErrorResponse(context, request, target, error, description)
}
