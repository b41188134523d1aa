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
const NAME_LENGTH = 28
const NAMES = 64
let names = ''

/**
 * Makes a name that nobody else gives, 168 random bits, such as a `jti`. Not for secrets: the bytes of 64 are drawn at
 * once, which costs as much as drawing those of one, and wait in memory for their turn.
 */
export function randomName(): string {
  if (names === '') names = randomToken(NAME_BYTES * NAMES)
  const name = names.slice(0, NAME_LENGTH)
  names = names.slice(NAME_LENGTH)
  return name
}

/** The SHA-256 of the text's UTF-8, as base64url. Not for passwords: it is fast. */
export async function sha256(text: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encodeUtf8(text))))
}
