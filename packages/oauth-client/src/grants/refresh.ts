import type { OAuthClient, OidcScope, TokenNeed } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { grantTokens } from '../token-endpoint/grant-tokens.js'
import { checkIdToken } from '../token-endpoint/id-token.js'
import { requestTokens } from '../token-endpoint/request-tokens.js'
import { scopeParam } from '../token-endpoint/scope.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/**
 * Trades a refresh token for new tokens. OAuth 2.1 §4.3, OpenID Connect Core 1.0 §12. Two at once with the same refresh token may end
 * the grant: let a token manager do it.
 *
 * What the answer leaves out stays as it was: refresh token, ID token, scope.
 *
 * @throws {OAuthClientError} login_required without a refresh token, token_refused, invalid_id_token
 */
export async function refresh<S extends string>(
  client: OAuthClient<S>,
  held: Tokens<NoInfer<S> | OidcScope> | string,
  need: TokenNeed<NoInfer<S>> = {},
): Promise<Tokens<S | OidcScope>> {
  const before: Partial<Tokens> = typeof held === 'string' ? { refreshToken: held } : held
  const { refreshToken, idToken, claims, signatureVerified } = before
  if (refreshToken === undefined) {
    throw new OAuthClientError(
      'login_required',
      'There is no refresh token: ask for offline_access, or start a new login',
    )
  }
  const response = await requestTokens(client, 'refresh_token', {
    refresh_token: refreshToken,
    scope: scopeParam(client, need.scope),
    resource: need.resource ?? client.resource,
  })
  // An ID token matters to those who hold one, or may: with a bare refresh token nothing says that openid was not asked for.
  const isLookedAt = typeof held === 'string' || claims !== undefined
  const checked =
    isLookedAt && response.idToken !== undefined
      ? await checkIdToken(client, response, response.idToken, {}, claims)
      : undefined
  return grantTokens(
    client,
    { ...response, refreshToken: response.refreshToken ?? refreshToken, idToken: checked ? response.idToken : idToken },
    need.scope ?? before.scope ?? [],
    checked ?? (claims && { claims, signatureVerified }),
  )
}
