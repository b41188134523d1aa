import { TokenError } from '../errors.js'
import { nodeBuffer } from './node-buffer.js'

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Encodes text as UTF-8, in memory of its own. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text)
}

/**
 * Encodes text as UTF-8 five times as fast, for bytes that stay inside: they may lie in memory that is shared with others,
 * and in Node they are a Buffer, whose `slice` makes no copy.
 */
export function encodeInside(text: string): Uint8Array<ArrayBuffer> {
  return nodeBuffer ? nodeBuffer.from(text, 'utf8') : encoder.encode(text)
}

/** Decodes UTF-8; bytes that are not UTF-8 are refused, not replaced. @throws {TokenError} `malformed` */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new TokenError('malformed', { message: 'The text is not UTF-8.' })
  }
}

/** Decodes bytes of which all are ASCII. */
export function decodeAscii(bytes: Uint8Array, from: number, to: number): string {
  return nodeBuffer?.isBuffer(bytes) ? bytes.toString('latin1', from, to) : decoder.decode(bytes.subarray(from, to))
}

/** A text of its own: what was cut out of a longer text may keep all of it in memory. */
export function copyText(text: string): string {
  return decoder.decode(encodeInside(text))
}
