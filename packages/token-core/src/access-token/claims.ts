import { isNumericDate } from '../jwt/time.js'
import { parseScope } from '../scope/values.js'

/** The claims of every access token. RFC 9068 §2.2. */
export interface RegisteredClaims {
  readonly iss: string
  /** The resource owner, or the client itself for its own token. */
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly client_id: string
  readonly jti: string
  /** Epoch seconds. */
  readonly iat: number
  /** Epoch seconds. */
  readonly exp: number
  /** Epoch seconds. */
  readonly nbf?: number
  /** Space-separated, as granted. */
  readonly scope?: string
  /** The grant that the token comes from: all tokens of a revoked grant are refused by this one id. */
  readonly grant_id?: string
  /** When the resource owner signed in, epoch seconds. */
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
}

type Check = (value: unknown) => boolean
type Rule = readonly [needed: 'required' | 'optional' | 'refused', check: Check]

const isText: Check = (value) => typeof value === 'string' && value !== ''
const isTextList: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isText)

/** What each registered claim must be. */
const RULES: Readonly<Record<string, Rule>> = {
  iss: ['required', isText],
  sub: ['required', isText],
  aud: ['required', (value) => isText(value) || isTextList(value)],
  client_id: ['required', isText],
  jti: ['required', isText],
  iat: ['required', isNumericDate],
  exp: ['required', isNumericDate],
  nbf: ['optional', isNumericDate],
  scope: ['optional', isScope],
  grant_id: ['optional', isText],
  auth_time: ['optional', isNumericDate],
  acr: ['optional', isText],
  amr: ['optional', isTextList],
  // RFC 7800 §3: the token is bound to a key. Without proof of that key it is worth nothing, and none is checked here.
  cnf: ['refused', () => false],
}

/** The names that your own claims can't have. */
export function isRegisteredClaim(name: string): boolean {
  return Object.hasOwn(RULES, name)
}

/** The first registered claim that is missing or not what it must be, or undefined. Pure. */
export function findInvalidClaim(claims: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(RULES).find(([name, [needed, check]]) => {
    const value = claims[name]
    return Object.hasOwn(claims, name) ? !check(value) : needed === 'required'
  })?.[0]
}

/** Splits claims into the registered ones and all others. Call it after {@link findInvalidClaim} found none. */
export function splitClaims(claims: Readonly<Record<string, unknown>>): {
  readonly registered: RegisteredClaims
  readonly own: Record<string, unknown>
} {
  const entries = Object.entries(claims)
  const registered: unknown = Object.fromEntries(entries.filter(([name]) => isRegisteredClaim(name)))
  const own = Object.fromEntries(entries.filter(([name]) => !isRegisteredClaim(name)))
  // findInvalidClaim has looked at each of them.
  return { registered: registered as RegisteredClaims, own }
}

/** What a verifier holds the claims against. Instants are epoch seconds. */
export interface ExpectedClaims {
  readonly audience: string
  readonly now: number
  /** Seconds. */
  readonly clockTolerance: number
}

/** Why well-formed claims are refused, or undefined. Pure. RFC 9068 §4. */
export function refuseClaims(
  claims: Pick<RegisteredClaims, 'aud' | 'exp' | 'iat' | 'nbf'>,
  { audience, now, clockTolerance }: ExpectedClaims,
): 'wrong_audience' | 'expired' | 'not_yet_valid' | undefined {
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  if (!audiences.includes(audience)) return 'wrong_audience'
  // RFC 7519 §4.1.4: on or after exp it must not be accepted.
  if (now >= claims.exp + clockTolerance) return 'expired'
  if (Math.max(claims.iat, claims.nbf ?? 0) > now + clockTolerance) return 'not_yet_valid'
  return undefined
}

function isScope(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    parseScope(value)
    return true
  } catch {
    return false
  }
}
