import type { OAuthClient, OidcScope, TokenNeed } from '../client/client.js'
import type { WireParams } from '../http/params.js'
import { grantTokens } from '../token-endpoint/grant-tokens.js'
import { requestTokens } from '../token-endpoint/request-tokens.js'
import { scopeParam } from '../token-endpoint/scope.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/**
 * Asks the token endpoint for tokens by any grant type: the way to those that have no verb of their own here. OAuth 2.1 §4.4.
 * A refresh token or an ID token in the answer is dropped: one would be kept by nobody, the other checked by nobody.
 *
 * @param params what the grant type needs, by its names on the wire
 * @throws {OAuthClientError} token_refused, undeclared_scope
 */
export async function grant<S extends string>(
  client: OAuthClient<S>,
  grantType: string,
  { scope, resource = client.resource }: TokenNeed<NoInfer<S>> = {},
  params: WireParams = {},
): Promise<Tokens<S | OidcScope>> {
  const response = await requestTokens(client, grantType, { ...params, scope: scopeParam(client, scope), resource })
  return grantTokens(client, { ...response, refreshToken: undefined, idToken: undefined }, scope ?? [])
}
