import { type Demand, refuseLogin } from '../authorization/decide.js'
import { subjectDigest } from '../authorization/subject-digest.js'
import type { LoginContext, LoginReason, LoginResult } from '../config/login.js'
import type { Errand, SignInError, SignInView } from '../config/pages.js'
import type { Context } from '../context.js'
import { invalidConfiguration, type OAuthErrorCode } from '../errors.js'
import type { Parameters } from '../http/parameters.js'
import { seeOther } from '../http/responses.js'
import { createLoginAttempts } from '../interaction/login-attempts.js'
import { languageOf } from '../interaction/problem.js'
import { startSession } from '../interaction/session.js'
import { showPage } from '../interaction/show.js'
import type { Session } from '../storage/store.js'
import type { Seconds } from '../time.js'

/** What a sign-in is part of: an authorization request, or an errand. */
export type Occasion = OccasionBase & Sender

/** The application that sent the user, or what they came for by themselves. */
type Sender =
  | { readonly client: NonNullable<LoginContext['client']>; readonly errand: undefined }
  | { readonly client: undefined; readonly errand: Errand }

interface OccasionBase {
  readonly scope: readonly string[]
  readonly demand: Demand
  readonly loginHint: string | undefined
  readonly uiLocales: string | undefined
  readonly attempt: string
  readonly startedAt: Seconds
  /** Where the form is sent. */
  readonly action: string
  readonly sealed: string
  readonly formAction: readonly string[]
  /** The answer to a sign-in that does not meet what was asked for. */
  refuse(error: OAuthErrorCode, description: string): Response | Promise<Response>
}

interface Visitor {
  readonly context: Context
  readonly http: Request
  readonly form: Parameters | undefined
  readonly session: Session | undefined
}

/** Asks the login callback who the user is; checks what it says; begins a session and goes on. */
export async function askLogin(visitor: Visitor, occasion: Occasion, reason: LoginReason): Promise<Response> {
  const { context, http, form, session } = visitor
  const { client, errand, demand, uiLocales, action, sealed } = occasion
  const resumeUrl = `${action}?state=${sealed}`
  const attempts = createLoginAttempts(context, http)
  const loginHint = reason === 'switch_account' ? undefined : occasion.loginHint
  const answer = await context.config.login({
    request: http,
    form,
    reason,
    client,
    errand,
    session: session && knownOf(session),
    scope: occasion.scope,
    loginHint,
    acrValues: demand.acrValues,
    maxAge: demand.maxAge,
    uiLocales,
    page: {
      action,
      hidden: { state: sealed },
      formAction: occasion.formAction,
      show: (shown = {}) => showSignIn(visitor, occasion, { username: loginHint, ...shown }),
    },
    resumeUrl,
    attempt: attempts.begin,
    fail(why, cause) {
      context.emit('login.failed', { clientId: client?.clientId, reason: why })
      if (cause !== undefined) context.emit('error', { where: 'login', cause })
    },
  })
  checkAnswer(answer)
  if (!('subject' in answer)) return withCookies(answer, attempts.cookies)
  const response = await finishLogin(visitor, occasion, reason, answer, resumeUrl)
  await attempts.succeed()
  return withCookies(response, attempts.cookies)
}

/** A program without types may answer with anything. */
function checkAnswer(answer: unknown): asserts answer is LoginResult | Response {
  if (typeof answer === 'object' && answer !== null) {
    if ('subject' in answer ? typeof answer.subject === 'string' : 'headers' in answer) return
  }
  throw invalidConfiguration('login: has to answer with { subject }, which is a string, or with a Response.')
}

/** The answer may be anybody's, so it is not changed. */
function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response
  const headers = new Headers(response.headers)
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(response.body, { status: response.status, headers })
}

const knownOf = ({ subject, authTime, acr, amr }: Session) => ({ subject, authTime, acr, amr })

const STATUS: Readonly<Record<SignInError, number>> = { wrong_credentials: 200, too_many: 429, unavailable: 503 }

function showSignIn(
  { context, http }: Visitor,
  { client, errand, uiLocales, action, sealed, formAction }: Occasion,
  { username, error, retryAfter }: Pick<SignInView, 'username' | 'error'> & { readonly retryAfter?: Seconds },
): Promise<Response> {
  const purpose = client ? { clientName: client.name, redirectHost: client.redirectHost } : errand
  const view = { language: languageOf(http, uiLocales), purpose, action, hidden: { state: sealed }, username, error }
  const headers = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) }
  return showPage(context.config, 'signIn', view, {
    status: error ? STATUS[error] : 200,
    formAction,
    ...(headers && { headers }),
  })
}

async function finishLogin(
  { context, http }: Visitor,
  { client, demand, attempt, startedAt, refuse }: Occasion,
  reason: LoginReason,
  result: LoginResult,
  resumeUrl: string,
): Promise<Response> {
  const { config, clients, secrets, emit } = context
  const clientId = client?.clientId
  const known = { ...result, subjectDigest: await subjectDigest(secrets, result.subject) }
  const facts = {
    reason,
    startedAt,
    now: context.now(),
    acrValues: config.acrValues,
    isClient: (await clients.find(result.subject)) !== undefined,
  }
  const refusal = refuseLogin(known, demand, facts)
  if (refusal) {
    const error = refusal === 'acr' ? 'unmet_authentication_requirements' : 'login_required'
    emit('authorization.refused', { clientId, error, reason: refusal })
    return refuse(error, 'The sign-in does not meet what was asked for.')
  }
  const cookie = await startSession(context, http, result, attempt)
  emit('login.succeeded', { clientId, subject: result.subject })
  return seeOther(resumeUrl, new Headers({ 'set-cookie': cookie }))
}
