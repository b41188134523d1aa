import type { Client } from '../config/client.js'

// RFC 8252 §7.3: the port of a loopback redirect is chosen by the operating system; everything else stays exact.
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::(\d{1,5}))?(\/.*|\?.*)?$/

/**
 * The redirect URI of a request, or undefined when the client registered no such URI. Compared as strings, never normalised.
 * Without one in the request the only registered URI counts. OAuth 2.1 §2.3.1, §2.3.2.
 */
export function matchRedirectUri(
  { redirectUris, type }: Pick<Client, 'redirectUris' | 'type'>,
  requested: string | undefined,
): string | undefined {
  if (requested === undefined) return redirectUris.length === 1 ? redirectUris[0] : undefined
  if (redirectUris.includes(requested)) return requested
  if (type !== 'native') return undefined
  const port = LOOPBACK.exec(requested)?.[2]
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  const wanted = withoutPort(requested)
  return wanted !== undefined && redirectUris.some((registered) => withoutPort(registered) === wanted)
    ? requested
    : undefined
}

function withoutPort(uri: string): string | undefined {
  const match = LOOPBACK.exec(uri)
  return match ? `${match[1] ?? ''}${match[3] ?? ''}` : undefined
}

/** What a person should compare: the host that gets the answer, or the scheme of an app. */
export function redirectHost(redirectUri: string): string {
  const { host, protocol } = new URL(redirectUri)
  return host || protocol.slice(0, -1)
}
