import { refuseLogin } from '../authorization/decide.js'
import { authorizationErrorResponse } from '../authorization/response.js'
import { subjectDigest } from '../authorization/subject-digest.js'
import type { LoginReason, LoginResult } from '../config/login.js'
import { seeOther } from '../http/responses.js'
import { createLoginAttempts } from '../interaction/login-attempts.js'
import { startSession } from '../interaction/session.js'
import { PATHS } from '../paths.js'
import type { Visit } from './interaction.js'

/** Asks the login callback who the user is; checks what it says; begins a session and goes on. */
export async function askLogin(visit: Visit, reason: LoginReason): Promise<Response> {
  const { context, http, form, flow, sealed } = visit
  const { client, request } = flow
  const { clientId } = client
  const action = context.url(PATHS.interaction)
  const resumeUrl = `${action}?state=${sealed}`
  const attempts = createLoginAttempts(context, http)
  const answer = await context.config.login({
    request: http,
    form,
    reason,
    client: { clientId, name: client.name, redirectHost: redirectHost(request.redirectUri) },
    scope: request.scope,
    loginHint: reason === 'switch_account' ? undefined : request.loginHint,
    acrValues: request.acrValues,
    maxAge: request.maxAge,
    uiLocales: request.uiLocales,
    page: { action, hidden: { state: sealed }, formAction: [request.redirectUri] },
    resumeUrl,
    attempt: attempts.begin,
    fail: (why) => context.emit('login.failed', { clientId, reason: why }),
  })
  if (!('subject' in answer)) return withCookies(answer, attempts.cookies)
  const response = await finishLogin(visit, reason, answer, resumeUrl)
  await attempts.succeed()
  return withCookies(response, attempts.cookies)
}

/** The answer may be anybody's, so it is not changed. */
function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response
  const headers = new Headers(response.headers)
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(response.body, { status: response.status, headers })
}

async function finishLogin(
  { context, http, flow }: Visit,
  reason: LoginReason,
  result: LoginResult,
  resumeUrl: string,
): Promise<Response> {
  const { config, clients, secrets, emit } = context
  const { request, interaction } = flow
  const { clientId } = request
  const known = { ...result, subjectDigest: await subjectDigest(secrets, result.subject) }
  const facts = {
    reason,
    startedAt: interaction.startedAt,
    now: context.now(),
    acrValues: config.acrValues,
    isClient: (await clients.find(result.subject)) !== undefined,
  }
  const refusal = refuseLogin(known, request, facts)
  if (refusal) {
    emit('authorization.refused', { clientId, error: 'login_required', reason: refusal })
    const error = refusal === 'acr' ? 'unmet_authentication_requirements' : 'login_required'
    return authorizationErrorResponse(config.issuer, request, error, 'The sign-in does not meet what was asked for.')
  }
  const cookie = await startSession(context, http, result, interaction.attempt)
  emit('login.succeeded', { clientId, subject: result.subject })
  return seeOther(resumeUrl, new Headers({ 'set-cookie': cookie }))
}

/** What a person should compare: the host that gets the answer, or the scheme of an app. */
export function redirectHost(redirectUri: string): string {
  const { host, protocol } = new URL(redirectUri)
  return host || protocol.slice(0, -1)
}
