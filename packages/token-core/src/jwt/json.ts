import { decodeAscii, decodeUtf8, encodeInside } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'

/** Deeper than any claim in use, shallow enough for every later reader. */
const MAX_DEPTH = 32

/**
 * Reads JSON that means the same to every reader: no member name twice at any depth (RFC 7515 §4, RFC 7519 §4), none
 * that needs an escape (a quote, a backslash, a control character), at most 32 levels. A member called `__proto__` is dropped, so that no later merge can reach a
 * prototype.
 * @throws {TokenError} `malformed`
 */
export function parseJson(text: string): unknown {
  const bytes = encodeInside(text)
  return parse(text, scan(bytes, 0, bytes.length))
}

/** As {@link parseJson}, for JSON in UTF-8, from `from` to `to`: bytes that are not UTF-8 are refused as well. */
export function parseJsonBytes(bytes: Uint8Array, from: number, to: number): unknown {
  const seen = scan(bytes, from, to)
  return parse(seen.isAscii ? decodeAscii(bytes, from, to) : decodeUtf8(bytes.subarray(from, to)), seen)
}

function parse(text: string, { names, isFlat, hasEscapes }: Seen): unknown {
  let value: unknown
  try {
    value = JSON.parse(hasEscapes ? writePlainNames(text) : text)
  } catch (error) {
    if (error instanceof TokenError) throw error
    // No cause: it would quote the text, and the text is part of a token.
    throw malformed('The JSON is malformed.')
  }
  // JSON.parse keeps one of the members that share a name, however each is spelled: then it kept fewer than were written.
  if (names !== countMembers(value, isFlat)) throw malformed('The JSON names a member twice.')
  return value
}

interface Seen {
  /** How many member names are written. */
  readonly names: number
  /** Whether nothing is nested. */
  readonly isFlat: boolean
  readonly isAscii: boolean
  /** Whether any text, a name or not, is written with an escape. */
  readonly hasEscapes: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/**
 * Counts the member names of JSON: each is followed by the one colon that stands outside of a text. Right for what
 * JSON.parse accepts; it refuses the rest. The bytes of a character outside of ASCII are none of those looked for.
 */
function scan(bytes: Uint8Array, from: number, to: number): Seen {
  let names = 0
  let depth = 0
  let deepest = 0
  let seen = 0
  let hasEscapes = false
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) {
      // Texts make up most of it, and the shorter loop goes through them twice as fast.
      for (at++; at < to; at++) {
        const inside = bytes[at] ?? 0
        if (inside === QUOTE) break
        if (inside === BACKSLASH) {
          hasEscapes = true
          at++
        }
        seen |= inside
      }
    } else if (byte === COLON) names++
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) deepest = depth
    } else if (byte === 0x7d || byte === 0x5d) depth--
    else seen |= byte
  }
  if (deepest > MAX_DEPTH) throw malformed('The JSON is nested too deeply.')
  return { names, isFlat: deepest < 2, isAscii: seen < 0x80, hasEscapes }
}

/** Counts the members of all objects, of which `scan` has bounded the depth, and drops those called `__proto__`. */
function countMembers(value: unknown, isFlat: boolean): number {
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return isFlat ? 0 : value.reduce((sum, item) => sum + countMembers(item, false), 0)
  let count = Object.keys(value).length
  if (!isFlat) for (const member of Object.values(value)) count += countMembers(member, false)
  // JSON.parse made it, so this is a member and not the prototype.
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  return count
}

/** A text, to its end if it is not closed, and the colon that makes it a name. */
const TEXT = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"([ \t\n\r]*:)?|\\?$)/g

/**
 * Writes member names without escapes, and refuses those that can't be. V8 from 13.6 (Node 24) misreads the others: once
 * it has seen the name `\\u0`, it reads that one where `\u0061lg` is written, and a second `alg` would go unnoticed.
 */
function writePlainNames(text: string): string {
  return text.replace(TEXT, (written: string, colon: string | undefined) => {
    if (colon === undefined || !written.includes('\\')) return written
    const plain = JSON.stringify(JSON.parse(written.slice(0, -colon.length)))
    if (plain.includes('\\')) throw malformed('The JSON has a member name that needs an escape.')
    return plain + colon
  })
}

function malformed(message: string): TokenError {
  return new TokenError('malformed', { message })
}
