import { OAuthClientError } from '../errors.js'

/**
 * Parses a URL that credentials or a user will travel to. OAuth 2.1 §1.5.
 *
 * @throws {OAuthClientError} insecure_url unless it is https, or http on this very machine, without user name and fragment.
 */
export function parseSecureUrl(text: unknown, name: string, isLoopbackAllowed = true): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  const isSecure = url?.protocol === 'https:' || (isLoopbackAllowed && url && isLoopback(url))
  if (!url || !isSecure || url.username || url.password || url.hash) {
    throw new OAuthClientError(
      'insecure_url',
      `${name} must be an https URL (http only on loopback) without user name and fragment`,
    )
  }
  return url
}

function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}
