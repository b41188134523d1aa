import type { OAuthClient, OidcScope } from '../client/client.js'
import { endpointOf } from '../discovery/metadata.js'
import { postForm, refusal } from '../token-endpoint/request-tokens.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/**
 * Revokes a token; of a set of tokens the refresh token, with which servers end the whole grant. RFC 7009 §2.1.
 *
 * Resolves also for a token that was no longer valid (§2.2).
 *
 * @throws {OAuthClientError} not_supported, token_refused
 */
export async function revoke<S extends string>(
  client: OAuthClient<S>,
  token: Tokens<NoInfer<S> | OidcScope> | string,
): Promise<void> {
  const url = endpointOf(await client.metadata(), 'revocation_endpoint')
  const answer = await postForm(client, url, toRevoke(token))
  if (answer.status !== 200) throw refusal('The revocation endpoint', answer)
}

function toRevoke(token: Tokens | string): { token: string; token_type_hint?: string } {
  if (typeof token === 'string') return { token }
  const { refreshToken, accessToken } = token
  return refreshToken === undefined
    ? { token: accessToken, token_type_hint: 'access_token' }
    : { token: refreshToken, token_type_hint: 'refresh_token' }
}
