import { isScopeValue } from '@scopewise/token-core/scope'
import type { OAuthClient, OidcScope } from '../client/client.js'
import { OAuthClientError } from '../errors.js'

const OIDC: readonly string[] = [
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
] satisfies OidcScope[]

/** True for a scope value that this client may ask for: declared, or one of OpenID Connect's, or any when none are declared. */
export function isAskable<S extends string>({ scopes }: OAuthClient<S>, value: string): value is S | OidcScope {
  return !scopes || scopes.has(value) || OIDC.includes(value)
}

/**
 * Writes the scope to ask for; undefined when nothing is asked, so that no empty parameter is sent. RFC 6749 §3.3.
 *
 * @throws {OAuthClientError} undeclared_scope
 */
export function scopeParam(client: OAuthClient, scope: readonly string[] | undefined): string | undefined {
  for (const value of scope ?? []) {
    if (!isScopeValue(value) || !isAskable(client, value)) {
      throw new OAuthClientError(
        'undeclared_scope',
        `The scope ${JSON.stringify(value)} is not declared: add it to defineScopes, or mend its spelling`,
      )
    }
  }
  return scope?.length ? scope.join(' ') : undefined
}
