import { decodeBase64url } from '../encoding/base64url.js'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'
import { parseJson } from './json.js'

/** Characters. Larger than any token that a header can carry; checked before any work. */
export const MAX_TOKEN_LENGTH = 16_384

/** The header members that are read. All others (`jku`, `x5u`, `jwk`, `x5c`, …) are ignored: keys never come from a token. */
export interface JwtHeader {
  readonly alg: string
  readonly typ: string | undefined
  /** Data only: compared with the ids of known keys. */
  readonly kid: string | undefined
}

/** A JWT taken apart. Nothing about it is verified. */
export interface ParsedJwt {
  readonly header: JwtHeader
  readonly claims: Readonly<Record<string, unknown>>
  /** What the signature is over. */
  readonly signed: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

/**
 * Takes a signed JWT in compact form apart, strictly, before any key is touched. RFC 7515 §5.2, RFC 8725 §3.
 * Checks neither the signature nor any claim.
 * @throws {TokenError} `malformed`, or `unsupported_alg` for `none`
 */
export function parseJwt(jwt: string): ParsedJwt {
  if (typeof jwt !== 'string') throw malformed('The token is not a text.')
  if (jwt.length > MAX_TOKEN_LENGTH) throw malformed('The token is longer than 16 kB.')
  const [protectedPart = '', claimsPart = '', signaturePart = '', ...rest] = jwt.split('.', 4)
  if (rest.length > 0 || !protectedPart || !claimsPart) throw malformed('The token is not a JWT in compact form.')

  const header = parseHeader(parseObject(protectedPart))
  if (!signaturePart) throw malformed('The token has no signature.')
  return {
    header,
    claims: Object.freeze(parseObject(claimsPart)),
    signed: encodeUtf8(`${protectedPart}.${claimsPart}`),
    signature: decodeBase64url(signaturePart),
  }
}

function parseObject(part: string): Record<string, unknown> {
  const value = parseJson(decodeUtf8(decodeBase64url(part)))
  if (!isObject(value)) throw malformed('A part of the token is not a JSON object.')
  return value
}

function parseHeader(header: Record<string, unknown>): JwtHeader {
  const { alg, typ, kid } = header
  // RFC 7515 §4.1.11: an extension that is not understood must be refused, and none is. RFC 7797 §7: no b64 in a JWT.
  if ('crit' in header || 'b64' in header) throw malformed('The header demands an extension that is not supported.')
  if (typeof alg !== 'string' || alg === '') throw malformed('The header does not name an algorithm.')
  // RFC 8725 §3.2, in any spelling.
  if (alg.toLowerCase() === 'none') throw new TokenError('unsupported_alg', { message: 'The token is not signed.' })
  if (typ !== undefined && typeof typ !== 'string') throw malformed('The typ of the token is not a text.')
  if (kid !== undefined && typeof kid !== 'string') throw malformed('The kid of the token is not a text.')
  return { alg, typ, kid }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(message: string): TokenError {
  return new TokenError('malformed', { message })
}
