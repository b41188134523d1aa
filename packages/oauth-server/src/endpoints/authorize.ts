import { verifyIdTokenHint } from '@scopewise/token-core'
import { completeAuthorization } from '../authorization/complete.js'
import { createInteraction, sealInteraction } from '../authorization/interaction.js'
import { type Flow, nextStep } from '../authorization/next-step.js'
import {
  type AuthorizationRequest,
  parseAuthorizationRequest,
  parseTarget,
  type RequestRefusal,
  type ResponseTarget,
} from '../authorization/request.js'
import { authorizationErrorResponse, authorizationResponse } from '../authorization/response.js'
import { subjectDigest } from '../authorization/subject-digest.js'
import type { Context } from '../context.js'
import { readForm } from '../http/form.js'
import { type Parameters, queryParameters, single } from '../http/parameters.js'
import { seeOther } from '../http/responses.js'
import { ensureBinding } from '../interaction/binding.js'
import { problemPage } from '../interaction/problem.js'
import { findSession } from '../interaction/session.js'
import { PATHS } from '../paths.js'

/** The authorization endpoint. OAuth 2.1 §4.1.1, OIDC Core §3.1.2. */
export async function authorize(request: Request, context: Context): Promise<Response> {
  if (request.method === 'POST') return repeatAsGet(request, context)
  const parameters = queryParameters(request.url)
  if (!parameters) return problemPage(context, request, 'invalid_request')
  const client = await context.clients.find(single(parameters, 'client_id') ?? '', request)
  const target = parseTarget(parameters, client, context.config.operations.profile === 'oidc')
  if (typeof target === 'string') return refuseTarget(context, request, parameters, target)

  const parsed = parseAuthorizationRequest(parameters, target, context.config)
  if ('error' in parsed) return refuseOrShow(context, request, target, parsed)
  const authorization = await readHint(context, parsed, single(parameters, 'id_token_hint'))
  if ('error' in authorization) return refuse(context, request, target, authorization)

  const flow: Flow = { client: target.client, request: authorization, interaction: undefined }
  const session = await findSession(context, request)
  const next = await nextStep(context, flow, session)
  switch (next.step) {
    case 'login':
    case 'consent':
      return startInteraction(context, request, target, authorization)
    case 'issue': {
      const completion = {
        request: authorization,
        session: next.session,
        scope: next.allowed,
        interaction: undefined,
        consented: false,
      }
      const code = await completeAuthorization(context, completion)
      return code === undefined
        ? problemPage(context, request, 'already_used')
        : authorizationResponse(context, request, authorization, { code })
    }
    case 'refuse':
      return refuse(context, request, target, next, next.reason)
  }
}

/** A POST from another site comes without the session cookie (SameSite=Lax); the same request as GET comes with it. OAuth 2.1 §3.1. */
async function repeatAsGet(request: Request, context: Context): Promise<Response> {
  const query = new URLSearchParams()
  for (const [name, values] of await readForm(request)) for (const value of values) query.append(name, value)
  return seeOther(`${context.url(PATHS.authorize)}?${query}`)
}

function refuseTarget(
  context: Context,
  request: Request,
  parameters: Parameters,
  problem: 'client_id' | 'redirect_uri',
): Promise<Response> {
  context.emit('authorization.refused', { clientId: undefined, error: 'invalid_request', reason: problem })
  return problemPage(context, request, problem === 'client_id' ? 'unknown_client' : 'redirect_uri', {
    uiLocales: single(parameters, 'ui_locales'),
  })
}

/** RFC 9700 §4.11.2: nobody is sent to the address of a client that only vouches for itself without having been here. */
async function refuseOrShow(
  context: Context,
  request: Request,
  target: ResponseTarget,
  refusal: RequestRefusal,
): Promise<Response> {
  if (target.client.source === 'configured' || (await findSession(context, request)))
    return refuse(context, request, target, refusal)
  const { error, description } = refusal
  context.emit('authorization.refused', { clientId: target.client.clientId, error, reason: description })
  return problemPage(context, request, 'invalid_request', { detail: description, uiLocales: target.uiLocales })
}

function refuse(
  context: Context,
  request: Request,
  target: ResponseTarget,
  { error, description }: RequestRefusal,
  reason = description,
): Response {
  context.emit('authorization.refused', { clientId: target.client.clientId, error, reason })
  return authorizationErrorResponse(context, request, target, error, description)
}

/** OIDC Core §3.1.2.1: a hint counts only when this server signed it for this client. */
async function readHint(
  context: Context,
  authorization: AuthorizationRequest,
  hint: string | undefined,
): Promise<AuthorizationRequest | RequestRefusal> {
  if (hint === undefined) return authorization
  const { config, issuers, secrets } = context
  try {
    const { sub, aud } = await verifyIdTokenHint(hint, { issuer: config.issuer, keys: issuers.publicKeys })
    if ([aud].flat().includes(authorization.clientId))
      return { ...authorization, hintDigest: await subjectDigest(secrets, sub) }
  } catch {
    // Answered below: why a hint is wrong is nobody's business.
  }
  return { error: 'invalid_request', description: 'The id_token_hint is not valid.' }
}

async function startInteraction(
  context: Context,
  request: Request,
  target: ResponseTarget,
  authorization: AuthorizationRequest,
): Promise<Response> {
  const binding = await ensureBinding(request, context.config)
  const sealed = await sealInteraction(context, createInteraction(context, authorization), binding.digest)
  if (sealed === undefined)
    return refuse(context, request, target, {
      error: 'invalid_request',
      description: 'The request is too large.',
    })
  return seeOther(`${context.url(PATHS.interaction)}?state=${sealed}`, new Headers({ 'set-cookie': binding.cookie }))
}
