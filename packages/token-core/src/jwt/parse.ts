import { decodeInPlace } from '../encoding/base64url.js'
import { encodeInside } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'
import { parseJsonBytes } from './json.js'

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

/** A JWT in compact form, divided into its three parts. Nothing is decoded yet. */
export interface CompactJwt {
  /** The first part, as it was sent. */
  readonly head: string
  /** The characters of the whole, one byte each. */
  readonly codes: Uint8Array<ArrayBuffer>
  /** Where the second part ends. */
  readonly claimsEnd: number
}

/**
 * Takes a signed JWT in compact form apart, strictly, before any key is touched. RFC 7515 §5.2, RFC 8725 §3.
 * Checks neither the signature nor any claim.
 * @throws {TokenError} `malformed`, or `unsupported_alg` for `none`
 */
export function parseJwt(jwt: string, maxLength = MAX_TOKEN_LENGTH): ParsedJwt {
  const compact = splitJwt(jwt, maxLength)
  // The order of a literal's members: header, claims, signature.
  return { header: readHeader(compact), claims: readClaims(compact), ...readSignature(compact) }
}

/**
 * Divides a JWT in compact form.
 * @param maxLength characters
 * @throws {TokenError} `malformed`
 */
export function splitJwt(jwt: string, maxLength = MAX_TOKEN_LENGTH): CompactJwt {
  if (typeof jwt !== 'string') throw malformed('The token is not a text.')
  if (jwt.length > maxLength) throw malformed(`The token is longer than ${maxLength / 1024} kB.`)
  const headEnd = jwt.indexOf('.')
  const claimsEnd = jwt.indexOf('.', headEnd + 1)
  // A third dot is found as a character that base64url does not have.
  if (headEnd < 1 || claimsEnd < headEnd + 2) throw malformed('The token is not a JWT in compact form.')
  const codes = encodeInside(jwt)
  if (codes.length !== jwt.length) throw malformed('The token holds characters that no token has.')
  return { head: jwt.slice(0, headEnd), codes, claimsEnd }
}

/** Reads the header of a divided JWT. @throws {TokenError} `malformed`, or `unsupported_alg` for `none` */
export function readHeader(compact: CompactJwt): JwtHeader {
  return parseHeader(readHeaderMembers(compact))
}

/** Reads all members of the header, those included that are not to be trusted. @throws {TokenError} `malformed` */
export function readHeaderMembers({ codes, head }: CompactJwt): Readonly<Record<string, unknown>> {
  return readPart(codes, 0, head.length)
}

/** Reads the claims of a divided JWT. None of them is checked. @throws {TokenError} `malformed` */
export function readClaims({ codes, head, claimsEnd }: CompactJwt): Readonly<Record<string, unknown>> {
  return readPart(codes, head.length + 1, claimsEnd)
}

/** Reads what is signed, and the signature. @throws {TokenError} `malformed` */
export function readSignature({ codes, claimsEnd }: CompactJwt): Pick<ParsedJwt, 'signed' | 'signature'> {
  const start = claimsEnd + 1
  if (start === codes.length) throw malformed('The token has no signature.')
  // In place: nobody else holds these bytes, and the decoded signature is shorter than the written one.
  const end = decodeInPlace(codes, codes, start, codes.length)
  return { signed: codes.subarray(0, claimsEnd), signature: codes.subarray(start, end) }
}

/** Reads the members of a header that matter. @throws {TokenError} `malformed`, or `unsupported_alg` for `none` */
function parseHeader(header: Readonly<Record<string, unknown>>): JwtHeader {
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

/** Where parts are decoded to. Its content is read before the next part is decoded: nothing waits in between. */
let scratch: Uint8Array<ArrayBuffer> | undefined

/** Decodes a part that is a JSON object. @throws {TokenError} `malformed` */
function readPart(codes: Uint8Array, from: number, to: number): Record<string, unknown> {
  // Made the way that the codes are: two kinds of arrays in one loop cost more than the loop.
  scratch ??= encodeInside(' '.repeat(MAX_TOKEN_LENGTH))
  const room = to <= MAX_TOKEN_LENGTH ? scratch : encodeInside(' '.repeat(to))
  const value = parseJsonBytes(room, from, decodeInPlace(room, codes, from, to))
  if (!isObject(value)) throw malformed('A part of the token is not a JSON object.')
  return value
}

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(message: string): TokenError {
  return new TokenError('malformed', { message })
}
