import type { OAuthClient, OidcScope, TokenNeed } from '../client/client.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { grant } from './grant.js'

/**
 * Trades an assertion, a JWT signed by an issuer that the server trusts, for a token. RFC 7523 §2.1.
 *
 * @throws {OAuthClientError} token_refused, undeclared_scope
 */
export function jwtBearer<S extends string>(
  client: OAuthClient<S>,
  { assertion, ...need }: TokenNeed<NoInfer<S>> & { readonly assertion: string },
): Promise<Tokens<S | OidcScope>> {
  return grant(client, 'urn:ietf:params:oauth:grant-type:jwt-bearer', need, { assertion })
}
