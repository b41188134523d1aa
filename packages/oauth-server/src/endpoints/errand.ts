import { type Demand, demandLogin } from '../authorization/decide.js'
import { createErrand, type ErrandState, openErrand, sealErrand, switchErrand } from '../authorization/errand.js'
import type { LoginReason } from '../config/login.js'
import type { Errand, Language } from '../config/pages.js'
import type { Context } from '../context.js'
import { readForm } from '../http/form.js'
import { type Parameters, queryParameters, single } from '../http/parameters.js'
import { seeOther } from '../http/responses.js'
import { ensureBinding, findBinding } from '../interaction/binding.js'
import { languageOf, problemPage } from '../interaction/problem.js'
import { findSession } from '../interaction/session.js'
import type { Session } from '../storage/store.js'
import { askLogin } from './login.js'

/** One request of somebody who came by themselves: everything that its answer needs. */
export interface ErrandVisit {
  readonly context: Context
  readonly http: Request
  readonly form: Parameters | undefined
  readonly state: ErrandState
  readonly sealed: string
  readonly binding: string
  /** The address of this errand, without its state. */
  readonly action: string
  readonly language: Language
}

/** Nothing is asked of the login but that there is one. */
const NO_DEMAND: Demand = { prompt: [], maxAge: undefined, acrValues: [], hintDigest: undefined }

/** Takes up an errand where this browser left it, or says why that can't be. `new`: nobody has begun one here, or it is over. */
export async function openVisit(
  context: Context,
  http: Request,
  errand: Errand,
  action: string,
): Promise<ErrandVisit | Response | 'new'> {
  const form = http.method === 'POST' ? await readForm(http) : undefined
  // A form of ours is sent from our own page; older browsers don't say, and for them the binding alone decides.
  if (form && !['same-origin', null].includes(http.headers.get('sec-fetch-site')))
    return problemPage(context, http, 'other_browser')
  const sealed = single(form ?? queryParameters(http.url) ?? new Map(), 'state')
  if (sealed === undefined) return form ? problemPage(context, http, 'other_browser') : 'new'
  const binding = await findBinding(http, context.config)
  if (binding === undefined) return problemPage(context, http, 'other_browser')
  const state = await openErrand(context, errand, sealed, binding)
  if (state === 'other_browser' && form) return problemPage(context, http, state)
  // Nothing hangs on an errand: one that was left open for too long begins anew.
  if (typeof state === 'string') return form ? seeOther(action) : 'new'
  return { context, http, form, state, sealed, binding, action, language: languageOf(http, state.uiLocales) }
}

/** Begins an errand in this browser: gives its visit and the cookie that ties the two together. */
export async function beginVisit(
  context: Context,
  http: Request,
  errand: Errand,
  action: string,
): Promise<{ readonly visit: ErrandVisit; readonly cookie: string }> {
  const uiLocales = single(queryParameters(http.url) ?? new Map(), 'ui_locales')
  const { digest: binding, cookie } = await ensureBinding(http, context.config)
  const state = createErrand(context, errand, uiLocales)
  const sealed = await sealErrand(context, state, binding)
  const language = languageOf(http, uiLocales)
  return { visit: { context, http, form: undefined, state, sealed, binding, action, language }, cookie }
}

/** The account that is signed in, or the page that asks for it. */
export async function signedIn(visit: ErrandVisit): Promise<Session | Response> {
  const { context, http, state } = visit
  const session = await findSession(context, http)
  const known = session && { ...session, subjectDigest: '' }
  const reason = demandLogin(NO_DEMAND, known, state, { acrValues: [], now: context.now() })
  return session && reason === undefined ? session : ask(visit, session, reason ?? 'no_session')
}

function ask(visit: ErrandVisit, session: Session | undefined, reason: LoginReason): Promise<Response> {
  const { context, http, form, state, sealed, action } = visit
  const occasion = {
    client: undefined,
    errand: state.errand,
    scope: [],
    demand: NO_DEMAND,
    loginHint: undefined,
    uiLocales: state.uiLocales,
    attempt: state.attempt,
    startedAt: state.startedAt,
    action,
    sealed,
    formAction: [],
    refuse: () => problemPage(context, http, 'invalid_request', { uiLocales: state.uiLocales }),
  }
  return askLogin({ context, http, form, session }, occasion, reason)
}

/** The same errand with another account. */
export const switchVisit = (visit: ErrandVisit): Promise<Response> =>
  goOn(visit, switchErrand(visit.state, visit.context.now()))

/** Shows where the errand stands. After every form, so that a reload never sends one twice. */
export async function goOn({ context, action, binding }: ErrandVisit, state: ErrandState): Promise<Response> {
  return seeOther(`${action}?state=${await sealErrand(context, state, binding)}`)
}
