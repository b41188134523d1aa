import { randomToken } from '@scopewise/token-core/encoding'
import { createCodeVerifier, deriveCodeChallenge } from '@scopewise/token-core/pkce'
import type { ServerMetadata } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { setParams } from '../http/params.js'
import type { Context } from '../token-endpoint/context.js'
import { scopeParam } from '../token-endpoint/scope.js'
import type { OidcScope } from '../token-endpoint/tokens.js'
import { safeReturnTo } from './return-to.js'
import { transactionKey } from './transaction-key.js'
import type { TransactionStore } from './transactions.js'

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
}

/** Begins a login: remembers what the response will be checked with and makes the URL to send the user to. OAuth 2.1 §4.1.1. */
export async function startAuthorization(
  context: Context,
  transactions: TransactionStore,
  request: AuthorizationRequest,
): Promise<{ readonly url: URL }> {
  const { redirectUri } = context
  if (redirectUri === undefined) {
    throw new OAuthClientError('invalid_configuration', 'A login needs a redirectUri: hand it to createClient')
  }
  const scope = scopeParam(context, request.scope)
  const metadata = await context.metadata()
  const endpoint = requireEndpoint(metadata)
  if (!metadata.codeChallengeMethods) context.onEvent({ type: 'pkce_not_advertised', issuer: context.issuer })
  const state = randomToken()
  const verifier = createCodeVerifier()
  const nonce = request.scope.includes('openid') ? randomToken() : undefined
  const resource = request.resource ?? context.resource
  const startedAt = context.now()
  const { maxAge, acrValues, returnTo } = request
  await transactions.put(await transactionKey(context, state, request.session), {
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
  const url = new URL(endpoint)
  setParams(url.searchParams, {
    response_type: 'code',
    client_id: context.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: await deriveCodeChallenge(verifier),
    code_challenge_method: 'S256',
    nonce,
    resource,
    prompt: [request.prompt ?? []].flat().join(' ') || undefined,
    login_hint: request.loginHint,
    max_age: maxAge?.toString(),
    acr_values: acrValues?.join(' '),
    ui_locales: request.uiLocales?.join(' '),
  })
  return { url }
}

function requireEndpoint({ issuer, authorizationEndpoint: endpoint, codeChallengeMethods }: ServerMetadata): URL {
  if (!endpoint) throw new OAuthClientError('not_supported', `${issuer} has no authorization endpoint`)
  // CL-03: S256 is sent always; a server that lists its methods without it would not check the verifier.
  if (codeChallengeMethods && !codeChallengeMethods.includes('S256')) {
    throw new OAuthClientError('pkce_unsupported', `${issuer} does not support PKCE with S256`)
  }
  return endpoint
}
