import { encodeBase64url } from './base64url.js'
import { encodeUtf8 } from './utf8.js'

/**
 * Makes an unguessable value from the runtime's cryptographic random source.
 * @param bytes of entropy; 32 give 43 characters @default 32
 */
export function randomToken(bytes = 32): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** As many bytes as base64url writes without a rest: 28 characters. */
const NAME_BYTES = 21

/** Makes a name that nobody else gives, 168 random bits, such as a `jti`. Not for secrets. */
export function randomName(): string {
  return encodeBase64url(draw(NAME_BYTES))
}

/** Makes 256 random bits that are stored in the open, beside a secret: 43 characters. Not for secrets. */
export function randomSalt(): string {
  return encodeBase64url(draw(32))
}

const pool = /* @__PURE__ */ new Uint8Array(2048)
let left = 0

/** Random bytes that were drawn together with others, for as much as a few cost alone, and waited in memory for their turn. */
function draw(bytes: number): Uint8Array {
  if (left < bytes) {
    crypto.getRandomValues(pool)
    left = pool.length
  }
  left -= bytes
  return pool.subarray(left, left + bytes)
}

/** The SHA-256 of the text's UTF-8, as base64url. Not for passwords: it is fast. */
export async function sha256(text: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encodeUtf8(text))))
}
