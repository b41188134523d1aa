import { TokenError } from '../errors.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const INVALID = 255
const VALUES = /* @__PURE__ */ new Uint8Array(128).fill(INVALID).map((value, code) => {
  const index = ALPHABET.indexOf(String.fromCharCode(code))
  return index === -1 ? value : index
})

/** Encodes bytes as base64url without padding. RFC 4648 §5, RFC 7515 §2. */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const group = (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2)
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63)
    if (left > 1) text += ALPHABET.charAt((group >> 6) & 63)
    if (left > 2) text += ALPHABET.charAt(group & 63)
  }
  return text
}

/**
 * Decodes base64url in its one canonical spelling: no padding, no white space, no other alphabet, no non-zero trailing
 * bits. RFC 4648 §3.5: with a lenient decoder one value has several spellings.
 * @throws {TokenError} `malformed`
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> {
  const tail = text.length % 4
  if (tail === 1) throw malformed()
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let group = 0
  let bits = 0
  let written = 0
  for (let at = 0; at < text.length; at++) {
    const value = VALUES[text.charCodeAt(at)] ?? INVALID
    if (value === INVALID) throw malformed()
    group = ((group << 6) | value) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[written++] = group >> bits
  }
  if ((group & ((1 << bits) - 1)) !== 0) throw malformed()
  return bytes
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

function malformed(): TokenError {
  return new TokenError('malformed', { message: 'The text is not canonical base64url.' })
}
