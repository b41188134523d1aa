import type { ClientType } from './client.js'

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Whether the URL is http on this very machine: where development happens. */
export function isLoopbackHttp(url: URL): boolean {
  return url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname)
}

/** Whether a redirect URI leads to a program on the user's device: loopback and private-use schemes belong there. RFC 8252 §7 */
export const isForDevice = (uri: string): boolean => !uri.toLowerCase().startsWith('https:')

/** Whether a browser can send a form there: not to an app with a private-use scheme. */
export const canTakeForm = (uri: string): boolean => /^https?:/.test(uri)

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NOT_PLAIN = /[\u0000-\u0020\u007f-\uffff"<>\\^`{|}]/

/** Says why a URI may not be registered to redirect to, or undefined. OAuth 2.1 §2.3, RFC 8252 §7. */
export function refuseRedirectUri(uri: string, type: ClientType, issuerIsLoopback: boolean): string | undefined {
  if (NOT_PLAIN.test(uri) || !URL.canParse(uri)) return 'has to be an absolute URI in plain ASCII'
  const url = new URL(uri)
  if (uri.includes('#')) return 'must not have a fragment'
  if (url.username || url.password) return 'must not have user information'
  if (uri.includes('*')) return 'must not have a wildcard: redirect URIs are compared exactly'
  if (url.protocol === 'https:') return undefined
  if (url.protocol === 'http:') return refuseHttp(url, type, issuerIsLoopback)
  // RFC 8252 §7.1: a private-use scheme is a reversed domain name, which javascript:, data: and their like are not.
  if (type === 'native' && /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\//.test(uri)) return undefined
  return type === 'native'
    ? 'has to be https, http on a loopback host, or a private-use scheme such as com.example.app:/callback'
    : 'has to be https'
}

function refuseHttp(url: URL, type: ClientType, issuerIsLoopback: boolean): string | undefined {
  if (!LOOPBACK_HOSTS.has(url.hostname)) return 'has to be https'
  if (type === 'native' || issuerIsLoopback) return undefined
  return 'may be http on a loopback host for native clients only (set type: native), or while the issuer itself is http on a loopback host'
}
