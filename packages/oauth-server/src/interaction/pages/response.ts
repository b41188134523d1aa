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
  /** Hashes of the scripts that the page runs. @default none */
  readonly scripts?: readonly string[]
  /** Hashes of the style elements that it has beside the built-in one. @default none */
  readonly styles?: readonly string[]
  /** Added to the headers, such as `set-cookie`. What a page needs to be safe can't be taken away. */
  readonly headers?: HeadersInit
}

/**
 * Sends a page with all that keeps it to itself: no script but a named one, no frame, no cache, no referrer, nothing loaded. OAuth 2.1 §7.11, RFC 9700 §4.16.
 *
 * A browser sends `Origin: null` with the forms of a page without referrers: tell its requests by Sec-Fetch-Site or by the form's token.
 */
export function pageResponse(page: string, options: PageResponseOptions = {}): Response {
  const all = new Headers(options.headers)
  for (const [name, value] of Object.entries(HEADERS)) all.set(name, value)
  all.set('content-security-policy', policy(options))
  return new Response(page, { status: options.status ?? 200, headers: all })
}

function policy({ formAction = [], scripts = [], styles = [] }: PageResponseOptions): string {
  const targets = new Set(["'self'", ...formAction.flatMap(source)])
  const hashes = (list: readonly string[]): string => list.map((hash) => `'${hash}'`).join(' ')
  const script = scripts.length > 0 ? ` script-src ${hashes(scripts)};` : ''
  return `default-src 'none';${script} style-src ${hashes([STYLE_HASH, ...styles])}; form-action ${[...targets].join(' ')}; frame-ancestors 'none'; base-uri 'none'`
}

/** What no page may lack, whoever wrote it: it stays out of frames and caches. OAuth 2.1 §7.11. */
export function protectPage(response: Response, headers: HeadersInit | undefined): Response {
  const all = new Headers(response.headers)
  for (const [name, value] of Object.entries(HEADERS)) if (name !== 'content-type') all.set(name, value)
  // A second policy only ever tightens the first. CSP 3 §8.1
  all.append('content-security-policy', "frame-ancestors 'none'; base-uri 'none'")
  const added = new Headers(headers)
  for (const cookie of added.getSetCookie()) all.append('set-cookie', cookie)
  const retryAfter = added.get('retry-after')
  if (retryAfter !== null) all.set('retry-after', retryAfter)
  return new Response(response.body, { status: response.status, headers: all })
}

/** The source expression that covers a URI. Made from parsed parts, so that no text of the URI can end the directive. CSP 3 §2.3.1. */
function source(uri: string): string[] {
  if (!URL.canParse(uri)) return []
  const { protocol, host, hostname } = new URL(uri)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  // The grammar knows no IPv6 address; and an app's own scheme has no host.
  return [isWeb && /^[\w.-]+$/.test(hostname) ? `${protocol}//${host}` : protocol]
}
