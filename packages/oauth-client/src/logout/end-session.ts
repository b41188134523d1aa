import { OAuthClientError } from '../errors.js'
import { setParams } from '../http/params.js'
import type { Context } from '../token-endpoint/context.js'

export interface EndSessionRequest {
  /** The ID token of the session: with it the server need not ask whether the user means it. */
  readonly idTokenHint?: string | undefined
  /** Where the user comes back to. Registered at the server, compared there exactly. */
  readonly postLogoutRedirectUri?: string | undefined
  readonly state?: string | undefined
  readonly uiLocales?: readonly string[] | undefined
}

/** The URL to send the user to, to sign out at the server too. OpenID Connect RP-Initiated Logout 1.0 §2. */
export async function endSessionUrl(context: Context, request: EndSessionRequest): Promise<URL> {
  const { endSessionEndpoint } = await context.metadata()
  if (!endSessionEndpoint) throw new OAuthClientError('not_supported', `${context.issuer} has no end session endpoint`)
  const url = new URL(endSessionEndpoint)
  setParams(url.searchParams, {
    id_token_hint: request.idTokenHint,
    client_id: context.clientId,
    post_logout_redirect_uri: request.postLogoutRedirectUri,
    state: request.state,
    ui_locales: request.uiLocales?.join(' '),
  })
  return url
}
