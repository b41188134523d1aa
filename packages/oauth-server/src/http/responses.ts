import type { OAuthError } from '../errors.js'

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** A JSON answer that nobody may cache. RFC 6749 §5.1. */
export function jsonResponse(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', ...NO_STORE, ...headers },
  })
}

/** RFC 6749 §5.2. */
export function errorResponse(error: OAuthError): Response {
  return jsonResponse({ error: error.code, error_description: error.message }, error.status, error.headers)
}

/** A JSON document that may be cached, for five minutes unless it says otherwise, and that answers a repeated request with 304. */
export function documentResponse(request: Request, document: CachedDocument): Response {
  const headers = {
    'content-type': 'application/json',
    'cache-control': document.cacheControl ?? 'public, max-age=300',
    'x-content-type-options': 'nosniff',
    etag: document.etag,
  }
  if (request.headers.get('if-none-match') === document.etag) return new Response(null, { status: 304, headers })
  return new Response(document.body, { headers })
}

export interface CachedDocument {
  readonly body: string
  readonly etag: string
  readonly cacheControl?: string
}

/** Always 303, so that no browser ever repeats a POST with credentials at the next address. RFC 9700 §4.12. */
export function seeOther(location: string, headers: Headers = new Headers()): Response {
  headers.set('location', location)
  headers.set('cache-control', 'no-store')
  headers.set('referrer-policy', 'no-referrer')
  return new Response(null, { status: 303, headers })
}

/** Any origin may read the answer, none may send cookies with the question. RFC 9700 §2.6. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'www-authenticate, retry-after',
}

export function preflightResponse(methods: readonly string[]): Response {
  const headers = {
    ...CORS,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
  }
  return new Response(null, { status: 204, headers })
}

export function withCors(response: Response): Response {
  for (const [name, value] of Object.entries(CORS)) response.headers.set(name, value)
  return response
}
