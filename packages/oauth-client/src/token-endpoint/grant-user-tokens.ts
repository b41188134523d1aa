import type { OAuthClient, OidcScope } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { grantTokens } from './grant-tokens.js'
import { checkIdToken, type IdTokenExpectation } from './id-token.js'
import type { TokenResponse } from './token-response.js'
import type { Tokens } from './tokens.js'

/**
 * Makes what is kept of the first token response of a login. OpenID Connect Core 1.0 §3.1.3.3: who asked for openid gets an ID token,
 * and it is checked. One that was not asked for is not looked at.
 *
 * @throws {OAuthClientError} invalid_id_token
 */
export async function grantUserTokens<S extends string>(
  client: OAuthClient<S>,
  response: TokenResponse,
  asked: readonly string[],
  expected: IdTokenExpectation,
): Promise<Tokens<S | OidcScope>> {
  if (!asked.includes('openid')) return grantTokens(client, { ...response, idToken: undefined }, asked)
  if (response.idToken === undefined)
    throw new OAuthClientError('invalid_id_token', 'openid was asked for, but no ID token came')
  return grantTokens(client, response, asked, await checkIdToken(client, response, response.idToken, expected))
}
