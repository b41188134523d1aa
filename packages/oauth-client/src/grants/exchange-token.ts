import type { OAuthClient, OidcScope, TokenNeed } from '../client/client.js'
import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import { grantTokens } from '../token-endpoint/grant-tokens.js'
import { postToTokenEndpoint } from '../token-endpoint/request-tokens.js'
import { scopeParam } from '../token-endpoint/scope.js'
import { parseTokenResponse } from '../token-endpoint/token-response.js'
import type { Tokens } from '../token-endpoint/tokens.js'

/** What a token is, by the last part of its URN. RFC 8693 §3. */
export type TokenKind = 'access_token' | 'refresh_token' | 'id_token' | 'saml1' | 'saml2' | 'jwt'

export interface TokenExchange<S extends string = string> extends TokenNeed<S> {
  /** On whose behalf the new token acts. */
  readonly subjectToken: string
  readonly subjectTokenType: TokenKind
  /** Who acts, when that is somebody else. */
  readonly actorToken?: string | undefined
  readonly actorTokenType?: TokenKind | undefined
  /** The name of the service that the token is for, where it is no URL. */
  readonly audience?: string | undefined
  readonly requestedTokenType?: TokenKind | undefined
}

export interface ExchangedTokens<S extends string = string> extends Omit<Tokens<S>, 'tokenType'> {
  /** `N_A` for what is no access token, which then stands in `accessToken` all the same. §2.2.1. */
  readonly tokenType: Tokens['tokenType'] | 'N_A'
  /** The URN of what was issued. */
  readonly issuedTokenType: string
}

const urn = (kind: TokenKind | undefined) => kind && `urn:ietf:params:oauth:token-type:${kind}`

/**
 * Trades one token for another: to call on behalf of a user, for another API, or with less. RFC 8693 §2.
 *
 * @throws {OAuthClientError} token_refused, undeclared_scope, invalid_response
 */
export async function exchangeToken<S extends string>(
  client: OAuthClient<S>,
  exchange: TokenExchange<NoInfer<S>>,
): Promise<ExchangedTokens<S | OidcScope>> {
  const { scope, resource = client.resource } = exchange
  const json = await postToTokenEndpoint(client, 'urn:ietf:params:oauth:grant-type:token-exchange', {
    subject_token: exchange.subjectToken,
    subject_token_type: urn(exchange.subjectTokenType),
    actor_token: exchange.actorToken,
    actor_token_type: urn(exchange.actorTokenType),
    audience: exchange.audience,
    requested_token_type: urn(exchange.requestedTokenType),
    scope: scopeParam(client, scope),
    resource,
  })
  const { issued_token_type: issuedTokenType, token_type } = isObject(json) ? json : {}
  const isNoAccessToken = typeof token_type === 'string' && token_type.toLowerCase() === 'n_a'
  const response = parseTokenResponse(json, isNoAccessToken ? 'n_a' : client.dpop ? 'dpop' : 'bearer')
  if (typeof response === 'string' || typeof issuedTokenType !== 'string') {
    const missing = typeof response === 'string' ? response : 'issued_token_type'
    throw new OAuthClientError('invalid_response', `The token response has no usable ${missing}`)
  }
  const tokens = grantTokens(client, { ...response, idToken: undefined }, scope ?? [])
  return { ...tokens, issuedTokenType, ...(isNoAccessToken && { tokenType: 'N_A' }) }
}
