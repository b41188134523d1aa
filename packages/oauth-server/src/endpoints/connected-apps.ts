import { readTicket, ticketFields } from '../authorization/form-ticket.js'
import type { ConnectedApp, ConnectedAppsView, Language } from '../config/pages.js'
import type { Context } from '../context.js'
import { type Parameters, queryParameters, single } from '../http/parameters.js'
import { seeOther } from '../http/responses.js'
import { problemPage } from '../interaction/problem.js'
import { showPage } from '../interaction/show.js'
import { endGrant, forgetClient } from '../management/grants.js'
import { PATHS } from '../paths.js'
import type { Session } from '../storage/store.js'
import { beginVisit, type ErrandVisit, goOn, openVisit, signedIn, switchVisit } from './errand.js'

/** Connections that the page lists; who has more ends all of an application at once. */
const MOST_CONNECTIONS = 100

const ABOUT = ['connected_apps'] as const

/** What somebody allowed to whom, with a button to take each back. */
export async function connectedApps(http: Request, context: Context): Promise<Response> {
  const action = context.url(PATHS.connectedApps)
  const opened = await openVisit(context, http, 'connected_apps', action)
  if (opened instanceof Response) return opened
  if (opened === 'new') {
    const { visit, cookie } = await beginVisit(context, http, 'connected_apps', action)
    return seeOther(`${action}?state=${visit.sealed}`, new Headers({ 'set-cookie': cookie }))
  }
  const session = await signedIn(opened)
  if (session instanceof Response) return session
  const { form } = opened
  if (form) return form.has('ticket') ? change(opened, form, session) : goOn(opened, opened.state)
  return show(opened, session)
}

async function show(visit: ErrandVisit, session: Session): Promise<Response> {
  const { context, http, language, action, sealed } = visit
  const done = single(queryParameters(http.url) ?? new Map(), 'done')
  const view: ConnectedAppsView = {
    language,
    action,
    hidden: { state: sealed, ...(await ticketFields(context, session, ABOUT)) },
    account: { name: session.name ?? session.subject },
    apps: await appsOf(context, session.subject, language),
    done: done === 'app' || done === 'connection' ? done : undefined,
  }
  return showPage(context.config, 'connectedApps', view)
}

/** Every client that was allowed something or has a living grant. */
async function appsOf(context: Context, subject: string, language: Language): Promise<ConnectedApp[]> {
  const { config, clients, store, now } = context
  const [consents, grants] = await Promise.all([
    store.listConsents(subject),
    store.listGrants(subject, now(), MOST_CONNECTIONS),
  ])
  const clientIds = new Set([...grants, ...consents].map(({ clientId }) => clientId))
  const apps = [...clientIds].map(async (clientId) => {
    const own = grants.filter((grant) => grant.clientId === clientId)
    const consent = consents.filter((known) => known.clientId === clientId)
    const scope = new Set([...own, ...consent].flatMap((allowed) => allowed.scope))
    return {
      clientId,
      name: (await clients.find(clientId))?.name ?? clientId,
      scopes: [...scope].map((value) => ({ value, description: config.describeScope(value, [language]) })),
      connections: own.map(({ id: grantId, createdAt }) => ({ grantId, createdAt })),
    }
  })
  return Promise.all(apps)
}

async function change(visit: ErrandVisit, form: Parameters, session: Session): Promise<Response> {
  const { context, http, action, sealed } = visit
  // OAuth 2.1 §7.10: made for another session, or by somebody else.
  if (!(await readTicket(context, form, session, ABOUT))) return problemPage(context, http, 'other_browser')
  if (single(form, 'decision') === 'switch') return switchVisit(visit)
  const { subject } = session
  const clientId = single(form, 'client')
  const grantId = single(form, 'grant')
  if (clientId !== undefined) await forgetClient(context, { subject, clientId }, 'user_request')
  else if (grantId !== undefined) await endConnection(context, subject, grantId)
  else return problemPage(context, http, 'invalid_request')
  return seeOther(`${action}?state=${sealed}&done=${clientId === undefined ? 'connection' : 'app'}`)
}

/** This one grant and no other; one of somebody else is none. */
async function endConnection(context: Context, subject: string, grantId: string): Promise<void> {
  const grant = await context.store.findGrant(grantId)
  if (grant?.subject === subject) await endGrant(context, grant, 'user_request')
}
