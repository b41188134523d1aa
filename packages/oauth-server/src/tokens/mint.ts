import type { Client } from '../config/client.js'
import type { Context } from '../context.js'
import type { Grant } from '../storage/store.js'
import type { Seconds } from '../time.js'
import { scopeForResource, scopeOfResponse } from './resource.js'

/** A successful token response, in the words of the wire. RFC 6749 §5.1, OIDC Core §3.1.3.3. */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: Seconds
  readonly scope: string
  readonly refresh_token?: string
  readonly id_token?: string
}

export interface Minting {
  readonly client: Client
  /** Undefined for a client's own token. */
  readonly grant: Grant | undefined
  readonly scope: readonly string[]
  readonly resource: string
  readonly nonce?: string | undefined
}

/** Seconds that a grant outlives its last token, so that clocks of verifiers may differ. */
export const GRANT_MARGIN: Seconds = 120

/** Makes the access token and, where openid was granted, the ID token. RFC 9068 §2, OIDC Core §2. Stores nothing. */
export async function mint(context: Context, minting: Minting): Promise<TokenResponse> {
  const { client, grant, scope, resource } = minting
  const { config } = context
  const tokenScope = scopeForResource(scope, resource, config.resources)
  const claims = await config.claims?.({
    subject: grant?.subject,
    clientId: client.clientId,
    scope: tokenScope,
    resource,
  })
  const accessToken = await context.issuers.accessToken.issue({
    subject: grant?.subject ?? client.clientId, // RFC 9068 §2.2: a client's own token is about the client
    clientId: client.clientId,
    audience: resource,
    scope: tokenScope,
    claims: claims ?? {},
    grantId: grant?.id,
    authTime: grant?.authTime,
    acr: grant?.acr,
    amr: grant?.amr,
  })
  const response = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: config.token.lifetime,
    scope: scopeOfResponse(scope, resource, config.resources).join(' '),
  } as const
  if (!grant || !scope.includes('openid')) return response
  return { ...response, id_token: await mintIdToken(context, minting, grant, accessToken) }
}

async function mintIdToken(
  { config, issuers }: Context,
  { client, scope, nonce }: Minting,
  grant: Grant,
  accessToken: string,
): Promise<string> {
  const claims = await config.idTokenClaims?.({ subject: grant.subject, clientId: client.clientId, scope })
  return issuers.idToken.issue({
    algorithm: client.idTokenAlgorithm,
    subject: grant.subject,
    audience: client.clientId,
    authTime: grant.authTime,
    sessionId: grant.sessionId,
    accessToken,
    nonce,
    acr: grant.acr,
    amr: grant.amr,
    claims,
  })
}
