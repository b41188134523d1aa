import type { Seconds } from '../time.js'

/** The value of a cookie, or undefined. Of several with the same name the first counts: browsers send the most specific path first. */
export function readCookie(header: string | null, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=')
    if (equals !== -1 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim()
  }
  return undefined
}

export interface CookieOptions {
  readonly secure: boolean
  /** Seconds; 0 removes the cookie. */
  readonly maxAge: Seconds
}

/** A host-only cookie for the whole host, out of reach for scripts and for requests that other sites make in the background. RFC 6265bis §4.1. */
export function writeCookie(name: string, value: string, { secure, maxAge }: CookieOptions): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

/** `__Host-` where the browser accepts it; on an http loopback issuer the name says what it is. */
export function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : `${name}-loopback`
}
