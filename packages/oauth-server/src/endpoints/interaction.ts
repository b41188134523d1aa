import { completeAuthorization } from '../authorization/complete.js'
import { readTicket, ticketFields } from '../authorization/form-ticket.js'
import { type Interaction, openInteraction, sealInteraction, switchAccount } from '../authorization/interaction.js'
import { type Flow, type NextStep, nextStep } from '../authorization/next-step.js'
import { redirectHost } from '../authorization/redirect-uri.js'
import { authorizationErrorResponse, authorizationResponse } from '../authorization/response.js'
import { isForDevice } from '../config/redirect-uris.js'
import type { Context } from '../context.js'
import { readForm } from '../http/form.js'
import { type Parameters, queryParameters, single } from '../http/parameters.js'
import { seeOther } from '../http/responses.js'
import { findBinding } from '../interaction/binding.js'
import { languageOf, problemPage } from '../interaction/problem.js'
import { findSession } from '../interaction/session.js'
import { showPage } from '../interaction/show.js'
import { PATHS } from '../paths.js'
import type { Session } from '../storage/store.js'
import { askLogin, type Occasion } from './login.js'

type Step<S extends NextStep['step']> = Extract<NextStep, { step: S }>

/** One request to the interaction: everything that its answer needs. */
interface Visit {
  readonly context: Context
  readonly http: Request
  readonly form: Parameters | undefined
  readonly flow: Flow & { readonly interaction: Interaction }
  readonly sealed: string
  readonly binding: string
}

/** The pages between an authorization request and its answer. Each request decides anew what is missing. */
export async function interact(http: Request, context: Context): Promise<Response> {
  const form = http.method === 'POST' ? await readForm(http) : undefined
  // A form of ours is sent from our own page; older browsers don't say, and for them the binding alone decides.
  if (form && !['same-origin', null].includes(http.headers.get('sec-fetch-site')))
    return problemPage(context, http, 'other_browser')
  const sealed = single(form ?? queryParameters(http.url) ?? new Map(), 'state') ?? ''
  const binding = await findBinding(http, context.config)
  if (binding === undefined) return problemPage(context, http, 'other_browser')
  const interaction = await openInteraction(context, sealed, binding)
  if (typeof interaction === 'string') return problemPage(context, http, interaction)
  const client = await context.clients.find(interaction.request.clientId, http)
  if (!client) return problemPage(context, http, 'expired')

  const visit: Visit = {
    context,
    http,
    form,
    flow: { client, request: interaction.request, interaction },
    sealed,
    binding,
  }
  const session = await findSession(context, http)
  const next = await nextStep(context, visit.flow, session)
  if (form?.has('decision'))
    return next.step === 'consent' || next.step === 'issue' ? decide(visit, form, next) : again(visit)
  switch (next.step) {
    case 'login':
      return askLogin({ context, http, form, session }, occasionOf(visit), next.reason)
    case 'consent':
      return form ? again(visit) : askConsent(visit, next)
    case 'issue':
      return form ? again(visit) : issue(visit, next.session, next.allowed, false)
    case 'refuse':
      return authorizationErrorResponse(context, http, visit.flow.request, next.error, next.description)
  }
}

function occasionOf({ context, http, flow, sealed }: Visit): Occasion {
  const { client, request, interaction } = flow
  const { clientId, name } = client
  return {
    client: { clientId, name, redirectHost: redirectHost(request.redirectUri) },
    errand: undefined,
    scope: request.scope,
    demand: request,
    loginHint: request.loginHint,
    uiLocales: request.uiLocales,
    attempt: interaction.attempt,
    startedAt: interaction.startedAt,
    action: context.url(PATHS.interaction),
    sealed,
    formAction: [request.redirectUri],
    refuse: (error, description) => authorizationErrorResponse(context, http, request, error, description),
  }
}

/** Shows where the interaction stands. After every form, so that a reload never sends one twice. */
function again({ context, sealed }: Visit): Response {
  return seeOther(`${context.url(PATHS.interaction)}?state=${sealed}`)
}

async function askConsent(
  { context, http, flow, sealed }: Visit,
  { session, allowed, refused, remembered }: Step<'consent'>,
): Promise<Response> {
  const { client, request, interaction } = flow
  const language = languageOf(http, request.uiLocales)
  const describe = (value: string) => ({ value, description: context.config.describeScope(value, [language]) })
  const view = {
    language,
    clientName: client.name,
    redirectHost: redirectHost(request.redirectUri),
    account: { name: session.name ?? session.subject },
    isOnDevice: client.source === 'document' && isForDevice(request.redirectUri),
    scopes: allowed.map((value) => ({ ...describe(value), isNew: !remembered.has(value) })),
    refused: refused.map(describe),
    action: context.url(PATHS.interaction),
    hidden: { state: sealed, ...(await ticketFields(context, session, aboutOf(interaction), allowed)) },
  }
  return showPage(context.config, 'consent', view, { formAction: [request.redirectUri] })
}

const aboutOf = ({ id, attempt }: Interaction): readonly string[] => ['interaction', id, attempt]

async function decide(
  visit: Visit,
  form: Parameters,
  { session, allowed }: Step<'consent' | 'issue'>,
): Promise<Response> {
  const { context, http, flow } = visit
  const shown = await readTicket(context, form, session, aboutOf(flow.interaction))
  // OAuth 2.1 §7.10: made for another interaction, another session, or by somebody else.
  if (!shown) return problemPage(context, http, 'other_browser')
  const decision = single(form, 'decision') ?? ''
  switch (decision) {
    case 'allow': {
      // Nothing wider than what was shown, nor than what the policy still allows.
      const scope = allowed.filter((value) => shown.includes(value))
      return scope.length > 0 ? issue(visit, session, scope, true) : again(visit)
    }
    case 'deny':
      return deny(visit, session)
    case 'switch':
      return restart(visit)
    default:
      return problemPage(context, http, 'invalid_request')
  }
}

async function issue(
  { context, http, flow }: Visit,
  session: Session,
  scope: readonly string[],
  consented: boolean,
): Promise<Response> {
  const { request, interaction } = flow
  const { pushed } = interaction
  const code = await completeAuthorization(context, { request, session, scope, interaction, pushed, consented })
  return code === undefined
    ? problemPage(context, http, 'already_used', { uiLocales: request.uiLocales })
    : authorizationResponse(context, http, request, { code })
}

/** RFC 6749 §4.1.2.1. A denial completes the interaction too. */
async function deny({ context, http, flow }: Visit, { subject }: Session): Promise<Response> {
  const { request, interaction } = flow
  // A pushed request is good for one answer, whichever it is. RFC 9126 §4
  for (const { id, expiresAt } of [interaction, ...(interaction.pushed ? [interaction.pushed] : [])]) {
    if ((await context.store.useOnce(id, expiresAt, context.now())) === 'replayed')
      return problemPage(context, http, 'already_used')
  }
  context.emit('consent.denied', { clientId: request.clientId, subject })
  return authorizationErrorResponse(context, http, request, 'access_denied', 'The user denied the request.')
}

/** The same request, now with another account. */
async function restart({ context, http, flow, binding }: Visit): Promise<Response> {
  const sealed = await sealInteraction(context, switchAccount(flow.interaction, context.now()), binding)
  return sealed === undefined
    ? problemPage(context, http, 'invalid_request')
    : seeOther(`${context.url(PATHS.interaction)}?state=${sealed}`)
}
