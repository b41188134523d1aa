import { randomToken, sha256 } from '@scopewise/token-core/encoding'
import type { IdTokenClaims } from '@scopewise/token-core/id-token'
import { requestCookies } from '../authorization/cookie-jar.js'
import type { OAuthClient, OidcScope } from '../client/client.js'
import { revoke } from '../endpoints/revoke.js'
import { isObject } from '../http/json.js'
import { createTokenManager, type TokenManager } from '../manager.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import type { Logout, Settings } from './settings.js'

/** `__Host-`: set over https by this very host and for no other, so that no neighbour can plant one. RFC 10017 §6.1.3.2. */
const SESSION = '__Host-bff'
/** Ties logins under way to the browser that began them. */
const LOGIN = '__Host-bff-login'

/** A user who is signed in. */
export interface Session<S extends string> {
  readonly manager: TokenManager<S>
  readonly tokens: Tokens<S | OidcScope>
  readonly claims: IdTokenClaims
  /** Epoch seconds. */
  readonly expiresAt: number
}

/**
 * Finds who is signed in by the session id in the cookie. The store knows its hash alone; and since the time of the login is a part of
 * the id, it can't be moved without making it another id, under which nothing is found.
 */
export async function findSession<S extends string>(
  settings: Settings<S>,
  request: Request,
): Promise<Session<S> | undefined> {
  const id = requestCookies(request).read(SESSION) ?? ''
  const [, startedAt] = /^(\d{1,12})\.[\w-]{43}$/.exec(id) ?? []
  if (startedAt === undefined) return undefined
  const manager = managerOf(settings, await sha256(id))
  const tokens = await manager.load()
  if (!tokens?.claims) return undefined
  const expiresAt = Number(startedAt) + settings.lifetime
  const isOver = settings.client.now() >= expiresAt || (await hasLoggedOut(settings, tokens.claims, Number(startedAt)))
  if (!isOver) return { manager, tokens, claims: tokens.claims, expiresAt }
  await manager.clear()
  return undefined
}

/**
 * Begins a session under an id of its own, for the browser that began the login; the session before ends with its tokens. Gives the cookies
 * for it.
 */
export async function beginSession<S extends string>(
  settings: Settings<S>,
  { binding, before }: Binding,
  tokens: Tokens<S | OidcScope>,
  { iat }: IdTokenClaims,
): Promise<readonly string[]> {
  const id = `${Math.floor(iat)}.${randomToken()}`
  const key = await sha256(id)
  await managerOf(settings, key).adopt(tokens)
  if (before !== undefined) await endSession(settings, managerOf(settings, before))
  // Strict: nothing that another site starts counts as the user.
  return [cookie(SESSION, id, settings.lifetime, 'Strict'), bindingCookie({ binding, before: key })]
}

/** Forgets the tokens of a session, and has the server do so too, if it can just now. */
export async function endSession<S extends string>({ client }: Settings<S>, manager: TokenManager<S>): Promise<void> {
  const tokens = manager.tokens ?? (await manager.load())
  await manager.clear()
  try {
    if (tokens) await revoke(client, tokens)
  } catch {
    // They are gone here. A server without revocation, or one that is away, lets them run out.
  }
}

/** The cookie that ends the one before. */
export const noSession = (): string => cookie(SESSION, '', 0, 'Strict')

/** What ties logins under way to one browser; all its tabs have the same. */
export interface Binding {
  readonly binding: string
  /** The key of the session that ends when a login is finished. The way back from the server comes without the strict cookie. */
  readonly before: string | undefined
}

export async function bindLogin(request: Request): Promise<Binding> {
  const id = requestCookies(request).read(SESSION)
  const { binding, before } = findBinding(request) ?? { binding: randomToken() }
  return { binding, before: id ? await sha256(id) : before }
}

export function findBinding(request: Request): Binding | undefined {
  const [, binding, before] = /^([\w-]{43})(?:\.([\w-]{43}))?$/.exec(requestCookies(request).read(LOGIN) ?? '') ?? []
  return binding === undefined ? undefined : { binding, before }
}

/** Lax: the way back from the authorization server is a navigation from another site. */
export const bindingCookie = ({ binding, before }: Binding): string =>
  cookie(LOGIN, before === undefined ? binding : `${binding}.${before}`, 3600, 'Lax')

/** Notes that the server has ended a session, or all of a subject. Back-Channel Logout 1.0 §2.7. */
export async function noteLogout<S extends string>({ client, store }: Settings<S>, logout: Logout): Promise<void> {
  const { sub, sid, iat } = logout
  const key = sid === undefined ? logoutKey(client, 'sub', sub) : logoutKey(client, 'sid', sid)
  for (;;) {
    const before = await store.read(key)
    const next = { version: randomToken(12), value: JSON.stringify({ at: iat }) }
    if (await store.swap(key, before?.version, next)) return
  }
}

/** A `sid` never comes back; of a subject all logins are over that the server had seen by then. Both times are by its clock. */
async function hasLoggedOut<S extends string>(
  { client, store }: Settings<S>,
  { sub, sid }: IdTokenClaims,
  startedAt: number,
): Promise<boolean> {
  const [ofSession, ofSubject] = await Promise.all([
    sid === undefined ? undefined : store.read(logoutKey(client, 'sid', sid)),
    store.read(logoutKey(client, 'sub', sub)),
  ])
  return ofSession !== undefined || (ofSubject !== undefined && startedAt <= readTime(ofSubject.value))
}

const logoutKey = ({ issuer, clientId }: OAuthClient, name: 'sub' | 'sid', value: string | undefined): string =>
  JSON.stringify(['logout', issuer, clientId, name, value])

function readTime(value: string): number {
  const note: unknown = JSON.parse(value)
  return isObject(note) && typeof note['at'] === 'number' ? note['at'] : Number.POSITIVE_INFINITY
}

function managerOf<S extends string>({ client, store, lock }: Settings<S>, key: string): TokenManager<S> {
  return createTokenManager(client, { key, store, lock })
}

const cookie = (name: string, value: string, maxAge: number, sameSite: string): string =>
  `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAge}`
