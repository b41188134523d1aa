import { encodeBase64url, encodeTextBase64url } from '../encoding/base64url.js'
import { encodeInside, encodeUtf8 } from '../encoding/utf8.js'
import { MAX_TOKEN_LENGTH } from './parse.js'

/** The part of a signing key that signing needs. */
export interface Signer {
  readonly alg: string
  readonly kid: string
  sign(data: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>
}

/**
 * Writes and signs a JWT in compact form. RFC 7515 §5.1. Members that are undefined are left out.
 * @throws {TypeError} when the token would be longer than a verifier reads
 */
export function signJwt(content: {
  readonly typ: string
  readonly key: Signer
  readonly claims: Readonly<Record<string, unknown>>
  /** Characters. @default 16384 */
  readonly maxLength?: number
}): Promise<string> {
  const { typ, key, claims, maxLength } = content
  const encode = own.has(key) ? encodeInside : encodeUtf8
  return signCompact(headerOf(key, typ), claims, (text) => key.sign(encode(text)), maxLength)
}

/** As {@link signJwt}, under a header that is written already. */
export async function signCompact(
  head: string,
  claims: object,
  sign: (text: string) => Uint8Array | Promise<Uint8Array>,
  maxLength = MAX_TOKEN_LENGTH,
): Promise<string> {
  const signed = `${head}.${encodeTextBase64url(JSON.stringify(claims))}`
  const signature = await sign(signed)
  const jwt = `${signed}.${encodeBase64url(signature)}`
  if (jwt.length > maxLength)
    throw new TypeError(
      `The token would be longer than the ${maxLength / 1024} kB that verifiers read: put less into it.`,
    )
  return jwt
}

/** Keys that were imported here. What they sign may lie in memory that is shared with others: a signer of yours might keep it. */
const own = /* @__PURE__ */ new WeakSet<Signer>()

/** Says that a key reads the bytes that it signs, and keeps none of them. */
export function markOwn<K extends Signer>(key: K): K {
  own.add(key)
  return key
}

/** A key signs many tokens under one header: it is written once, for as long as the key is there. */
const headers = /* @__PURE__ */ new WeakMap<Signer, Map<string, string>>()

function headerOf(key: Signer, typ: string): string {
  const known = headers.get(key)?.get(typ)
  if (known !== undefined) return known
  const header = encodeTextBase64url(JSON.stringify({ alg: key.alg, typ, kid: key.kid }))
  headers.set(key, new Map(headers.get(key)).set(typ, header))
  return header
}
