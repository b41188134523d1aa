import { TokenError } from '../errors.js'

/** The parts of a request that are read. Every fetch `Request` fits. */
export interface PresentedRequest {
  readonly headers: Headers
  /** Absolute or not: its query is read, and with DPoP its path. */
  readonly url: string
  readonly method: string
}

/** The schemes that access tokens are presented by. */
export type Scheme = 'Bearer' | 'DPoP'

const AUTHORIZATION = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?: +(.*))?$/s
/** RFC 6750 §2.1, b64token; RFC 9449 §7.1, token68. A comma is not in it, so two joined Authorization headers don't fit. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/** The scheme of the Authorization header, if it is one of these. RFC 9110 §11.1: schemes are compared without regard to case. */
export function readScheme({ headers }: PresentedRequest, schemes: readonly Scheme[]): Scheme | undefined {
  const name = /^[^ ]*/.exec(headers.get('authorization')?.trim() ?? '')?.[0].toLowerCase()
  return schemes.find((scheme) => scheme.toLowerCase() === name)
}

/**
 * Reads the access token of a request from its Authorization header, and from nowhere else. RFC 6750 §2, RFC 9700 §4.3.
 * @throws {TokenError} `missing_token`, or `invalid_request` for several tokens or a header that does not follow the grammar
 */
export function readToken(request: PresentedRequest, schemes: readonly Scheme[]): string {
  const header = request.headers.get('authorization')?.trim()
  // A token in the query is never used: URLs end up in logs.
  if (!header) throw new TokenError('missing_token')
  const [, scheme, token] = AUTHORIZATION.exec(header) ?? []
  if (scheme === undefined) throw new TokenError('invalid_request')
  if (!readScheme(request, schemes)) throw new TokenError('missing_token')
  if (token === undefined || !TOKEN.test(token) || hasTokenInQuery(request.url)) throw new TokenError('invalid_request')
  return token
}

function hasTokenInQuery(url: string): boolean {
  const start = url.indexOf('?')
  return start !== -1 && new URLSearchParams(url.slice(start + 1).replace(/#.*$/s, '')).has('access_token')
}
