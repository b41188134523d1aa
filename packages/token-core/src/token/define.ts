import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checkLifetime } from '../claims/lifetime.js'

/** The registered claims that a kind of token may require beside those that all have. */
export type OptionalClaim = 'sub' | 'nbf'

/** One value describes a kind of token for its issuer and for its verifier. */
export interface TokenType<R extends OptionalClaim, C> {
  readonly '~scopewise': 'token-type'
  readonly typ: string
  readonly claims: StandardSchemaV1<unknown, C>
  readonly required: readonly R[]
  /** Seconds. */
  readonly lifetime: number
}

/** What {@link defineToken} takes. */
export interface TokenTypeOptions<R extends OptionalClaim, C> {
  /** What the `typ` of the tokens says, such as `invitation+jwt`: no token of another kind passes for one. */
  readonly typ: `${string}+jwt`
  /** A Standard Schema (zod, valibot, …) for your own claims. The registered ones are built in: it never sees them. */
  readonly claims: StandardSchemaV1<unknown, C>
  /** What each token must have beside `iss`, `aud`, `iat`, `exp` and `jti`. @default [] */
  readonly required?: readonly R[] | undefined
  /** Seconds, whole and more than 0. */
  readonly lifetime: number
}

/** Kinds that have a verifier of their own, or mean something to others. */
const TAKEN: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'at+jwt',
  'dpop+jwt',
  'logout+jwt',
  'client-authentication+jwt',
  'statuslist+jwt',
  'token-introspection+jwt',
  'secevent+jwt',
  'oauth-authz-req+jwt',
])

/**
 * Declares a kind of token of your own: invitation links, webhooks, downloads.
 * @throws {TypeError} for a `typ` that is no media type ending in `+jwt` or belongs to another kind, for claims without a
 *   schema, or a lifetime that is not a positive number of whole seconds
 */
export function defineToken<const R extends OptionalClaim = never, C = unknown>(
  options: TokenTypeOptions<R, C>,
): TokenType<R, C> {
  const { typ, claims, required = [], lifetime } = options
  if (!/^[a-z0-9][a-z0-9.-]*\+jwt$/.test(typ) || TAKEN.has(typ))
    throw new TypeError(
      'defineToken needs a `typ` of your own in lower case that ends in +jwt, such as invitation+jwt.',
    )
  if (typeof claims?.['~standard']?.validate !== 'function')
    throw new TypeError('defineToken needs `claims` to be a Standard Schema, such as `z.object({ … })`.')
  checkLifetime(lifetime)
  return Object.freeze({
    '~scopewise': 'token-type' as const,
    typ,
    claims,
    required: Object.freeze([...required]),
    lifetime,
  })
}
