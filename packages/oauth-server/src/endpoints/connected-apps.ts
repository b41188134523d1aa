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

const CONNECTIONS_PER_PAGE = 20

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
  const query = queryParameters(http.url) ?? new Map()
  const done = single(query, 'done')
  const { apps, number, isLast } = await pageOf(context, session.subject, language, pageNumber(single(query, 'page')))
  const address = (page: number): string => `${action}?state=${sealed}&page=${page}`
  const view: ConnectedAppsView = {
    language,
    action,
    hidden: { state: sealed, page: String(number), ...(await ticketFields(context, session, ABOUT)) },
    account: { name: session.name ?? session.subject },
    apps,
    newer: number > 1 ? address(number - 1) : undefined,
    older: isLast ? undefined : address(number + 1),
    done: done === 'app' || done === 'connection' ? done : undefined,
  }
  return showPage(context.config, 'connectedApps', view)
}

/** What somebody sent as the number of a page, as one that there may be. */
const pageNumber = (text = ''): number => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : 1)

interface AppsPage {
  readonly apps: readonly ConnectedApp[]
  readonly number: number
  readonly isLast: boolean
}

/** One page of the connections, newest first, by application. Those that were allowed something and are signed in nowhere close the last. */
async function pageOf(context: Context, subject: string, language: Language, wanted: number): Promise<AppsPage> {
  const { config, clients, store, now } = context
  const [consents, grants] = await Promise.all([
    store.listConsents(subject),
    store.listGrants(subject, now(), wanted * CONNECTIONS_PER_PAGE + 1),
  ])
  // What was on the page that is asked for may have been ended meanwhile.
  const number = Math.min(wanted, Math.max(1, Math.ceil(grants.length / CONNECTIONS_PER_PAGE)))
  const end = number * CONNECTIONS_PER_PAGE
  const isLast = grants.length <= end
  const shown = grants.slice(end - CONNECTIONS_PER_PAGE, end)
  const idle = isLast ? consents.filter(({ clientId }) => grants.every((grant) => grant.clientId !== clientId)) : []
  const clientIds = new Set([...shown, ...idle].map(({ clientId }) => clientId))
  const apps = [...clientIds].map(async (clientId) => {
    const isOwn = (allowed: { readonly clientId: string }): boolean => allowed.clientId === clientId
    const scope = new Set([...grants, ...consents].filter(isOwn).flatMap((allowed) => allowed.scope))
    return {
      clientId,
      name: (await clients.find(clientId))?.name ?? clientId,
      scopes: [...scope].map((value) => ({ value, description: config.describeScope(value, [language]) })),
      connections: shown.filter(isOwn).map(({ id: grantId, createdAt }) => ({ grantId, createdAt })),
    }
  })
  return { apps: await Promise.all(apps), number, isLast }
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
  const page = pageNumber(single(form, 'page'))
  return seeOther(`${action}?state=${sealed}&page=${page}&done=${clientId === undefined ? 'connection' : 'app'}`)
}

/** This one grant and no other; one of somebody else is none. */
async function endConnection(context: Context, subject: string, grantId: string): Promise<void> {
  const grant = await context.store.findGrant(grantId)
  if (grant?.subject === subject) await endGrant(context, grant, 'user_request')
}
