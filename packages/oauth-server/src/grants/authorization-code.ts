import { digest } from '@scopewise/token-core/encoding'
import { isCodeVerifier } from '@scopewise/token-core/pkce'
import type { Client } from '../config/client.js'
import type { Context } from '../context.js'
import { invalidGrant, unreachable } from '../errors.js'
import type { Bought, Grant } from '../storage/store.js'
import { GRANT_MARGIN, mint } from '../tokens/mint.js'
import { givesRefreshToken, refreshTokenExpiry } from '../tokens/refresh-lifetime.js'
import { refuseCode } from '../tokens/refusal.js'
import { chooseTokenTarget } from '../tokens/resource.js'
import { createRefreshToken } from '../tokens/successor.js'
import { defineGrant } from './define-grant.js'
import { invalidTarget } from './invalid-target.js'
import { isShort, optional, readResources, required } from './params.js'

/** Exchanges an authorization code for tokens. OAuth 2.1 §4.1.3, RFC 7636 §4.6. */
export const authorizationCode = defineGrant({
  grantType: 'authorization_code',
  read: (form) => ({
    code: required(form, 'code', isShort),
    code_verifier: optional(form, 'code_verifier', isCodeVerifier),
    redirect_uri: optional(form, 'redirect_uri'),
    resource: readResources(form),
  }),
  async handle({ params, client, proof, context }) {
    const { store, config, emit } = context
    const now = context.now()
    const codeHash = await digest(params.code)
    const found = await store.findAuthorizationCode(codeHash)
    const presented = {
      redirectUri: params.redirect_uri,
      codeChallenge: params.code_verifier && (await digest(params.code_verifier)), // S256. RFC 7636 §4.2
      jkt: proof.jkt,
    }
    const refusal = refuseCode(found, client.clientId, presented, now)
    if (found && refusal === 'replayed') throw await revokeReplayed(context, found.grant)
    if (!found || refusal) throw invalidGrant(refusal ?? 'unknown')

    const { code, grant } = found
    const target = chooseTokenTarget(params.resource, grant.resources, grant.scope, config)
    if ('refusal' in target) throw invalidTarget(target.refusal)

    // Redeemed last and in one step: a refused request never burns the code, and of two racers exactly one gets tokens.
    const { scope } = grant
    const minted = await mint(context, { client, grant, scope, target, jkt: proof.jkt, nonce: code.nonce })
    const { token, bought } = await buy(context, client, grant, { accessToken: minted.accessToken, jkt: proof.jkt })
    await proof.redeem()
    const outcome = await store.redeemAuthorizationCode(codeHash, now, bought)
    switch (outcome) {
      case 'redeemed':
        emit('token.issued', {
          grantType: 'authorization_code',
          clientId: client.clientId,
          subject: grant.subject,
          grantId: grant.id,
          scope: grant.scope,
          resource: target.resource,
        })
        return token === undefined ? minted.response : { ...minted.response, refresh_token: token }
      case 'already_redeemed':
        throw await revokeReplayed(context, grant)
      case 'gone':
        throw invalidGrant('gone')
      default:
        return unreachable(outcome)
    }
  },
})

/** What the code buys beside the access token: a refresh token, of which the store gets the hash. */
export async function buy(
  context: Context,
  client: Client,
  grant: Grant,
  { accessToken, jkt }: { readonly accessToken: Bought['accessToken']; readonly jkt: string | undefined },
): Promise<{ readonly token: string | undefined; readonly bought: Bought }> {
  const { config } = context
  const now = context.now()
  const accessUntil = now + config.token.lifetime
  if (!givesRefreshToken(client, grant.scope)) {
    const bought = { refreshToken: undefined, accessToken, grantExpiresAt: accessUntil + GRANT_MARGIN }
    return { token: undefined, bought }
  }
  const { token, hash } = await createRefreshToken()
  const expiresAt = refreshTokenExpiry(now, config.lifetimes)
  // RFC 9449 §5: a public client has nothing but its key to be recognised by.
  const boundTo = client.authMethod === 'none' ? jkt : undefined
  const refreshToken = { hash, grantId: grant.id, jkt: boundTo, createdAt: now, expiresAt, rotation: undefined }
  const grantExpiresAt = Math.max(accessUntil, expiresAt) + GRANT_MARGIN
  return { token, bought: { refreshToken, accessToken, grantExpiresAt } }
}

/** OAuth 2.1 §7.5.2: an otherwise valid replay revokes what that code bought, that one grant and no other. */
async function revokeReplayed(
  { store, emit, now }: Context,
  { id: grantId, clientId, subject }: Grant,
): Promise<Error> {
  emit('code.replayed', { grantId, clientId, subject })
  if (await store.revokeGrant(grantId, now())) emit('grant.revoked', { grantId, clientId, reason: 'code_replayed' })
  return invalidGrant('replayed')
}
