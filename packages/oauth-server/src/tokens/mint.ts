import type { Actor } from '@scopewise/token-core'
import { digest, randomToken } from '@scopewise/token-core/encoding'
import type { Client } from '../config/client.js'
import { claimsForScope } from '../config/oidc-scopes.js'
import type { Context } from '../context.js'
import type { Grant, OpaqueToken } from '../storage/store.js'
import type { Seconds } from '../time.js'
import { scopeForTarget, scopeOfResponse, type TokenTarget } from './resource.js'

/** A successful token response, in the words of the wire. RFC 6749 §5.1, RFC 9449 §5, OIDC Core §3.1.3.3, RFC 8693 §2.2.1. */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: Seconds
  readonly scope: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly issued_token_type?: string
}

export interface Minting {
  readonly client: Client
  /** Undefined for a client's own token. */
  readonly grant: Grant | undefined
  readonly scope: readonly string[]
  readonly target: TokenTarget
  /** The key that the access token is bound to. RFC 9449 §6 */
  readonly jkt: string | undefined
  readonly nonce?: string | undefined
}

/** What was minted. The caller stores `accessToken`, in the transition that it makes anyway where there is one. */
export interface Minted {
  readonly response: TokenResponse
  /** The record of an opaque access token; undefined for a JWT. */
  readonly accessToken: OpaqueToken | undefined
}

/** Seconds that a grant outlives its last token, so that clocks of verifiers may differ. */
export const GRANT_MARGIN: Seconds = 120

/** Makes the access token and, where openid was granted, the ID token. RFC 9068 §2, OIDC Core §2. Stores nothing. */
export async function mint(context: Context, minting: Minting): Promise<Minted> {
  const { client, grant, scope, target, jkt } = minting
  const { response, accessToken } = await mintAccessToken(context, {
    clientId: client.clientId,
    subject: grant?.subject,
    grantId: grant?.id,
    scope,
    target,
    jkt,
    authentication: grant,
    lifetime: context.config.token.lifetime,
  })
  const stated = { ...response, scope: scopeOfResponse(scope, target.resource, context.config.resources).join(' ') }
  if (!grant || !scope.includes('openid')) return { response: stated, accessToken }
  const idToken = await mintIdToken(context, minting, grant, response.access_token)
  return { response: { ...stated, id_token: idToken }, accessToken }
}

/** All that goes into one access token. */
export interface AccessTokenFacts {
  readonly clientId: string
  /** Undefined for a client's own token. */
  readonly subject: string | undefined
  readonly grantId: string | undefined
  readonly scope: readonly string[]
  readonly target: TokenTarget
  readonly jkt: string | undefined
  /** How and when the subject signed in. */
  readonly authentication:
    | {
        readonly authTime?: Seconds | undefined
        readonly acr?: string | undefined
        readonly amr?: readonly string[] | undefined
      }
    | undefined
  /** Who acts for the subject. RFC 8693 §4.1 */
  readonly actor?: Actor | undefined
  /** Seconds. */
  readonly lifetime: Seconds
}

/** Makes an access token: a JWT, or a random text that stands for what a JWT would carry. */
export async function mintAccessToken(context: Context, facts: AccessTokenFacts): Promise<Minted> {
  const { config, issuers } = context
  const { clientId, subject, target, jkt, lifetime, authentication, grantId } = facts
  const scope = scopeForTarget(facts.scope, target, config)
  const { resource, audience } = target
  const isForApi = config.resources.has(resource)
  const claims = isForApi
    ? await config.claims?.({ subject, clientId, scope: apiScope(config, scope, resource), resource })
    : {}
  const [only = resource] = audience
  const options = {
    subject: subject ?? clientId, // RFC 9068 §2.2: a client's own token is about the client
    clientId,
    audience: audience.length === 1 ? only : audience,
    scope,
    claims: claims ?? {},
    grantId,
    authTime: authentication?.authTime,
    acr: authentication?.acr,
    amr: authentication?.amr,
    actor: facts.actor,
    confirmation: jkt === undefined ? undefined : { jkt },
    lifetime,
  }
  const issuer = isForApi ? issuers.accessToken : issuers.userinfoToken
  const isOpaque = config.opaqueResources.has(resource)
  const token = isOpaque ? randomToken() : await issuer.issue(options)
  const response = {
    access_token: token,
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: lifetime,
    scope: scope.join(' '),
  } as const
  if (!isOpaque) return { response, accessToken: undefined }
  const accessToken = {
    hash: await digest(token),
    grantId,
    clientId,
    claims: await issuer.claims(options),
    expiresAt: context.now() + lifetime,
  }
  return { response, accessToken }
}

/** What the hook is told: values that the API declares. */
const apiScope = ({ resources }: Context['config'], scope: readonly string[], resource: string): readonly string[] =>
  scope.filter((value) => resources.get(resource)?.has(value))

async function mintIdToken(
  { config, issuers }: Context,
  { client, scope, nonce }: Minting,
  grant: Grant,
  accessToken: string,
): Promise<string> {
  const claims = await config.userClaims?.({ subject: grant.subject, clientId: client.clientId, scope })
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
    claims: claims && claimsForScope(claims, scope),
  })
}
