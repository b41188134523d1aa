import { digest, randomToken } from '@scopewise/token-core/encoding'
import type { Config } from '../config/config.js'
import { cookieName, readCookie, writeCookie } from '../http/cookies.js'

/** A random value that ties interactions to the browser they began in. It authenticates nobody. */
export interface Binding {
  readonly digest: string
  /** Set-Cookie for a new or prolonged binding. */
  readonly cookie: string
}

const NAME = 'scopewise-interaction'
const VALUE = /^[A-Za-z0-9_-]{43}$/

type BindingConfig = Pick<Config, 'secure' | 'lifetimes'>

/** The binding of this browser, made when there is none. One binding serves all its tabs. */
export async function ensureBinding(request: Request, config: BindingConfig): Promise<Binding> {
  const value = readBinding(request, config) ?? randomToken()
  const cookie = writeCookie(cookieName(NAME, config.secure), value, {
    secure: config.secure,
    maxAge: config.lifetimes.interaction,
  })
  return { digest: await digest(value), cookie }
}

/** The digest of this browser's binding, or undefined where it never began an interaction. */
export async function findBinding(request: Request, config: BindingConfig): Promise<string | undefined> {
  const value = readBinding(request, config)
  return value === undefined ? undefined : digest(value)
}

function readBinding(request: Request, { secure }: BindingConfig): string | undefined {
  const value = readCookie(request.headers.get('cookie'), cookieName(NAME, secure))
  return value !== undefined && VALUE.test(value) ? value : undefined
}
