import type { OAuthClient } from '../client/client.js'
import { endpointOf } from '../discovery/metadata.js'
import { setParams } from '../http/params.js'

export interface EndSessionRequest {
  /** The ID token of the session: with it the server need not ask whether the user means it. */
  readonly idTokenHint?: string | undefined
  /** Where the user comes back to. Registered at the server, compared there exactly. */
  readonly postLogoutRedirectUri?: string | undefined
  readonly state?: string | undefined
  readonly uiLocales?: readonly string[] | undefined
}

/**
 * The URL to send the user to, to sign out at the server too. OpenID Connect RP-Initiated Logout 1.0 §2.
 *
 * @throws {OAuthClientError} not_supported
 */
export async function endSessionUrl(client: OAuthClient, request: EndSessionRequest = {}): Promise<URL> {
  const url = endpointOf(await client.metadata(), 'end_session_endpoint')
  setParams(url.searchParams, {
    id_token_hint: request.idTokenHint,
    client_id: client.clientId,
    post_logout_redirect_uri: request.postLogoutRedirectUri,
    state: request.state,
    ui_locales: request.uiLocales?.join(' '),
  })
  return url
}
