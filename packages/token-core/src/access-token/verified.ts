import { parseScope } from '../scope/values.js'
import type { RegisteredClaims } from './claims.js'
import type { AccessTokenType } from './define.js'

// Not part of the type: the types of two copies of this package must still fit each other.
const BRAND = /* @__PURE__ */ Symbol.for('@scopewise/token-core:VerifiedAccessToken')

/** The claims of a verified access token: the registered ones and your own. */
export type AccessTokenClaims<C> = Readonly<RegisteredClaims & C>

/** An access token that a verifier accepted. Deeply frozen; only a verifier makes one. */
export interface VerifiedAccessToken<C, S extends string> {
  readonly '~scopewise': 'access-token'
  readonly claims: AccessTokenClaims<C>
  /** The declared scope values in the token, as granted: without what they imply. */
  readonly scope: readonly S[]
  /** Whether the token carries all these scope values, itself or by implication. */
  has(...scope: S[]): boolean
  /** Whether the token is a client's own, without a resource owner: `sub` is `client_id`. RFC 9068 §5. */
  readonly isClient: boolean
}

/** Recognises a verified access token at run time, also one from another copy of this package. */
export function isVerifiedAccessToken(value: unknown): value is VerifiedAccessToken<object, string> {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** Makes the frozen result from claims that all checks have passed. */
export function createVerified<S extends string, C>(
  token: AccessTokenType<S, C>,
  registered: RegisteredClaims,
  own: C,
): VerifiedAccessToken<C, S> {
  // The registered claims win: a schema's output can't replace what was checked.
  const claims: AccessTokenClaims<C> = deepFreeze({ ...own, ...registered })
  const scope = Object.freeze(parseScope(registered.scope ?? '').filter((value) => token.scopes.has(value)))
  const closure = token.scopes.closure(scope)
  const verified = {
    '~scopewise': 'access-token' as const,
    claims,
    scope,
    has: (...demanded: S[]) => demanded.every((value) => closure.has(value)),
    isClient: registered.sub === registered.client_id,
  }
  // Not enumerable: the mark is not copied by a spread, and not logged.
  Object.defineProperty(verified, BRAND, { value: true })
  return Object.freeze(verified)
}

/** Freezes plain objects and lists all the way down. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && !Array.isArray(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}
