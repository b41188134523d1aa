import { TokenError } from '../errors.js'
import { type ParsedJwt, parseJwt } from '../jwt/parse.js'
import { type KeySource, verifySignature } from '../keys/key-source.js'
import { type ClaimRules, findInvalidClaim, invalidClaim } from './rules.js'

type Awaitable<T> = T | Promise<T>
type Claims = Readonly<Record<string, unknown>>

/** A kind of token. RFC 8725 §3.11: no kind passes for another. */
export interface Profile {
  /** The media types that its `typ` may name; undefined where it may be absent. */
  readonly types: readonly (string | undefined)[]
  readonly rules: ClaimRules
  /** Characters. @default 16384 */
  readonly maxLength?: number
}

/**
 * Takes a token of this kind apart, and looks at its type and at each claim. Not the signature.
 * @throws {TokenError} `malformed`, `unsupported_alg` for `none`, `wrong_type`, `invalid_claims`
 */
export function parseToken(jwt: string, { types, rules, maxLength }: Profile): ParsedJwt {
  const parsed = parseJwt(jwt, maxLength)
  if (!isOneOf(types, parsed.header.typ)) throw new TokenError('wrong_type')
  const invalid = findInvalidClaim(parsed.claims, rules)
  if (invalid !== undefined) throw invalidClaim(invalid)
  return parsed
}

/**
 * Verifies a token of this kind: type, claims each by itself, and the signature by the keys that belong to these claims.
 * What the claims have to be in relation to others, and to the clock, is left to the caller.
 * @throws {TokenError} also `wrong_issuer` when there are no keys for it, and what the signature is refused for
 */
export async function openToken(
  jwt: string,
  profile: Profile,
  keysFor: (claims: Claims) => Awaitable<KeySource | undefined>,
): Promise<ParsedJwt> {
  const parsed = parseToken(jwt, profile)
  const keys = await keysFor(parsed.claims)
  if (!keys) throw new TokenError('wrong_issuer')
  await verifySignature(parsed, keys)
  return parsed
}

/** RFC 7515 §4.1.9: in any case, with or without `application/`. */
function isOneOf(types: readonly (string | undefined)[], typ: string | undefined): boolean {
  return types.includes(typ?.toLowerCase().replace(/^application\//, ''))
}
