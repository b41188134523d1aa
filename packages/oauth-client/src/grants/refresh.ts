import { OAuthClientError } from '../errors.js'
import type { Context } from '../token-endpoint/context.js'
import { grantTokens } from '../token-endpoint/grant-tokens.js'
import { checkIdToken } from '../token-endpoint/id-token.js'
import { requestTokens } from '../token-endpoint/request-tokens.js'
import { scopeParam } from '../token-endpoint/scope.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/**
 * Trades a refresh token for new tokens. OAuth 2.1 §4.3, OpenID Connect Core 1.0 §12.
 *
 * What the answer leaves out stays as it was: refresh token, ID token, scope.
 */
export async function refresh(
  context: Context,
  held: Tokens | string,
  need: { readonly scope?: readonly string[] | undefined; readonly resource?: string | undefined },
): Promise<Tokens> {
  const before: Partial<Tokens> = typeof held === 'string' ? { refreshToken: held } : held
  const { refreshToken, idToken, claims } = before
  if (refreshToken === undefined) {
    throw new OAuthClientError(
      'login_required',
      'There is no refresh token: ask for offline_access, or start a new login',
    )
  }
  const response = await requestTokens(context, 'refresh_token', {
    refresh_token: refreshToken,
    scope: scopeParam(context, need.scope),
    resource: need.resource,
  })
  // An ID token matters to those who hold one, or may: with a bare refresh token nothing says that openid was not asked for.
  const isLookedAt = response.idToken !== undefined && (typeof held === 'string' || claims !== undefined)
  const checked =
    isLookedAt && response.idToken !== undefined
      ? await checkIdToken(context, response, response.idToken, { previous: claims })
      : undefined
  return grantTokens(
    context,
    { ...response, refreshToken: response.refreshToken ?? refreshToken, idToken: checked ? response.idToken : idToken },
    need.scope ?? before.scope ?? [],
    checked ?? claims,
  )
}
