import { digest } from '@scopewise/token-core/encoding'
import { createGrant } from '../authorization/create-grant.js'
import { describeOrigin } from '../authorization/device-origin.js'
import { readTicket, ticketFields } from '../authorization/form-ticket.js'
import { formatUserCode, parseUserCode, userCodeHash } from '../authorization/user-code.js'
import type { Client } from '../config/client.js'
import type { DeviceCodeError } from '../config/pages.js'
import type { Context } from '../context.js'
import { type Parameters, queryParameters, single } from '../http/parameters.js'
import { problemPage } from '../interaction/problem.js'
import { showPage } from '../interaction/show.js'
import { PATHS } from '../paths.js'
import type { DecisionOutcome, DeviceCode, Session } from '../storage/store.js'
import { allowedScope } from '../tokens/allowed-scope.js'
import { beginVisit, type ErrandVisit, goOn, openVisit, signedIn, switchVisit } from './errand.js'

/** Characters of what was typed that are shown again. */
const MAX_TYPED = 32
/** Characters of a client's name that travel in the URL of the last page. */
const MAX_NAME = 200

/** The verification page: type the code, sign in, see what is asked for, answer. RFC 8628 §3.3. */
export async function device(http: Request, context: Context): Promise<Response> {
  const opened = await openVisit(context, http, 'device', context.url(PATHS.device))
  if (opened === 'new') return begin(context, http)
  if (opened instanceof Response) return opened
  const { form, state } = opened
  if (state.answered) return showPage(context.config, 'deviceDone', { language: opened.language, ...state.answered })
  if (form?.has('user_code')) return takeCode(opened, single(form, 'user_code') ?? '')
  if (state.userCode === undefined) return askCode(opened)
  const session = await signedIn(opened)
  if (session instanceof Response) return session
  if (form?.has('decision')) return decide(opened, form, session, state.userCode)
  return form ? goOn(opened, state) : confirm(opened, session, state.userCode)
}

/** A code that came with the address is only typed for the user: it is never taken without a click. RFC 8628 §3.3.1, §5.4. */
async function begin(context: Context, http: Request): Promise<Response> {
  const { visit, cookie } = await beginVisit(context, http, 'device', context.url(PATHS.device))
  const userCode = single(queryParameters(http.url) ?? new Map(), 'user_code')
  return askCode(visit, { userCode, cookie })
}

interface Asked {
  readonly userCode?: string | undefined
  readonly error?: DeviceCodeError
  /** Seconds. */
  readonly retryAfter?: number
  readonly cookie?: string
}

function askCode(
  { context, language, action, sealed }: ErrandVisit,
  { userCode, error, retryAfter, cookie }: Asked = {},
): Promise<Response> {
  const view = { language, action, hidden: { state: sealed }, userCode: userCode?.slice(0, MAX_TYPED), error }
  const headers = new Headers()
  if (cookie !== undefined) headers.set('set-cookie', cookie)
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter))
  return showPage(context.config, 'deviceCode', view, { status: error === 'too_many' ? 429 : 200, headers })
}

/** The code is looked up for nobody who has not signed in: so guesses have an account to be counted under. */
function takeCode(visit: ErrandVisit, typed: string): Promise<Response> {
  const userCode = parseUserCode(typed)
  return userCode === undefined
    ? askCode(visit, { userCode: typed, error: 'wrong_code' })
    : goOn(visit, { ...visit.state, userCode })
}

interface Claim {
  readonly code: DeviceCode
  readonly client: Client
  readonly hash: string
  readonly claimant: string
  readonly allowed: readonly string[]
}

