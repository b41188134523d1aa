import { OAuthClientError } from '../errors.js'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** True for https, and for http on this very machine. OAuth 2.1 §1.5. */
function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
}

/**
 * Parses a URL that credentials or a user will travel to. OAuth 2.1 §1.5.
 *
 * @throws {OAuthClientError} insecure_url unless it is https, or http on loopback, without user name and fragment.
 */
export function parseSecureUrl(text: unknown, name: string): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (!url || !isSecureUrl(url) || url.username || url.password || url.hash) {
    throw new OAuthClientError(
      'insecure_url',
      `${name} must be an https URL (http only on loopback) without user name and fragment`,
    )
  }
  return url
}
