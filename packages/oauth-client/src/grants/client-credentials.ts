import type { OAuthClient, OidcScope, TokenNeed } from '../client/client.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { grant } from './grant.js'

/**
 * Asks for a token of the client's own. OAuth 2.1 §4.2.
 *
 * @throws {OAuthClientError} token_refused, undeclared_scope
 */
export function clientCredentials<S extends string>(
  client: OAuthClient<S>,
  need: TokenNeed<NoInfer<S>> = {},
): Promise<Tokens<S | OidcScope>> {
  return grant(client, 'client_credentials', need)
}
