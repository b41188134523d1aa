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
