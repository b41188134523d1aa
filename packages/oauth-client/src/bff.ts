/**
 * A backend for pages: tokens stay on the server, and the browser has a cookie. RFC 10017 §6.1.
 *
 * @see https://www.rfc-editor.org/rfc/rfc10017
 * @module
 */
import { answer, problem, signedOut, tokensProblem } from './bff/answers.js'
import { refuseForeign } from './bff/guard.js'
import { finishLogin, startLogin } from './bff/login.js'
import { logOut, takeLogoutToken } from './bff/logout.js'
import { callApi } from './bff/proxy.js'
import { findSession } from './bff/session.js'
import { type BffOptions, parseSettings, type Settings } from './bff/settings.js'
import { findTarget } from './bff/target.js'
import type { OAuthClient } from './client/client.js'

export type { BffProblem } from './bff/answers.js'
export { type MemorySessionsOptions, memorySessions } from './bff/memory-sessions.js'
export type { BffApi, BffOptions, Logout, LogoutTokenVerifier } from './bff/settings.js'
export { storeTransactions } from './bff/store-transactions.js'

interface Route {
  readonly method: string
  /** Who may call: pages of the own origin, or, with proofs of their own, the authorization server and the browser that it sends back. */
  readonly from: 'page' | 'server'
  readonly handle: <S extends string>(settings: Settings<S>, request: Request) => Promise<Response>
}

/** The routes below `path`; what else there is are the APIs. */
const ROUTES: ReadonlyMap<string, Route> = new Map([
  ['/login', { method: 'POST', from: 'page', handle: startLogin }],
  ['/callback', { method: 'GET', from: 'server', handle: finishLogin }],
  ['/session', { method: 'GET', from: 'page', handle: tellSession }],
  ['/logout', { method: 'POST', from: 'page', handle: logOut }],
  ['/backchannel-logout', { method: 'POST', from: 'server', handle: takeLogoutToken }],
])

/**
 * Makes the backend of pages: hand it every request below its `path`, and those to the APIs. RFC 10017 §6.1.
 *
 * A page sends `x-csrf: 1` with every request. `POST /bff/login` answers with the `url` to go to; the user comes back signed in, with a new
 * session id in a `__Host-` cookie; `GET /bff/session` says who it is; `POST /bff/logout` ends it, and answers with the `url` to go to;
 * requests below the paths of `apis` go to the APIs with the token of the session, which is renewed once for all who ask.
 *
 * NOT done: limits on how often somebody may ask, and content security policies for pages: those are the server's around it.
 *
 * @throws {OAuthClientError} at construction, invalid_configuration or insecure_url with a sentence that says what to mend
 */
export function createBff<S extends string>(
  client: OAuthClient<S>,
  options: BffOptions<NoInfer<S>>,
): (request: Request) => Promise<Response> {
  const settings = parseSettings<S>(client, options)
  const { path, apis, origin } = settings
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    const route = pathname.startsWith(path) ? ROUTES.get(pathname.slice(path.length)) : undefined
    const target = route ? undefined : findTarget(apis, pathname, search)
    const work = target ? () => callApi(settings, request, target) : route && (() => route.handle(settings, request))
    if (!work) return problem('not_found', 'There is nothing here')
    const refusal = route?.from === 'server' ? undefined : refuseForeign(request.headers, origin)
    if (refusal !== undefined) return problem('foreign_request', refusal)
    if (route && route.method !== request.method)
      return problem('method_not_allowed', `Use ${route.method}`, { allow: route.method })
    try {
      return await work()
    } catch (error) {
      return tokensProblem(error)
    }
  }
}

/** Says who is signed in, and until when at the latest. */
async function tellSession<S extends string>(settings: Settings<S>, request: Request): Promise<Response> {
  const session = await findSession(settings, request)
  return session ? answer({ claims: session.claims, expiresAt: session.expiresAt }) : signedOut()
}
