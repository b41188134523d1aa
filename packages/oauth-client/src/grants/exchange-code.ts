import type { OAuthClient, OidcScope } from '../client/client.js'
import type { Transaction } from '../client/transaction.js'
import { grantUserTokens } from '../token-endpoint/grant-user-tokens.js'
import { requestTokens } from '../token-endpoint/request-tokens.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** Exchanges an authorization code for tokens. OAuth 2.1 §4.1.3, RFC 7636 §4.5. */
export async function exchangeCode<S extends string>(
  client: OAuthClient<S>,
  code: string,
  transaction: Transaction,
): Promise<Tokens<S | OidcScope>> {
  const { verifier, redirectUri, scope, resource } = transaction
  const response = await requestTokens(client, 'authorization_code', {
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    resource,
  })
  return grantUserTokens(client, response, scope, transaction)
}
