import { OAuthClientError } from '../errors.js'
import type { Context } from '../token-endpoint/context.js'
import { grantTokens } from '../token-endpoint/grant-tokens.js'
import { checkIdToken, type IdTokenExpectation } from '../token-endpoint/id-token.js'
import { requestTokens } from '../token-endpoint/request-tokens.js'
import type { Tokens } from '../token-endpoint/tokens.js'

export interface CodeExchange extends IdTokenExpectation {
  readonly code: string
  readonly verifier: string
  readonly redirectUri: string
  readonly scope: readonly string[]
  readonly resource?: string | undefined
}

/** Exchanges an authorization code for tokens. OAuth 2.1 §4.1.3, RFC 7636 §4.5. */
export async function exchangeCode(
  context: Context,
  { code, verifier, redirectUri, scope, resource, ...expected }: CodeExchange,
): Promise<Tokens> {
  const response = await requestTokens(context, 'authorization_code', {
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    resource,
  })
  // OpenID Connect Core 1.0 §3.1.3.3: who asked for openid gets an ID token. One that was not asked for is not looked at.
  if (!scope.includes('openid')) return grantTokens(context, { ...response, idToken: undefined }, scope)
  if (response.idToken === undefined)
    throw new OAuthClientError('invalid_id_token', 'openid was asked for, but no ID token came')
  return grantTokens(context, response, scope, await checkIdToken(context, response, response.idToken, expected))
}
