import { TokenError } from '../errors.js'

/** The parts of a request that are read. Every fetch `Request` fits. */
export interface PresentedRequest {
  readonly headers: Headers
  /** Absolute or not: only its query is read. */
  readonly url: string
  readonly method: string
}

const AUTHORIZATION = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?: +(.*))?$/s
/** RFC 6750 §2.1, b64token. A comma is not in it, so two joined Authorization headers don't fit. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Reads the Bearer token of a request from its Authorization header, and from nowhere else. RFC 6750 §2, RFC 9700 §4.3.
 * @throws {TokenError} `missing_token`, or `invalid_request` for several tokens or a header that does not follow the grammar
 */
export function readBearerToken({ headers, url }: PresentedRequest): string {
  const header = headers.get('authorization')?.trim()
  // A token in the query is never used: URLs end up in logs.
  if (!header) throw new TokenError('missing_token')
  const [, scheme, token] = AUTHORIZATION.exec(header) ?? []
  if (scheme === undefined) throw new TokenError('invalid_request')
  // RFC 9110 §11.1: schemes are compared without regard to case.
  if (scheme.toLowerCase() !== 'bearer') throw new TokenError('missing_token')
  if (token === undefined || !BEARER_TOKEN.test(token) || hasTokenInQuery(url)) throw new TokenError('invalid_request')
  return token
}

function hasTokenInQuery(url: string): boolean {
  const start = url.indexOf('?')
  return start !== -1 && new URLSearchParams(url.slice(start + 1).replace(/#.*$/s, '')).has('access_token')
}
