import type { OAuthClient, TokenNeed } from '../client.js'
import { isOAuthClientError, OAuthClientError } from '../errors.js'
import type { OidcScope, Tokens } from '../token-endpoint/tokens.js'

/** Where a manager gets its next tokens from. `held` are the tokens of the grant, as they are when its turn comes. */
export type TokenSource<S extends string = string> = (
  client: OAuthClient<S>,
  held: Tokens<S | OidcScope> | undefined,
  need: TokenNeed<S>,
) => Promise<Tokens<S | OidcScope>>

/**
 * The tokens of a user: from the refresh token of the grant. OAuth 2.1 §4.3.
 *
 * @throws {OAuthClientError} login_required without a refresh token, insufficient_scope for what the grant does not hold, grant_lost when
 *   the server no longer knows the grant
 */
export async function refreshTokens<S extends string>(
  client: OAuthClient<S>,
  held: Tokens<S | OidcScope> | undefined,
  need: TokenNeed<S>,
): Promise<Tokens<S | OidcScope>> {
  if (!held) throw new OAuthClientError('login_required', 'Nobody is signed in: start a login and adopt its tokens')
  const granted: ReadonlySet<string> = client.scopes?.closure(held.scope) ?? new Set(held.scope)
  const missing = (need.scope ?? []).filter((value) => !granted.has(value))
  if (missing.length > 0) {
    throw new OAuthClientError(
      'insufficient_scope',
      `The grant does not hold ${missing.join(' ')}: start a login that asks for it`,
    )
  }
  try {
    return await client.refresh(held, need)
  } catch (cause) {
    if (!isOAuthClientError(cause) || cause.error !== 'invalid_grant') throw cause
    throw new OAuthClientError(
      'grant_lost',
      'The authorization server no longer knows this grant: the user has to sign in again',
      {
        error: cause.error,
        description: cause.description,
        cause,
      },
    )
  }
}

/** The tokens of the client itself: asked for anew each time. OAuth 2.1 §4.2. */
export function clientCredentials<S extends string>(
  client: OAuthClient<S>,
  _held: Tokens<S | OidcScope> | undefined,
  need: TokenNeed<S>,
): Promise<Tokens<S | OidcScope>> {
  return client.clientCredentials(need)
}
