/**
 * Writes and reads `WWW-Authenticate`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11
 */

/** One challenge of a `WWW-Authenticate` header. RFC 9110 §11.3. */
export interface Challenge {
  /** The scheme as it was sent. Compare it without regard to case. */
  readonly scheme: string
  /** Parameter names are lower case. */
  readonly parameters: Readonly<Record<string, string>>
  /** What some schemes carry instead of parameters, such as `Negotiate`. */
  readonly token68?: string
}

/** What a resource server says about a token. RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1. */
export interface TokenProblem {
  readonly error?:
    | 'invalid_request'
    | 'invalid_token'
    | 'insufficient_scope'
    | 'insufficient_user_authentication'
    | 'invalid_dpop_proof'
    | 'use_dpop_nonce'
    | undefined
  readonly errorDescription?: string | undefined
  /** All scope values that the request needs. */
  readonly scope?: Iterable<string> | undefined
  /** Any one of these will do, the first is liked best. */
  readonly acrValues?: readonly string[] | undefined
  /** Seconds since the resource owner signed in. */
  readonly maxAge?: number | undefined
  /** URL of the protected resource metadata. */
  readonly resourceMetadata?: string | undefined
}

/** What a resource server says about a token that was sent by the DPoP scheme. RFC 9449 §7.1. */
export interface DpopProblem extends TokenProblem {
  /** The algorithms that proofs may be signed with. */
  readonly algorithms?: readonly string[] | undefined
}

/** Builds a Bearer challenge. Without a token in the request RFC 6750 §3.1 asks for one without `error`. */
export function bearerChallenge(problem: TokenProblem = {}): Challenge {
  return { scheme: 'Bearer', parameters: describe(problem) }
}

/** Builds a DPoP challenge. RFC 9449 §7.1. */
export function dpopChallenge({ algorithms, ...problem }: DpopProblem = {}): Challenge {
  return { scheme: 'DPoP', parameters: { ...describe(problem), ...(algorithms && { algs: algorithms.join(' ') }) } }
}

function describe(problem: TokenProblem): Record<string, string> {
  const parameters = {
    error: problem.error,
    error_description: problem.errorDescription,
    scope: problem.scope && [...problem.scope].join(' '),
    acr_values: problem.acrValues?.join(' '),
    max_age: problem.maxAge?.toString(),
    resource_metadata: problem.resourceMetadata,
  }
  return Object.fromEntries(Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Writes one or several challenges as the value of one `WWW-Authenticate` header. RFC 9110 §11.6.1.
 * Values are always quoted; characters that a header can't carry become `?`.
 * @throws {TypeError} when a scheme or a parameter name is not a token
 */
export function formatChallenge(challenges: Challenge | readonly Challenge[]): string {
  const list = 'scheme' in challenges ? [challenges] : challenges
  return list.map(formatOne).join(', ')
}

function formatOne({ scheme, parameters, token68 }: Challenge): string {
  const words = Object.entries(parameters).map(([name, value]) => `${checkToken(name)}=${quote(value)}`)
  return [checkToken(scheme), token68 ?? words.join(', ')].filter(Boolean).join(' ')
}

function checkToken(name: string): string {
  if (!TOKEN.test(name)) throw new TypeError('A challenge needs an RFC 9110 token as its scheme and parameter names.')
  return name
}

function quote(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}

/**
 * Reads all challenges of a response, in their order. Several headers, several challenges in one header, commas in
 * quotes and `token68` are understood; what does not follow the grammar is skipped. A repeated parameter keeps its
 * first value. Never throws.
 */
export function parseChallenges(source: Headers | string | null | undefined): readonly Challenge[] {
  const text = typeof source === 'string' ? source : (source?.get('www-authenticate') ?? '')
  const found: Found[] = []
  let at = 0
  while (at < text.length) {
    at = skip(text, at, BLANKS_AND_COMMAS)
    const step = readParameter(text, at, found.at(-1)) ?? readScheme(text, at, found)
    at = step ?? skipElement(text, at)
  }
  return found.map(({ scheme, parameters, token68 }) => ({
    scheme,
    parameters: Object.fromEntries(parameters),
    ...(token68 !== undefined && { token68 }),
  }))
}

interface Found {
  readonly scheme: string
  readonly parameters: Map<string, string>
  token68?: string
}

const BLANKS_AND_COMMAS = /[ \t,]*/y
const SCHEME = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:[ \t]*(?=,|$)|[ \t]+)/y
const TOKEN68 = /([A-Za-z0-9\-._~+/]+=*)[ \t]*(?=,|$)/y
const PARAMETER =
  /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([!#$%&'*+\-.^_`|~0-9A-Za-z]+))[ \t]*(?=,|$)/y

/** Reads `name=value` into the current challenge. Answers where it ended. */
function readParameter(text: string, at: number, current: Found | undefined): number | undefined {
  const match = matchAt(PARAMETER, text, at)
  if (!match) return undefined
  const [all, name = '', quoted, plain] = match
  const value = quoted === undefined ? (plain ?? '') : quoted.replace(/\\([\s\S])/g, '$1')
  const key = name.toLowerCase()
  if (current && !current.parameters.has(key)) current.parameters.set(key, value)
  return at + all.length
}

/** Reads a scheme and its token68, and starts a challenge. Answers where it ended. */
function readScheme(text: string, at: number, found: Found[]): number | undefined {
  const match = matchAt(SCHEME, text, at)
  if (!match) return undefined
  const challenge: Found = { scheme: match[1] ?? '', parameters: new Map() }
  found.push(challenge)
  const end = at + match[0].length
  const token68 = matchAt(TOKEN68, text, end)
  if (!token68) return end
  challenge.token68 = token68[1] ?? ''
  return end + token68[0].length
}

/** Steps over junk up to the next comma outside quotes. */
function skipElement(text: string, at: number): number {
  let quoted = false
  for (let index = at; index < text.length; index++) {
    const character = text[index]
    if (quoted && character === '\\') index++
    else if (character === '"') quoted = !quoted
    else if (character === ',' && !quoted) return index
  }
  return text.length
}

function skip(text: string, at: number, pattern: RegExp): number {
  return at + (matchAt(pattern, text, at)?.[0].length ?? 0)
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
