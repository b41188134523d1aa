import type { OAuthClient } from '../client/client.js'
import { endpointOf } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { exchangeJson, isObject, type JsonAnswer } from '../http/json.js'
import { setParams, type WireParams } from '../http/params.js'
import { parseTokenResponse, type TokenResponse } from './token-response.js'

/**
 * Asks the token endpoint for tokens: the one place that sends a grant. OAuth 2.1 §3.2.
 *
 * It takes no AbortSignal: a refresh token that was sent may have been rotated, and who stops listening loses the new one.
 *
 * @throws {OAuthClientError} token_refused when the server says no; invalid_response for anything that is not a token response
 */
export async function requestTokens(
  client: OAuthClient,
  grantType: string,
  params: WireParams,
): Promise<TokenResponse> {
  const answer = await postToTokenEndpoint(client, grantType, params)
  const response = parseTokenResponse(answer, client.dpop ? 'dpop' : 'bearer')
  if (typeof response !== 'string') return response
  throw new OAuthClientError('invalid_response', `The token response has no usable ${response}`)
}

/** Sends a grant and gives the body of a success, unread. */
export async function postToTokenEndpoint(
  client: OAuthClient,
  grantType: string,
  params: WireParams,
): Promise<unknown> {
  const { dpop } = client
  const url = endpointOf(await client.metadata(), 'token_endpoint')
  const prover = dpop && { ...client, send: dpop.wrap(client.send) }
  const answer = await postForm(prover ?? client, url, { ...params, grant_type: grantType })
  // RFC 6749 §5.1: success is 200, so a 201 or an empty 204 is a server that is not understood.
  if (answer.status === 200) return answer.json
  throw refusal('The token endpoint', answer)
}

/** Sends a form as the authenticated client. */
export async function postForm(client: OAuthClient, url: URL, params: WireParams): Promise<JsonAnswer> {
  const { auth, clientId, issuer } = client
  const body = new URLSearchParams()
  setParams(body, params)
  const headers = new Headers({ accept: 'application/json' })
  await auth({ clientId, issuer, now: client.now(), body, headers })
  const answer = await exchangeJson(client, url, { method: 'POST', headers, body })
  return { ...answer, json: redact(answer.json, body) }
}

/** The error for an answer that is not a success. Pure. */
export function refusal(who: string, { status, headers, json }: JsonAnswer): OAuthClientError {
  const { error, description } = parseWireError(json)
  const isRetryable = status >= 500 || status === 429
  const details = { error, description, isRetryable, retryAfter: Number(headers.get('retry-after')) || undefined }
  if (error) return new OAuthClientError('token_refused', `${who} refused: ${error}`, details)
  const code = isRetryable ? 'server_unavailable' : 'invalid_response'
  return new OAuthClientError(code, `${who} answered ${status} without an OAuth error`, details)
}

/** Reads `error` and `error_description`. RFC 6749 §5.2. Error codes are lower-case words, which no token is. Pure. */
export function parseWireError(json: unknown): { error: string | undefined; description: string | undefined } {
  const wire: Readonly<Record<string, unknown>> = isObject(json) ? json : {}
  const { error, error_description: text } = wire
  return {
    error: typeof error === 'string' && /^[a-z][a-z_]{1,63}$/.test(error) ? error : undefined,
    description: typeof text === 'string' && /^[\x20-\x7e]{1,500}$/.test(text) ? text : undefined,
  }
}

/** Drops a description that repeats something secret from the request. */
function redact(json: unknown, body: URLSearchParams): unknown {
  if (!isObject(json) || typeof json['error_description'] !== 'string') return json
  const { error_description: text, ...rest } = json
  const echoes = SECRETS.some((name) => text.includes(body.get(name) ?? '\0'))
  return echoes ? rest : json
}

const SECRETS = ['code', 'code_verifier', 'refresh_token', 'token', 'client_secret', 'client_assertion'] as const
