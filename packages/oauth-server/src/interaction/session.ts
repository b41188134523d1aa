import { digest, randomToken } from '@scopewise/token-core/encoding'
import type { LoginResult } from '../config/login.js'
import type { Context } from '../context.js'
import { cookieName, readCookie, writeCookie } from '../http/cookies.js'
import type { Session } from '../storage/store.js'

const NAME = 'scopewise-session'

/** The live session of this browser. */
export async function findSession({ store, config, now }: Context, request: Request): Promise<Session | undefined> {
  const value = readCookie(request.headers.get('cookie'), cookieName(NAME, config.secure))
  const session = value === undefined ? undefined : await store.findSession(await digest(value))
  return session && session.expiresAt > now() ? session : undefined
}

/** Begins a session under a new identifier and ends the one before it in the same step: nobody's prepared cookie is ever signed in. */
export async function startSession(
  context: Context,
  request: Request,
  login: LoginResult,
  attempt: string,
): Promise<string> {
  const { store, config, now } = context
  const at = now()
  const previous = readCookie(request.headers.get('cookie'), cookieName(NAME, config.secure))
  const value = randomToken()
  const session: Session = {
    hash: await digest(value),
    id: randomToken(16),
    subject: login.subject,
    name: login.name,
    authTime: login.authTime ?? at,
    acr: login.acr,
    amr: login.amr,
    loginAttempt: attempt,
    expiresAt: at + config.lifetimes.session,
  }
  await store.replaceSession(session, previous === undefined ? undefined : await digest(previous))
  return writeCookie(cookieName(NAME, config.secure), value, {
    secure: config.secure,
    maxAge: config.lifetimes.session,
  })
}

/** Ends a session and gives the Set-Cookie that forgets it. */
export async function endSession({ store, config, emit }: Context, session: Session | undefined): Promise<string> {
  if (session) {
    await store.deleteSession(session.hash)
    emit('session.ended', { subject: session.subject, sessionId: session.id, reason: 'signed_out' })
  }
  return writeCookie(cookieName(NAME, config.secure), '', { secure: config.secure, maxAge: 0 })
}
