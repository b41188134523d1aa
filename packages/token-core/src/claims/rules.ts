import { TokenError } from '../errors.js'
import { isNumericDate } from '../jwt/time.js'

type Check = (value: unknown) => boolean

/** What a profile says about one claim. */
type ClaimRule = readonly [needed: 'required' | 'optional' | 'refused', check: Check]

/** What a profile says about its claims, by name. Claims that it does not name are left alone. */
export type ClaimRules = Readonly<Record<string, ClaimRule>>

export const isText: Check = (value) => typeof value === 'string' && value !== ''
export const isTextList: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isText)
export const isAudience: Check = (value) => isText(value) || isTextList(value)

/** The claims of every token that an issuer signs for an audience. RFC 7519 §4.1, RFC 8725 §3.8 to §3.10. */
export const COMMON_RULES = {
  iss: ['required', isText],
  aud: ['required', isAudience],
  iat: ['required', isNumericDate],
  exp: ['required', isNumericDate],
  nbf: ['optional', isNumericDate],
  sub: ['optional', isText],
  jti: ['optional', isText],
} as const satisfies ClaimRules

/** The first claim that is not what its profile says, or undefined. Pure. */
export function findInvalidClaim(claims: Readonly<Record<string, unknown>>, rules: ClaimRules): string | undefined {
  return Object.entries(rules).find(([name, [needed, check]]) => {
    if (!Object.hasOwn(claims, name)) return needed === 'required'
    return needed === 'refused' || !check(claims[name])
  })?.[0]
}

/** A claim that is not what its profile says. Its value stays out. */
export function invalidClaim(name: string): TokenError {
  return new TokenError('invalid_claims', { message: `The claim ${name} is missing or not valid.` })
}
