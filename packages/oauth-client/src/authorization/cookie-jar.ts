import type { CookieJar } from './sealed-transactions.js'

/** A jar over the cookies of a Request. */
export interface RequestCookies extends CookieJar {
  /** The `set-cookie` headers for the answer. */
  readonly headers: readonly (readonly ['set-cookie', string])[]
}

/** Reads the cookies of a request, and collects those for its answer: HttpOnly, Secure, and sent along when the user comes back. */
export function requestCookies(request: Request): RequestCookies {
  const pairs = (request.headers.get('cookie') ?? '').split(/; */).map((pair) => {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? []
    return [name, value] as const
  })
  const cookies = new Map(pairs)
  const headers: (readonly ['set-cookie', string])[] = []
  return {
    headers,
    read: (name) => cookies.get(name),
    write(name, value, maxAge) {
      // Lax: the way back from the authorization server is a navigation from another site.
      const line = `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${Math.floor(maxAge)}`
      headers.push(['set-cookie', line])
    },
  }
}
