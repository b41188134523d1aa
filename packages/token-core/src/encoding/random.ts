import { encodeBase64url } from './base64url.js'
import { encodeUtf8 } from './utf8.js'

/**
 * Makes an unguessable value from the runtime's cryptographic random source.
 * @param bytes of entropy; 32 give 43 characters @default 32
 */
export function randomToken(bytes = 32): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** The SHA-256 of the text's UTF-8, as base64url. Not for passwords: it is fast. */
export async function sha256(text: string): Promise<string> {
  return encodeBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', encodeUtf8(text))))
}
