import { TokenError } from '../errors.js'
import { nodeBuffer } from './node-buffer.js'
import { encodeInside } from './utf8.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const INVALID = 255
/** The six bits that a character stands for, by its code. */
const VALUES = /* @__PURE__ */ new Uint8Array(256).fill(INVALID).map((value, code) => {
  const index = ALPHABET.indexOf(String.fromCharCode(code))
  return index === -1 ? value : index
})

/** Encodes bytes as base64url without padding. RFC 4648 §5, RFC 7515 §2. */
export function encodeBase64url(bytes: Uint8Array): string {
  if (!nodeBuffer) return encodePortably(bytes)
  return nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/** Encodes the UTF-8 of a text as base64url: once less through memory than by way of {@link encodeUtf8}. */
export function encodeTextBase64url(text: string): string {
  return nodeBuffer ? nodeBuffer.from(text, 'utf8').toString('base64url') : encodePortably(encodeInside(text))
}

/** As {@link encodeBase64url}, without the help of the runtime. */
export function encodePortably(bytes: Uint8Array): string {
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
  const codes = encodeInside(text)
  // A copy: these bytes may be a piece of memory that is shared with others.
  return new Uint8Array(codes.subarray(0, decodeInPlace(codes, codes, 0, codes.length)))
}

/**
 * Decodes the characters of a text given as UTF-8, from `from` to `to`, and writes the bytes to the same place of
 * `target`, which may be the source: what is written is shorter than what was read.
 * @returns where the bytes end
 * @throws {TokenError} `malformed`, as {@link decodeBase64url}
 */
export function decodeInPlace(target: Uint8Array, source: Uint8Array, from: number, to: number): number {
  // One look at the end tells of a character that is not in the alphabet; the bytes of other characters are none either.
  let seen = 0
  let read = from
  let written = from
  for (const last = to - 3; read < last; read += 4) {
    const a = valueAt(source, read)
    const b = valueAt(source, read + 1)
    const c = valueAt(source, read + 2)
    const d = valueAt(source, read + 3)
    seen |= a | b | c | d
    target[written++] = (a << 2) | (b >> 4)
    target[written++] = (b << 4) | (c >> 2)
    target[written++] = (c << 6) | d
  }
  const left = to - read
  if (left > 1) {
    const a = valueAt(source, read)
    const b = valueAt(source, read + 1)
    const c = left === 3 ? valueAt(source, read + 2) : 0
    seen |= a | b | c
    target[written++] = (a << 2) | (b >> 4)
    if (left === 3) target[written++] = (b << 4) | (c >> 2)
    // The bits that no byte takes.
    if ((left === 3 ? c & 3 : b & 15) !== 0) throw malformed()
  }
  if (left === 1 || seen > 63) throw malformed()
  return written
}

function valueAt(source: Uint8Array, at: number): number {
  return VALUES[source[at] ?? 0] ?? INVALID
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}

function malformed(): TokenError {
  return new TokenError('malformed', { message: 'The text is not canonical base64url.' })
}
