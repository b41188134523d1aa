import { type IdTokenClaims, verifyIdTokenHint } from '@scopewise/token-core'
import type { Client } from '../config/client.js'
import type { Context } from '../context.js'
import { readForm } from '../http/form.js'
import { type Parameters, queryParameters, repeatedParameter, single } from '../http/parameters.js'
import { seeOther } from '../http/responses.js'
import { languageOf, problemPage } from '../interaction/problem.js'
import { endSession, findSession } from '../interaction/session.js'
import { showPage } from '../interaction/show.js'
import { PATHS } from '../paths.js'
import type { Session } from '../storage/store.js'

/** Where to go after signing out: an address that the client registered. */
interface Target {
  readonly redirectUri: string
  readonly state: string | undefined
}

interface SignOut {
  readonly client: Client | undefined
  readonly hint: IdTokenClaims | undefined
  readonly target: Target | undefined
  readonly uiLocales: string | undefined
}

/** Seconds that the question stays open. */
const CONFIRM_WITHIN = 600

/** The end session endpoint. OIDC RP-Initiated Logout §2. */
export async function endSessionEndpoint(request: Request, context: Context): Promise<Response> {
  if (request.method === 'POST') return repeatAsGet(request, context)
  const parameters = queryParameters(request.url)
  if (!parameters || repeatedParameter(parameters)) return problemPage(context, request, 'invalid_request')
  const signOut = await readSignOut(context, parameters)
  if (typeof signOut === 'string')
    return problemPage(context, request, 'invalid_request', {
      detail: signOut,
      uiLocales: single(parameters, 'ui_locales'),
    })
  const session = await findSession(context, request)
  if (session && !isAbout(signOut.hint, session)) return confirm(context, request, signOut, session)
  // §2: with a valid hint the user has nothing to confirm, and without a session there is nothing to end.
  return finish(context, request, signOut, await endSession(context, session))
}

/** The answer to the question whether the user means it. */
export async function endSessionConfirm(request: Request, context: Context): Promise<Response> {
  const form = await readForm(request)
  const session = await findSession(context, request)
  const opened = session && (await openTicket(context, single(form, 'ticket') ?? '', session))
  // Signed out in another tab or by this very form, or asked too long ago: that endpoint knows what there is to ask.
  if (!opened) return seeOther(context.url(PATHS.endSession))
  const { target, uiLocales } = opened
  if (single(form, 'decision') !== 'sign_out')
    return showPage(context.config, 'stayedSignedIn', { language: languageOf(request, uiLocales) })
  return finish(context, request, { target, uiLocales }, await endSession(context, session))
}

/** A POST from another site comes without the session cookie (SameSite=Lax); the same request as GET comes with it. */
async function repeatAsGet(request: Request, context: Context): Promise<Response> {
  const query = new URLSearchParams()
  for (const [name, values] of await readForm(request)) for (const value of values) query.append(name, value)
  return seeOther(`${context.url(PATHS.endSession)}?${query}`)
}

/** Reads the request, or says why it can't be followed. */
async function readSignOut({ config, clients, issuers }: Context, parameters: Parameters): Promise<SignOut | string> {
  const hint = await readHint(single(parameters, 'id_token_hint'), config.issuer, issuers.publicKeys)
  if (hint === 'invalid') return 'The id_token_hint is not valid.'
  const audience = hint && [hint.aud].flat()
  const clientId = single(parameters, 'client_id') ?? audience?.[0]
  const client = clientId === undefined ? undefined : await clients.find(clientId)
  if (clientId !== undefined && !client) return 'The client is not known here.'
  // §2: both, when both are there, have to be about the same client.
  if (client && audience && !audience.includes(client.clientId))
    return 'The id_token_hint was issued to another client.'
  const redirectUri = single(parameters, 'post_logout_redirect_uri')
  if (redirectUri !== undefined && !client?.postLogoutRedirectUris.includes(redirectUri))
    return 'The post_logout_redirect_uri is not registered.'
  const target = redirectUri === undefined ? undefined : { redirectUri, state: single(parameters, 'state') }
  return { client, hint, target, uiLocales: single(parameters, 'ui_locales') }
}

async function readHint(
  hint: string | undefined,
  issuer: string,
  keys: Context['issuers']['publicKeys'],
): Promise<IdTokenClaims | undefined | 'invalid'> {
  if (hint === undefined) return undefined
  try {
    return await verifyIdTokenHint(hint, { issuer, keys })
  } catch {
    return 'invalid'
  }
}

/** Whether the hint names the very login that would be ended. */
function isAbout(hint: IdTokenClaims | undefined, session: Session): boolean {
  return hint !== undefined && hint.sub === session.subject && (hint.sid === undefined || hint.sid === session.id)
}

async function confirm(context: Context, request: Request, signOut: SignOut, session: Session): Promise<Response> {
  const language = languageOf(request, signOut.uiLocales)
  const view = {
    language,
    clientName: signOut.client?.name,
    account: { name: session.name ?? session.subject },
    action: context.url(PATHS.endSessionConfirm),
    hidden: { ticket: await sealTicket(context, signOut, session) },
  }
  return showPage(context.config, 'signOut', view, { formAction: signOut.target ? [signOut.target.redirectUri] : [] })
}

async function finish(
  { config }: Context,
  request: Request,
  { target, uiLocales }: Pick<SignOut, 'target' | 'uiLocales'>,
  cookie: string,
): Promise<Response> {
  const headers = new Headers({ 'set-cookie': cookie })
  if (!target) return showPage(config, 'signedOut', { language: languageOf(request, uiLocales) }, { headers })
  const state =
    target.state === undefined
      ? ''
      : `${target.redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams({ state: target.state })}`
  return seeOther(`${target.redirectUri}${state}`, headers)
}

/** Ties the question to this session: nobody else's form can answer it. */
function sealTicket({ secrets, now }: Context, { target, uiLocales }: SignOut, session: Session): Promise<string> {
  return secrets.seal(
    'sign-out',
    JSON.stringify([now() + CONFIRM_WITHIN, target ?? null, uiLocales ?? null]),
    session.hash,
  )
}

async function openTicket(
  { secrets, now }: Context,
  ticket: string,
  session: Session,
): Promise<Pick<SignOut, 'target' | 'uiLocales'> | undefined> {
  const plain = await secrets.open('sign-out', ticket, session.hash)
  if (plain === undefined) return undefined
  // Authenticated encryption under a purpose of its own: only sealTicket can have written this.
  const [expiresAt, target, uiLocales] = JSON.parse(plain) as [number, Target | null, string | null]
  return expiresAt > now() ? { target: target ?? undefined, uiLocales: uiLocales ?? undefined } : undefined
}
