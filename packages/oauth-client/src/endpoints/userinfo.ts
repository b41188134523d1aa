import type { OAuthClient, OidcScope } from '../client/client.js'
import { endpointOf } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { exchangeJson, isObject, type JsonAnswer } from '../http/json.js'
import { refusal } from '../token-endpoint/request-tokens.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** Claims about the user. OpenID Connect Core 1.0 §5.1. Only `sub` is checked. */
export interface UserInfo {
  readonly sub: string
  readonly [claim: string]: unknown
}

/** Verifies a signed answer and gives its claims: `signedUserinfo()` of `./idtoken`. */
export type UserinfoVerifier = (client: OAuthClient, jwt: string) => Promise<Readonly<Record<string, unknown>>>

/**
 * Asks the server about the user who signed in. OpenID Connect Core 1.0 §5.3.
 *
 * @param options.verify with it the answer has to be signed (`userinfo_signed_response_alg`), and is verified; without, it must be plain
 * @throws {OAuthClientError} invalid_configuration for tokens without an ID token, invalid_id_token when the answer is about somebody
 *   else (§5.3.2), not_supported, token_refused
 */
export async function userinfo<S extends string>(
  client: OAuthClient<S>,
  tokens: Tokens<NoInfer<S> | OidcScope>,
  { verify }: { readonly verify?: UserinfoVerifier | undefined } = {},
): Promise<UserInfo> {
  const { accessToken, tokenType, claims } = tokens
  if (!claims)
    throw new OAuthClientError('invalid_configuration', 'userinfo needs an ID token to compare with: ask for openid')
  const url = endpointOf(await client.metadata(), 'userinfo_endpoint')
  const { dpop } = client
  const send = dpop ? dpop.wrap(client.send, accessToken) : client.send
  const accept = verify ? 'application/jwt' : 'application/json'
  const headers = { accept, authorization: `${tokenType} ${accessToken}` }
  const answer = await exchangeJson({ ...client, send }, url, { headers })
  if (answer.status !== 200) throw refusal('The userinfo endpoint', answer)
  if (isJwt(answer) !== (verify !== undefined))
    throw new OAuthClientError(
      'invalid_response',
      'The userinfo answer is signed or plain, and not as expected: hand signedUserinfo() to userinfo as verify, or leave it out',
    )
  const json = verify ? await verify(client, answer.text) : answer.json
  const info = isObject(json) ? json : {}
  if (info['sub'] !== claims.sub)
    throw new OAuthClientError('invalid_id_token', 'The userinfo answer is not about the subject of the ID token')
  return { ...info, sub: claims.sub }
}

const isJwt = ({ headers }: JsonAnswer): boolean => /^application\/jwt *(;|$)/i.test(headers.get('content-type') ?? '')
