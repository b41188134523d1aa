/** Request parameters by name, as OAuth 2.1 §3.1 reads them: unknown ones are kept (and ignored later), empty ones count as omitted. */
export type Parameters = ReadonlyMap<string, readonly string[]>

/** More pairs than any request of this server needs; a longer list is refused before it costs anything. */
const MAX_PAIRS = 100

/** RFC 8707 §2: the one parameter that may stand several times. */
const REPEATABLE = 'resource'

/** What stands for something else. Most of what is sent here does not. */
const ENCODED = /[%+]/

/** Parses application/x-www-form-urlencoded text strictly: bad percent escapes, bad UTF-8 or too many pairs give `undefined`. */
export function parseParameters(text: string): Parameters | undefined {
  const pairs = text === '' ? [] : text.split('&', MAX_PAIRS + 1)
  if (pairs.length > MAX_PAIRS) return undefined
  const parameters = new Map<string, string[]>()
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeFormText(equals === -1 ? pair : pair.slice(0, equals))
    const value = decodeFormText(equals === -1 ? '' : pair.slice(equals + 1))
    if (name === undefined || value === undefined) return undefined
    if (value === '') continue // OAuth 2.1 §3.1: a parameter without a value is treated as omitted
    const values = parameters.get(name)
    if (values) values.push(value)
    else parameters.set(name, [value])
  }
  return parameters
}

/** The query of a URL, parsed like a form. */
export function queryParameters(url: string): Parameters | undefined {
  const start = url.indexOf('?')
  if (start === -1) return new Map()
  const end = url.indexOf('#', start)
  return parseParameters(url.slice(start + 1, end === -1 ? undefined : end))
}

/** The first parameter that stands more than once though it must not. OAuth 2.1 §3.1, RFC 8707 §2. */
export function repeatedParameter(parameters: Parameters): string | undefined {
  for (const [name, values] of parameters) {
    if (values.length > 1 && name !== REPEATABLE) return name
  }
  return undefined
}

/** The value of a parameter that stands exactly once. */
export function single(parameters: Parameters, name: string): string | undefined {
  const values = parameters.get(name)
  return values?.length === 1 ? values[0] : undefined
}

/** What a schema reads: each parameter's one value, `resource` as a list. */
export function toRecord(parameters: Parameters): Record<string, string | readonly string[]> {
  const entries = [...parameters].map(
    ([name, values]) => [name, name === REPEATABLE ? values : (values[0] ?? '')] as const,
  )
  return Object.fromEntries(entries)
}

/** Decodes a part of a form, strictly: `undefined` for a bad percent escape or bad UTF-8. RFC 6749 appendix B. */
export function decodeFormText(text: string): string | undefined {
  if (!ENCODED.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
