/** What every answer of the API's origin carries, whatever it holds. */
const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** For what is not a page: nothing may be loaded by it, and nothing may frame it. */
const INERT = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/**
 * Gives an answer the security headers of the API's origin. What an answer says itself stays: a page brings its own
 * content security policy, an asset its own caching.
 */
export function withSecurityHeaders(response: Response): Response {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value)
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', INERT)
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

/** The content security policy of a page of ours: its own files only, and the two origins that it talks to. */
export function pagePolicy({
  connect = [],
  style = [],
  image = [],
}: Partial<Record<'connect' | 'style' | 'image', readonly string[]>> = {}): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    ["style-src 'self'", ...style].join(' '),
    ["img-src 'self'", ...image].join(' '),
    ["connect-src 'self'", ...connect].join(' '),
    "worker-src 'self'",
    "font-src 'self' data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
