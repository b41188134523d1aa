import { TokenError } from '../errors.js'
import { type JwtHeader, type ParsedJwt, parseJwt } from '../jwt/parse.js'
import { isNumericDate } from '../jwt/time.js'

/** The claims of an ID token. OIDC Core §2. Instants are epoch seconds. */
export interface IdTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly azp?: string
  readonly nonce?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly at_hash?: string
  readonly sid?: string
  readonly [claim: string]: unknown
}

/** An ID token taken apart. Nothing about it is verified. */
export interface ParsedIdToken {
  readonly header: JwtHeader
  readonly claims: IdTokenClaims
}

type Check = (value: unknown) => boolean
const isText: Check = (value) => typeof value === 'string' && value !== ''
const isTextList: Check = (value) => Array.isArray(value) && value.every(isText)

const REQUIRED: Readonly<Record<string, Check>> = {
  iss: isText,
  sub: isText,
  aud: (value) => isText(value) || (isTextList(value) && Array.isArray(value) && value.length > 0),
  exp: isNumericDate,
  iat: isNumericDate,
}
const OPTIONAL: Readonly<Record<string, Check>> = {
  azp: isText,
  nonce: isText,
  auth_time: isNumericDate,
  acr: isText,
  amr: isTextList,
  at_hash: isText,
  sid: isText,
}

/** The names that a caller's own claims can't have. */
export function isIdTokenClaim(name: string): boolean {
  return Object.hasOwn(REQUIRED, name) || Object.hasOwn(OPTIONAL, name)
}

/**
 * Takes an ID token apart, as strictly as every token here. OIDC Core §2.
 * NOT checked: the signature, the issuer, the audience, the times and the nonce: see `refuseIdToken`. Without the
 * signature a token may be trusted only when it came straight from the token endpoint over TLS (OIDC Core §3.1.3.7, 6).
 * @throws {TokenError} `malformed`, `unsupported_alg` for `none`, `wrong_type`, `invalid_claims`
 */
export function parseIdToken(jwt: string): ParsedIdToken {
  const { header, claims } = parseIdTokenParts(jwt)
  return { header, claims }
}

/** As {@link parseIdToken}, with what the signature is over. */
export function parseIdTokenParts(jwt: string): ParsedJwt & ParsedIdToken {
  const parsed = parseJwt(jwt)
  const { typ } = parsed.header
  // RFC 8725 §3.11: an access token, a logout token or an assertion is no ID token.
  if (typ !== undefined && !/^(?:application\/)?jwt$/i.test(typ)) throw new TokenError('wrong_type')
  const invalid = findInvalid(parsed.claims)
  if (invalid) throw new TokenError('invalid_claims', { message: `The claim ${invalid} is missing or not valid.` })
  // Each named claim has just been looked at.
  return { ...parsed, claims: parsed.claims as IdTokenClaims }
}

function findInvalid(claims: Readonly<Record<string, unknown>>): string | undefined {
  const missing = Object.entries(REQUIRED).find(([name, check]) => !Object.hasOwn(claims, name) || !check(claims[name]))
  const wrong = Object.entries(OPTIONAL).find(([name, check]) => Object.hasOwn(claims, name) && !check(claims[name]))
  return (missing ?? wrong)?.[0]
}
