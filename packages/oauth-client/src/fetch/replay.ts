/** Whether a request can be sent a second time. A stream given as `body` can't; a Request is cloned, which keeps its body in memory. */
export function canReplay(init: RequestInit | undefined): boolean {
  const body: unknown = init?.body
  return !(typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body))
}

/** The request as it goes out: with the token, and never led elsewhere by a redirect. CL-15, RFC 6750 §5.3. */
export function withToken(request: Request, authorization: string | undefined): Request {
  const headers = new Headers(request.headers)
  if (authorization !== undefined) headers.set('authorization', authorization)
  return new Request(request, { headers, redirect: request.redirect === 'error' ? 'error' : 'manual' })
}
