/** Visible ASCII without the backslash: a space, a tab or a backslash two parsers may repair in two ways. */
const HTTP_URI = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i
const UNRESERVED = /^[A-Za-z0-9\-._~]$/

/**
 * The URI of a request as a proof names it: without query and fragment, in the one spelling that all equivalent ones
 * share. RFC 9449 §4.2 and §4.3 (9), RFC 3986 §6.2.2 and §6.2.3: scheme and host in lower case, no default port, no dot
 * segments, percent-encoding only where it is needed, in upper case. Undefined when it is no absolute http or https URI,
 * or holds credentials.
 */
export function normalizeUri(text: string): string | undefined {
  const uri = withoutQuery(text)
  if (!HTTP_URI.test(uri) || !URL.canParse(uri)) return undefined
  const { protocol, username, password, host, pathname } = new URL(uri)
  if (username || password) return undefined
  return `${protocol}//${host}${pathname.replace(/%([0-9a-f]{2})|[|^]/gi, normalizeCharacter)}`
}

/** The URI up to its query or fragment. */
export function withoutQuery(text: string): string {
  const end = text.search(/[?#]/)
  return end === -1 ? text : text.slice(0, end)
}

function normalizeCharacter(found: string, digits: string | undefined): string {
  // URL parsers disagree about these two.
  if (digits === undefined) return found === '|' ? '%7C' : '%5E'
  const character = String.fromCharCode(Number.parseInt(digits, 16))
  return UNRESERVED.test(character) ? character : found.toUpperCase()
}