/** Claims the code for this browser, or shows why that is not possible. */
async function claim(visit: ErrandVisit, { subject }: Session, userCode: string): Promise<Claim | Response> {
  const { context, binding } = visit
  const typed = formatUserCode(userCode)
  // RFC 8628 §5.1: five guesses of one account at 20^8 codes are less than 2^-32; and one network has few more.
  const counted = await context.limits.begin('user_code', visit.http, subject)
  if (counted.wait !== undefined)
    return askCode(visit, { userCode: typed, error: 'too_many', retryAfter: counted.wait })
  const hash = await userCodeHash(context.secrets, userCode)
  // Of the browser and not of the session: whoever chooses another account on the page stays who opened it.
  const claimant = await digest(binding)
  const claimed = await context.store.claimDeviceCode(hash, claimant, context.now())
  const client =
    claimed.outcome === 'claimed' ? await context.clients.find(claimed.code.clientId, visit.http) : undefined
  // One answer for all: whether somebody else has this code is nobody's business.
  if (claimed.outcome !== 'claimed' || !client) return askCode(visit, { userCode: typed, error: 'wrong_code' })
  await counted.succeed()
  const { clientId, scope, resources } = claimed.code
  const allowed = await allowedScope(context.config, { subject, clientId, requested: scope, resources })
  return { code: claimed.code, client, hash, claimant, allowed }
}

async function confirm(visit: ErrandVisit, session: Session, userCode: string): Promise<Response> {
  const { context, language, action, sealed } = visit
  const claimed = await claim(visit, session, userCode)
  if (claimed instanceof Response) return claimed
  const { code, client, allowed } = claimed
  const describe = (value: string) => ({ value, description: context.config.describeScope(value, [language]) })
  return showPage(context.config, 'deviceConsent', {
    language,
    clientName: client.name,
    userCode: formatUserCode(userCode),
    age: Math.max(0, context.now() - (code.expiresAt - context.config.lifetimes.deviceCode)),
    origin: await describeOrigin(context, visit.http, code.requestedFrom, language),
    account: { name: session.name ?? session.subject },
    scopes: allowed.map(describe),
    refused: code.scope.filter((value) => !allowed.includes(value)).map(describe),
    action,
    hidden: { state: sealed, ...(await ticketFields(context, session, aboutOf(visit, userCode), allowed)) },
  })
}

const aboutOf = ({ state }: ErrandVisit, userCode: string): readonly string[] => ['device', state.attempt, userCode]

async function decide(visit: ErrandVisit, form: Parameters, session: Session, userCode: string): Promise<Response> {
  const { context, http } = visit
  const shown = await readTicket(context, form, session, aboutOf(visit, userCode))
  // OAuth 2.1 §7.10: made for another code, another session, or by somebody else.
  if (!shown) return problemPage(context, http, 'other_browser')
  const decision = single(form, 'decision')
  if (decision === 'switch') return switchVisit(visit)
  if (decision !== 'allow' && decision !== 'deny') return problemPage(context, http, 'invalid_request')
  const claimed = await claim(visit, session, userCode)
  if (claimed instanceof Response) return problemPage(context, http, 'already_used')
  // Nothing wider than what was shown, nor than what the policy still allows.
  const scope = claimed.allowed.filter((value) => shown.includes(value))
  if (decision === 'allow' && scope.length === 0) return goOn(visit, visit.state)
  const outcome =
    decision === 'allow' ? await allow(visit, claimed, session, scope) : await deny(visit, claimed, session)
  if (outcome !== 'decided') return problemPage(context, http, 'already_used')
  const answered = {
    clientName: claimed.client.name.slice(0, MAX_NAME),
    decision: decision === 'allow' ? 'allowed' : 'denied',
  } as const
  return goOn(visit, { ...visit.state, answered })
}

async function allow(
  { context }: ErrandVisit,
  { code, hash, claimant }: Claim,
  session: Session,
  scope: readonly string[],
): Promise<DecisionOutcome> {
  const { clientId, resources, expiresAt } = code
  const { subject } = session
  const now = context.now()
  const grant = createGrant(context, { clientId, session, scope, resources, expiresAt }, now)
  const approval = { consent: { subject, clientId, scope }, grant }
  const outcome = await context.store.approveDeviceCode(hash, claimant, now, approval)
  if (outcome === 'decided') {
    context.emit('consent.granted', { clientId, subject, scope })
    context.emit('authorization.granted', { grantId: grant.id, clientId, subject, scope })
  }
  return outcome
}

async function deny(
  { context }: ErrandVisit,
  { code, hash, claimant }: Claim,
  { subject }: Session,
): Promise<DecisionOutcome> {
  const outcome = await context.store.denyDeviceCode(hash, claimant, context.now())
  if (outcome === 'decided') context.emit('consent.denied', { clientId: code.clientId, subject })
  return outcome
}
