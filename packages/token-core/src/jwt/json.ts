import { TokenError } from '../errors.js'

/** Deeper than any claim in use, shallow enough for every later reader. */
const MAX_DEPTH = 32

/**
 * Reads JSON that means the same to every reader: no member name twice at any depth (RFC 7515 §4, RFC 7519 §4), at most
 * 32 levels. A member called `__proto__` is dropped, so that no later merge can reach a prototype.
 * @throws {TokenError} `malformed`
 */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    const names = scan(text)
    if (!names.has('__proto__')) return value
    return JSON.parse(text, (name, member) => (name === '__proto__' ? undefined : member))
  } catch {
    // The cause would quote the text, and the text is part of a token.
    throw new TokenError('malformed', { message: 'The JSON is malformed, too deep, or names a member twice.' })
  }
}

/** A member list of the object at hand, or undefined inside an array. */
type Frame = Set<string> | undefined

/** Walks JSON known to be well-formed, refuses repeated names and depth, and answers all names it met. */
function scan(text: string): ReadonlySet<string> {
  const all = new Set<string>()
  const frames: Frame[] = []
  let nameExpected = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      const end = endOfString(text, at)
      if (nameExpected) addName(frames.at(-1), all, text.slice(at, end))
      nameExpected = false
      at = end - 1
    } else if (character === '{' || character === '[') {
      if (frames.length >= MAX_DEPTH) throw new Error('too deep')
      frames.push(character === '{' ? new Set() : undefined)
      nameExpected = character === '{'
    } else if (character === '}' || character === ']') {
      frames.pop()
    } else if (character === ',') {
      nameExpected = frames.at(-1) !== undefined
    }
  }
  return all
}

function addName(names: Frame, all: Set<string>, literal: string): void {
  // "a" and "\u0061" are one name.
  const name: unknown = literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1)
  if (typeof name !== 'string' || !names || names.has(name)) throw new Error('repeated name')
  names.add(name)
  all.add(name)
}

/** The index behind the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
