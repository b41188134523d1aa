import { TokenError } from '../errors.js'

/** Whether the value follows the grammar of one scope value. RFC 6749 §3.3. */
export function isScopeValue(value: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)
}

/**
 * Reads a space-separated scope: each value once, in the order sent. The empty text is the empty scope.
 * RFC 6749 §3.3. Whether a value is declared is not checked.
 * @throws {TokenError} `malformed` for other separators than one space, or characters that a scope can't hold
 */
export function parseScope(text: string): readonly string[] {
  if (text === '') return []
  const values = text.split(' ')
  if (!values.every(isScopeValue)) throw new TokenError('malformed', { message: 'The scope is malformed.' })
  return [...new Set(values)]
}

/**
 * Writes a scope: each value once, separated by one space. RFC 6749 §3.3.
 * @throws {TokenError} `malformed` when a value holds a character that a scope can't
 */
export function formatScope(values: Iterable<string>): string {
  const list = [...new Set(values)]
  if (!list.every(isScopeValue)) throw new TokenError('malformed', { message: 'A scope value is malformed.' })
  return list.join(' ')
}

/** What of the requested scope is allowed, in the requested order. Implied values count only if `allowed` holds their closure. */
export function narrowScope(requested: Iterable<string>, allowed: Iterable<string>): readonly string[] {
  const permitted = new Set(allowed)
  return [...new Set(requested)].filter((value) => permitted.has(value))
}
