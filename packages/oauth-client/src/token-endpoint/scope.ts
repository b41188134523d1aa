import { isScopeValue } from '@scopewise/token-core/scope'
import { OAuthClientError } from '../errors.js'
import type { Context } from './context.js'
import type { OidcScope } from './tokens.js'

const OIDC: readonly string[] = [
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
] satisfies OidcScope[]

/** True for a scope value that this client may ask for: declared, or one of OpenID Connect's, or any when none are declared. */
export function isAskable({ scopes }: Pick<Context, 'scopes'>, value: string): boolean {
  return !scopes || scopes.has(value) || OIDC.includes(value)
}

/**
 * Writes the scope to ask for; undefined when nothing is asked, so that no empty parameter is sent. RFC 6749 §3.3.
 *
 * @throws {OAuthClientError} undeclared_scope
 */
export function scopeParam(context: Context, scope: readonly string[] | undefined): string | undefined {
  for (const value of scope ?? []) {
    if (!isScopeValue(value) || !isAskable(context, value)) {
      throw new OAuthClientError(
        'undeclared_scope',
        `The scope ${JSON.stringify(value)} is not declared: add it to defineScopes, or mend its spelling`,
      )
    }
  }
  return scope?.length ? scope.join(' ') : undefined
}
