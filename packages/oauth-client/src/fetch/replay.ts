/** One call as it was asked for. */
export interface Call {
  /** A URL with `init`, or a Request where one was handed in: to make one for each attempt would cost more than the token. */
  readonly input: string | Request
  readonly init: RequestInit
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly signal: AbortSignal | undefined
  /** Whether the body can be sent a second time. A stream can't; the body of a Request is cloned, which keeps it in memory. */
  readonly isReplayable: boolean
}

export function readCall(input: RequestInfo | URL, init: RequestInit = {}): Call {
  const body: unknown = init.body
  const isStream = typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)
  const request = typeof input === 'object' && 'url' in input ? new Request(input, init) : undefined
  // As `fetch` does in a page: a path is one of the page's own origin.
  const url = new URL(request?.url ?? String(input), globalThis.location?.href)
  const { method = 'GET', headers, signal } = request ?? init
  return {
    input: request ?? url.href,
    init: request ? {} : init,
    url,
    // The names that `fetch` writes in capitals, whatever it is handed. A proof names the method as it is sent.
    method: /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method,
    headers: new Headers(headers),
    signal: signal ?? undefined,
    isReplayable: !isStream,
  }
}

/** What goes out: with the token, and never led elsewhere by a redirect. CL-15, RFC 6750 §5.3. */
export function prepare(call: Call, authorization: string | undefined): readonly [string | Request, RequestInit] {
  const { input, init, isReplayable } = call
  const headers = new Headers(call.headers)
  if (authorization !== undefined) headers.set('authorization', authorization)
  const wanted = typeof input === 'string' ? init.redirect : input.redirect
  const redirect = wanted === 'error' ? 'error' : 'manual'
  const target = typeof input === 'string' || !isReplayable ? input : input.clone()
  return [target, { ...init, method: call.method, headers, redirect }]
}

/**
 * The call that a redirect leads to, as `fetch` makes it; undefined where it is not followed: to another origin, by the caller's wish, or
 * where the body can't be sent again. CL-15. Pure.
 */
export function redirected(call: Call, { status, headers }: Response): Call | undefined {
  const { input, init, url, method, isReplayable } = call
  const location = headers.get('location')
  const wanted = typeof input === 'string' ? init.redirect : input.redirect
  const isRedirect = status === 301 || status === 302 || status === 303 || status === 307 || status === 308
  if (!isRedirect || location === null || (wanted ?? 'follow') !== 'follow' || !URL.canParse(location, url.href))
    return undefined
  const next = new URL(location, url.href)
  if (next.origin !== url.origin || next.username || next.password) return undefined
  // Fetch §4.4: a form that was posted is read at the next place.
  const isRead = (status < 303 && method === 'POST') || (status === 303 && method !== 'GET' && method !== 'HEAD')
  if (!isRead) {
    if (!isReplayable) return undefined
    return { ...call, url: next, input: typeof input === 'string' ? next.href : new Request(next, input.clone()) }
  }
  const kept = new Headers([...call.headers].filter(([name]) => !name.startsWith('content-')))
  const { signal } = call
  return {
    url: next,
    input: next.href,
    method: 'GET',
    headers: kept,
    signal,
    isReplayable: true,
    init: signal ? { signal } : {},
  }
}
