/** What belongs to one connection and not to the message. RFC 9110 §7.6.1. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What of a page's request an API does not get: its credentials are those of the session, and what the browser says is for this origin. */
const NOT_SENT = [
  ...HOP_BY_HOP,
  'accept-encoding',
  'authorization',
  'content-length',
  'cookie',
  'dpop',
  'expect',
  'forwarded',
  'host',
  'origin',
  'referer',
  'x-csrf',
]
const NOT_SENT_PREFIXES = ['sec-', 'proxy-', 'x-forwarded-', 'access-control-request-']

/** What of an API's answer a page does not get: nothing of it may set cookies, open this origin to others, or speak for it. */
const NOT_RETURNED = [
  ...HOP_BY_HOP,
  'alt-svc',
  'clear-site-data',
  // The body arrives here decoded.
  'content-encoding',
  'content-length',
  'dpop-nonce',
  'location',
  'refresh',
  'service-worker-allowed',
  'set-cookie',
  'strict-transport-security',
]
const NOT_RETURNED_PREFIXES = ['access-control-']

/** The headers of a page's request that go on to the API. Pure. */
export const toSendOn = (headers: Headers): Headers => pick(headers, NOT_SENT, NOT_SENT_PREFIXES)

/** The headers of an API's answer that go back to the page. Pure. */
export function toReturn(headers: Headers): Headers {
  const kept = pick(headers, NOT_RETURNED, NOT_RETURNED_PREFIXES)
  const challenge = kept.get('www-authenticate')
  // The page may read what is missing; a browser would open its own window for other schemes.
  if (challenge !== null && !/^(bearer|dpop) /i.test(challenge)) kept.delete('www-authenticate')
  return kept
}

function pick(headers: Headers, names: readonly string[], prefixes: readonly string[]): Headers {
  // Connection names further headers of this hop.
  const named = (headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase())
  return new Headers(
    [...headers].filter(
      ([name]) => !names.includes(name) && !named.includes(name) && !prefixes.some((prefix) => name.startsWith(prefix)),
    ),
  )
}
