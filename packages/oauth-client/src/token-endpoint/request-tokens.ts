import { OAuthClientError } from '../errors.js'
import { exchangeJson, isObject, type JsonAnswer } from '../http/json.js'
import { setParams, type WireParams } from '../http/params.js'
import type { Context } from './context.js'
import { parseTokenResponse, type TokenResponse } from './token-response.js'

/**
 * Asks the token endpoint for tokens: the one place that sends a grant. OAuth 2.1 §3.2.
 *
 * It takes no AbortSignal: a refresh token that was sent may have been rotated, and who stops listening loses the new one.
 *
 * @throws {OAuthClientError} token_refused when the server says no; invalid_response for anything that is not a token response
 */
export async function requestTokens(context: Context, grantType: string, params: WireParams): Promise<TokenResponse> {
  const { tokenEndpoint } = await context.metadata()
  const answer = await postForm(context, tokenEndpoint, { grant_type: grantType, ...params })
  // RFC 6749 §5.1: success is 200, so a 201 or an empty 204 is a server that is not understood.
  if (answer.status !== 200) throw refusal('The token endpoint', answer)
  const response = parseTokenResponse(answer.json)
  if (typeof response !== 'string') return response
  throw new OAuthClientError('invalid_response', `The token response has no usable ${response}`)
}

/** Sends a form as the authenticated client. */
export async function postForm(context: Context, url: URL, params: WireParams): Promise<JsonAnswer> {
  const body = new URLSearchParams()
  setParams(body, params)
  const headers = new Headers({ accept: 'application/json' })
  await context.auth({ clientId: context.clientId, issuer: context.issuer, body, headers })
  const answer = await exchangeJson(context.fetch, url, { method: 'POST', headers, body }, context.timeout)
  return { status: answer.status, json: redact(answer.json, body) }
}

/** The error for an answer that is not a success. Pure. */
export function refusal(who: string, { status, json }: JsonAnswer): OAuthClientError {
  const { error, description } = parseWireError(json)
  const isRetryable = status >= 500 || status === 429
  if (error)
    return new OAuthClientError('token_refused', `${who} refused: ${error}`, { error, description, isRetryable })
  const code = isRetryable ? 'server_unavailable' : 'invalid_response'
  return new OAuthClientError(code, `${who} answered ${status} without an OAuth error`)
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
