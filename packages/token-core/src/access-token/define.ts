import type { StandardSchemaV1 } from '@standard-schema/spec'
import { checkLifetime } from '../claims/lifetime.js'
import type { Scopes } from '../scope/define.js'

/** The claims of a token type that declares none of its own. */
export type NoClaims = Record<never, never>

/** One value describes an access token for its issuer and for its verifier, so the two can't drift apart. */
export interface AccessTokenType<S extends string, C> {
  readonly '~scopewise': 'access-token-type'
  readonly scopes: Scopes<S>
  /** Checks the claims beside the registered ones. Absent: there are none. */
  readonly claims: StandardSchemaV1<unknown, C> | undefined
  /** Seconds. */
  readonly lifetime: number
}

/** What {@link defineAccessToken} takes. */
export interface AccessTokenOptions<S extends string, C> {
  readonly scopes: Scopes<S>
  /**
   * A Standard Schema (zod, valibot, …) for your own claims. It never sees the registered claims, which are built in,
   * so a strict object schema works; async schemas do too.
   */
  readonly claims?: StandardSchemaV1<unknown, C> | undefined
  /** Seconds, whole and more than 0. A short life (600) bounds what a stolen token is worth. */
  readonly lifetime: number
}

/**
 * Declares an access token of the profile of RFC 9068: the scopes that may be in it, your own claims, and its lifetime.
 * @throws {TypeError} when the lifetime is not a positive number of whole seconds
 */
export function defineAccessToken<S extends string, C = NoClaims>(
  options: AccessTokenOptions<S, C>,
): AccessTokenType<S, C> {
  const { scopes, claims, lifetime } = options
  checkLifetime(lifetime)
  if (claims !== undefined && typeof claims['~standard']?.validate !== 'function')
    throw new TypeError('defineAccessToken needs `claims` to be a Standard Schema, such as `z.object({ … })`.')
  return Object.freeze({ '~scopewise': 'access-token-type' as const, scopes, claims, lifetime })
}
