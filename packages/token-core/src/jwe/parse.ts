import { decodeBase64url } from '../encoding/base64url.js'
import { decodeUtf8 } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'
import { parseJson } from '../jwt/json.js'

/** Characters. A signed token of 16 kB, encrypted to an RSA key, fits; checked before any work. */
export const MAX_JWE_LENGTH = 32_768

/** The members of a JWE's header that are read here. `jku`, `jwk`, `x5u` and `x5c` are ignored: keys never come from a token. */
export interface JweHeader {
  readonly alg: string
  readonly enc: string
  readonly kid: string | undefined
  readonly typ: string | undefined
  readonly cty: string | undefined
  /** Whether the content is compressed (`zip`). */
  readonly isCompressed: boolean
  /** The count of PBES2, where there is one (`p2c`). */
  readonly count: number | undefined
}

/**
 * Reads the header of a JWE in compact form, strictly, before any key is touched. RFC 7516 §5.2 and §7.1, RFC 8725 §3.
 * Nothing is decrypted.
 * @throws {TokenError} `malformed`, or `unsupported_alg` for a compression that is not known
 */
export function parseJweHeader(jwe: string): JweHeader {
  if (typeof jwe !== 'string') throw malformed('The token is not a text.')
  if (jwe.length > MAX_JWE_LENGTH) throw malformed('The encrypted token is longer than 32 kB.')
  const parts = jwe.split('.', 6)
  const [protectedPart = '', , iv, ciphertext, tag] = parts
  // `dir` and ECDH-ES have no encrypted key, and an empty content has no ciphertext. RFC 7516 §5.1.
  if (parts.length !== 5 || !protectedPart || !iv || !tag || ciphertext === undefined)
    throw malformed('The token is not a JWE in compact form.')
  for (const part of parts.slice(1)) decodeBase64url(part)
  return parseHeader(parseJson(decodeUtf8(decodeBase64url(protectedPart))))
}

function parseHeader(value: unknown): JweHeader {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('The header of the token is not a JSON object.')
  const header: { readonly [name: string]: unknown } = { ...value }
  // RFC 7516 §4.1.13: an extension that is not understood must be refused, and none is.
  if ('crit' in header || 'b64' in header) throw malformed('The header demands an extension that is not supported.')
  const alg = textOf(header, 'alg')
  const enc = textOf(header, 'enc')
  if (!alg || !enc) throw malformed('The header does not name its algorithms.')
  const zip = textOf(header, 'zip')
  if (zip !== undefined && zip !== 'DEF')
    throw new TokenError('unsupported_alg', { message: 'The token is compressed in a way that is not supported.' })
  const { p2c: count } = header
  if (count !== undefined && !(typeof count === 'number' && Number.isSafeInteger(count)))
    throw malformed('The p2c of the token is not a whole number.')
  const [kid, typ, cty] = [textOf(header, 'kid'), textOf(header, 'typ'), textOf(header, 'cty')]
  return { alg, enc, kid, typ, cty, isCompressed: zip !== undefined, count }
}

function textOf(header: { readonly [name: string]: unknown }, name: string): string | undefined {
  const value = header[name]
  if (value !== undefined && typeof value !== 'string') throw malformed(`The ${name} of the token is not a text.`)
  return value
}

function malformed(message: string): TokenError {
  return new TokenError('malformed', { message })
}
