import type { OAuthClient, OidcScope } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { type Fetch, toSend } from '../http/json.js'
import { parseSecureUrl } from '../http/secure-url.js'
import { memoryLock } from '../manager/memory.js'
import type { Lock, TokenStore } from '../manager/store.js'
import { storeTransactions } from './store-transactions.js'

/** One API that pages may call through the backend. */
export interface BffApi {
  /** Its path on the own origin. With a "/" at the end it stands for all that is below, without for itself alone. */
  readonly path: string
  /** Where it is, with a "/" at the end as well, or without as well. https, or http on loopback. */
  readonly url: string
  /** The API that the token is for. RFC 8707 §2. @default the client's `resource` */
  readonly resource?: string | undefined
}

/** Whom a logout token is about: one session, or all of a subject. `iat` in epoch seconds. */
export interface Logout {
  readonly sub?: string | undefined
  readonly sid?: string | undefined
  readonly iat: number
}

/** Verifies a logout token: `logoutTokens({ replay })` of `./idtoken`. */
export type LogoutTokenVerifier = (client: OAuthClient, jwt: string) => Promise<Logout>

export interface BffOptions<S extends string = string> {
  /** What a login asks for; `openid` is among it, and `offline_access` where the server gives refresh tokens for nothing else. */
  readonly scope: readonly (S | OidcScope)[]
  /** Where tokens and logins under way are kept, for all processes of the backend: `memorySessions()`, `postgresStore` … */
  readonly store: TokenStore
  /** @default memoryLock(), of this process alone */
  readonly lock?: Lock | undefined
  /** What pages may call; nothing else can be reached. */
  readonly apis?: readonly BffApi[] | undefined
  /** What the routes of the backend begin with. @default '/bff' */
  readonly path?: string | undefined
  /** Seconds after which the user has to sign in again, whatever happens. @default 28800, eight hours */
  readonly lifetime?: number | undefined
  /** `logoutTokens({ replay })`: sessions end when the server says so. OpenID Connect Back-Channel Logout 1.0. */
  readonly backchannel?: LogoutTokenVerifier | undefined
  /** Where the server sends the user back to after signing out; registered there. */
  readonly postLogoutRedirectUri?: string | undefined
  /** How the APIs are called. @default the global fetch */
  readonly fetch?: Fetch | undefined
}

/** The options, checked, and what follows from them. */
export interface Settings<S extends string> extends Omit<BffOptions<S>, 'fetch'> {
  readonly client: OAuthClient<S>
  readonly origin: string
  readonly path: string
  readonly lock: Lock
  readonly lifetime: number
  readonly apis: readonly BffApi[]
  readonly fetch: Fetch
}

/** @throws {OAuthClientError} invalid_configuration or insecure_url, with a sentence that says what to mend */
export function parseSettings<S extends string>(client: OAuthClient<S>, options: BffOptions<S>): Settings<S> {
  const { path = '/bff', lifetime = 28_800, apis = [], store, lock = memoryLock() } = options
  const { redirectUri = '', transactions = storeTransactions(store) } = client
  // OI-01: the claims decide who is signed in, so they come from nobody but the server, and not from a proxy between.
  refuseUnless(client.verifySignature, 'A BFF needs verifySignature: hand idTokenSignatures() to createClient')
  refuseUnless(options.scope.includes('openid'), 'A BFF needs an ID token: have openid in scope')
  refuseUnless(/^(\/[\w-]+)+$/.test(path), 'path must be a plain path such as /bff, without a "/" at its end')
  refuseUnless(lifetime > 0, 'lifetime must be a number of seconds')
  const callback = parseSecureUrl(redirectUri, 'The redirectUri of a BFF')
  refuseUnless(callback.pathname === `${path}/callback`, `The redirectUri of this client must be at ${path}/callback`)
  for (const api of apis) checkApi(api, path)
  const send = toSend(options.fetch)
  return {
    ...options,
    client: { ...client, transactions },
    origin: callback.origin,
    path,
    lock,
    lifetime,
    apis,
    fetch: (request) => send(request, {}),
  }
}

/** CL-20: routes are fixed here, so that no request can choose a host. */
function checkApi({ path, url }: BffApi, root: string): void {
  const { pathname, search } = parseSecureUrl(url, `The url of the API at ${path}`)
  refuseUnless(!search, `The url of the API at ${path} must have no query`)
  refuseUnless(/^(\/[\w.-]+)+\/?$/.test(path) && !path.includes('/.'), `${path} must be a plain path`)
  refuseUnless(path.endsWith('/') === pathname.endsWith('/'), `${path} and its url must both end with "/", or neither`)
  const isTaken = RESERVED.some((name) => `${root}/${name}` === path.replace(/\/$/, ''))
  refuseUnless(!isTaken, `${path} is a route of the BFF itself`)
}

/** The routes that the backend has of its own. */
const RESERVED = ['login', 'callback', 'session', 'logout', 'backchannel-logout']

function refuseUnless(isRight: unknown, sentence: string): void {
  if (!isRight) throw new OAuthClientError('invalid_configuration', sentence)
}
