import { encodeBase64url, encodeTextBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { MAX_TOKEN_LENGTH } from './parse.js'

type Sign = (data: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>

/** The part of a signing key that signing needs. */
export interface Signer {
  readonly alg: string
  readonly kid: string
  readonly sign: Sign
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
  const head = encodeHeader(JSON.stringify({ alg: key.alg, typ, kid: key.kid }))
  return signCompact(head, claims, (data) => key.sign(data), maxLength)
}

/** As {@link signJwt}, under a header that is written already. */
export async function signCompact(
  head: string,
  claims: object,
  sign: Sign,
  maxLength = MAX_TOKEN_LENGTH,
): Promise<string> {
  const signed = `${head}.${encodeTextBase64url(JSON.stringify(claims))}`
  // In memory of its own: the signer may be yours, and keep it.
  const signature = await sign(encodeUtf8(signed))
  const jwt = `${signed}.${encodeBase64url(signature)}`
  if (jwt.length > maxLength)
    throw new TypeError(
      `The token would be longer than the ${maxLength / 1024} kB that verifiers read: put less into it.`,
    )
  return jwt
}

/** A key signs many tokens under one header; this many are worth remembering. */
const MAX_REMEMBERED = 100
const headers = /* @__PURE__ */ new Map<string, string>()

function encodeHeader(text: string): string {
  const known = headers.get(text)
  if (known !== undefined) return known
  const encoded = encodeTextBase64url(text)
  if (headers.size >= MAX_REMEMBERED) headers.clear()
  headers.set(text, encoded)
  return encoded
}
