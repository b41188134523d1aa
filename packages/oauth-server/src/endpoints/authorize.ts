import { completeAuthorization } from '../authorization/complete.js'
import { createInteraction, sealInteraction } from '../authorization/interaction.js'
import { type Flow, nextStep } from '../authorization/next-step.js'
import { authorizationResponse } from '../authorization/response.js'
import { type StoredRequest, storeRequest } from '../authorization/stored-request.js'
import type { Context } from '../context.js'
import { isOAuthError } from '../errors.js'
import { readForm } from '../http/form.js'
import { type Parameters, queryParameters } from '../http/parameters.js'
import { seeOther } from '../http/responses.js'
import { ensureBinding } from '../interaction/binding.js'
import { problemPage } from '../interaction/problem.js'
import { findSession } from '../interaction/session.js'
import { PATHS } from '../paths.js'
import type { Session } from '../storage/store.js'
import { type ReadRequest, readAuthorizationRequest, refuseRequest } from './read-request.js'

/** Characters of a query that travels in a URL; a longer one is kept here. */
const MAX_QUERY = 2000

/** The authorization endpoint. OAuth 2.1 §4.1.1, OIDC Core §3.1.2, RFC 9126 §4. */
export async function authorize(request: Request, context: Context): Promise<Response> {
  if (request.method === 'POST') return repeatAsGet(request, context)
  const parameters = queryParameters(request.url)
  if (!parameters) return problemPage(context, request, 'invalid_request')
  const read = await readAuthorizationRequest(context, request, parameters)
  if (!('target' in read)) return read
  const flow: Flow = { client: read.target.client, request: read.authorization, interaction: undefined }
  const next = await nextStep(context, flow, await findSession(context, request))
  switch (next.step) {
    case 'login':
    case 'consent':
      return startInteraction(context, request, read)
    case 'issue':
      return issue(context, request, read, next.session, next.allowed)
    case 'refuse':
      return refuseRequest(context, request, read.target, next, next.reason)
  }
}

/** Nobody has to be asked. */
async function issue(
  context: Context,
  http: Request,
  { authorization: request, pushed }: ReadRequest,
  session: Session,
  scope: readonly string[],
): Promise<Response> {
  const completion = { request, session, scope, interaction: undefined, pushed, consented: false }
  const code = await completeAuthorization(context, completion)
  return code === undefined
    ? problemPage(context, http, 'already_used', { uiLocales: request.uiLocales })
    : authorizationResponse(context, http, request, { code })
}

/** A POST from another site comes without the session cookie (SameSite=Lax); the same request as GET comes with it. OAuth 2.1 §3.1. */
async function repeatAsGet(request: Request, context: Context): Promise<Response> {
  const form = await readForm(request)
  const query = writeQuery(form)
  if (query.length <= MAX_QUERY) return seeOther(`${context.url(PATHS.authorize)}?${query}`)
  const read = await readAuthorizationRequest(context, request, form)
  if (!('target' in read)) return read
  const kept = await keep(context, request, read)
  if (!('requestUri' in kept)) return kept
  const reference = new URLSearchParams({ client_id: read.authorization.clientId, request_uri: kept.requestUri })
  return seeOther(`${context.url(PATHS.authorize)}?${reference}`)
}

function writeQuery(parameters: Parameters): string {
  const query = new URLSearchParams()
  for (const [name, values] of parameters) for (const value of values) query.append(name, value)
  return query.toString()
}

async function startInteraction(context: Context, http: Request, read: ReadRequest): Promise<Response> {
  const binding = await ensureBinding(http, context.config)
  const interaction = createInteraction(context, read.authorization, read.pushed)
  let sealed = await sealInteraction(context, interaction, binding.digest)
  if (sealed === undefined) {
    const kept = await keep(context, http, read)
    if (!('requestUri' in kept)) return kept
    sealed = await sealInteraction(context, { ...interaction, pushed: kept.key }, binding.digest)
  }
  return seeOther(`${context.url(PATHS.interaction)}?state=${sealed}`, new Headers({ 'set-cookie': binding.cookie }))
}

/** Keeps a request that is too large for a URL, as if it had been pushed. */
async function keep(
  context: Context,
  http: Request,
  { authorization, target }: ReadRequest,
): Promise<StoredRequest | Response> {
  try {
    await context.limits.spend('pushed_request', http)
  } catch (error) {
    if (!isOAuthError(error) || error.status !== 429) throw error
    return refuseRequest(context, http, target, { error: error.code, description: error.message }, error.reason)
  }
  const description = 'The request is too large.'
  return (
    (await storeRequest(context, authorization)) ??
    refuseRequest(context, http, target, { error: 'invalid_request', description })
  )
}
