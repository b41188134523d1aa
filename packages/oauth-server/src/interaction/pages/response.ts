import { STYLE_HASH } from './style.js'

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

export interface PageResponseOptions {
  /** @default 200 */
  readonly status?: number
  /**
   * The registered redirect URI that the form's answer leads to, or several: browsers hold `form-action` against the
   * redirects after a form as well. Only its origin, or a native app's scheme, gets into the policy.
   */
  readonly formAction?: readonly string[]
  /** Added to the headers, such as `set-cookie`. What a page needs to be safe can't be taken away. */
  readonly headers?: HeadersInit
}

/**
 * Sends a page with all that keeps it to itself: no script, no frame, no cache, no referrer, nothing loaded. OAuth 2.1 §7.11, RFC 9700 §4.16.
 *
 * A browser sends `Origin: null` with the forms of a page without referrers: tell its requests by Sec-Fetch-Site or by the form's token.
 */
export function pageResponse(
  page: string,
  { status = 200, formAction = [], headers }: PageResponseOptions = {},
): Response {
  const all = new Headers(headers)
  for (const [name, value] of Object.entries(HEADERS)) all.set(name, value)
  all.set('content-security-policy', policy(formAction))
  return new Response(page, { status, headers: all })
}

function policy(formAction: readonly string[]): string {
  const targets = new Set(["'self'", ...formAction.flatMap(source)])
  return `default-src 'none'; style-src '${STYLE_HASH}'; form-action ${[...targets].join(' ')}; frame-ancestors 'none'; base-uri 'none'`
}

/** The source expression that covers a URI. Made from parsed parts, so that no text of the URI can end the directive. CSP 3 §2.3.1. */
function source(uri: string): string[] {
  if (!URL.canParse(uri)) return []
  const { protocol, host, hostname } = new URL(uri)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  // The grammar knows no IPv6 address; and an app's own scheme has no host.
  return [isWeb && /^[\w.-]+$/.test(hostname) ? `${protocol}//${host}` : protocol]
}
