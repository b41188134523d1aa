import { randomToken } from '@scopewise/token-core/encoding'
import { createCodeVerifier, deriveCodeChallenge } from '@scopewise/token-core/pkce'
import type { OAuthClient, OidcScope } from '../client/client.js'
import { endpointOf, type ServerMetadata } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { setParams, type WireParams } from '../http/params.js'
import { scopeParam } from '../token-endpoint/scope.js'
import { requireLogin } from './require-login.js'
import { safeReturnTo } from './return-to.js'
import { transactionKey } from './transaction-key.js'

/** Seconds that a user has to sign in and consent: long enough to reset a password. */
const LIFETIME = 1800

export type Prompt = 'none' | 'login' | 'consent' | 'select_account' | 'create'

export interface AuthorizationRequest<S extends string = string> {
  readonly scope: readonly (S | OidcScope)[]
  /** The API that the token is for. RFC 8707 §2. @default the client's `resource` */
  readonly resource?: string | undefined
  readonly prompt?: Prompt | readonly Prompt[] | undefined
  readonly loginHint?: string | undefined
  /** Seconds since the user last signed in, at most. Checked in the ID token when `openid` is asked for. */
  readonly maxAge?: number | undefined
  /** Checked in the ID token when `openid` is asked for. */
  readonly acrValues?: readonly string[] | undefined
  readonly uiLocales?: readonly string[] | undefined
  /** Where the user goes on afterwards: a path of the own origin. Anything else becomes "/". It is not sent to the server. */
  readonly returnTo?: string | undefined
  /**
   * On a server, what ties this login to one browser, such as the value of its session cookie; hand the same to `finishAuthorization`.
   * Without it a login that an attacker began could be finished in a victim's browser. Web storage is tied to one browser by itself.
   */
  readonly session?: string | undefined
  /**
   * `form_post`: the code comes in a form that the browser posts, and stays out of histories and logs. Browsers send no cookie along with it but
   * `SameSite=None`. @default what the server does, which is `query`
   */
  readonly responseMode?: 'query' | 'form_post' | undefined
  /** Other parameters by their names on the wire: `authorization_details`, `claims` … They can't replace the ones above. */
  readonly extra?: WireParams | undefined
}

/**
 * Begins a login: remembers what the response will be checked with and makes the URL to send the user to. OAuth 2.1 §4.1.1.
 * PKCE, state, nonce and the issuer are kept per login, so any number may be under way.
 *
 * @throws {OAuthClientError} undeclared_scope, pkce_unsupported, not_supported, discovery errors, and with `par` token_refused
 */
export async function startAuthorization<S extends string>(
  client: OAuthClient<S>,
  request: AuthorizationRequest<NoInfer<S>>,
): Promise<{ readonly url: URL }> {
  const { redirectUri, transactions } = requireLogin(client)
  const scope = scopeParam(client, request.scope)
  const metadata = await client.metadata()
  const endpoint = endpointOf(metadata, 'authorization_endpoint')
  if (!hasPkce(metadata)) client.onEvent({ type: 'pkce_not_advertised', issuer: client.issuer })
  const state = randomToken()
  const verifier = createCodeVerifier()
  const nonce = request.scope.includes('openid') ? randomToken() : undefined
  const resource = request.resource ?? client.resource
  const startedAt = client.now()
  const { maxAge, acrValues, returnTo } = request
  const params: WireParams = {
    ...request.extra,
    response_type: 'code',
    response_mode: request.responseMode,
    client_id: client.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: await deriveCodeChallenge(verifier),
    code_challenge_method: 'S256',
    dpop_jkt: await client.dpop?.thumbprint(),
    nonce,
    resource,
    prompt: [request.prompt ?? []].flat().join(' ') || undefined,
    login_hint: request.loginHint,
    max_age: maxAge?.toString(),
    acr_values: acrValues?.join(' '),
    ui_locales: request.uiLocales?.join(' '),
  }
  const url = new URL(endpoint)
  setParams(url.searchParams, client.par ? await client.par(client, params) : params)
  await transactions.put(await transactionKey(client, state, request.session), {
    verifier,
    redirectUri,
    scope: request.scope,
    nonce,
    resource,
    maxAge,
    acrValues,
    returnTo: returnTo === undefined ? undefined : safeReturnTo(returnTo, new URL(redirectUri).origin),
    startedAt,
    expiresAt: startedAt + LIFETIME,
  })
  return { url }
}

/** CL-03: S256 is sent always; a server that lists its methods without it would not check the verifier. Pure. */
function hasPkce({ issuer, code_challenge_methods_supported: methods }: ServerMetadata): boolean {
  if (methods === undefined) return false
  if (Array.isArray(methods) && methods.includes('S256')) return true
  throw new OAuthClientError('pkce_unsupported', `${issuer} does not support PKCE with S256`)
}
