import { encodeBase64url } from '../encoding/base64url.js'
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
  return signCompact({ alg: key.alg, typ, kid: key.kid }, claims, (data) => key.sign(data), maxLength)
}

/** As {@link signJwt}, under any header. */
export async function signCompact(
  header: object,
  claims: object,
  sign: Sign,
  maxLength = MAX_TOKEN_LENGTH,
): Promise<string> {
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`
  const signature = await sign(encodeUtf8(signed))
  const jwt = `${signed}.${encodeBase64url(signature)}`
  if (jwt.length > maxLength)
    throw new TypeError(
      `The token would be longer than the ${maxLength / 1024} kB that verifiers read: put less into it.`,
    )
  return jwt
}

function encodeJson(value: object): string {
  return encodeBase64url(encodeUtf8(JSON.stringify(value)))
}
