import { digest } from '@scopewise/token-core/encoding'
import type { Client } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Context } from '../context.js'
import { invalidGrant, OAuthError } from '../errors.js'
import type { FoundRefreshToken, Grant, Holder, OpaqueToken } from '../storage/store.js'
import { allowedScope } from '../tokens/allowed-scope.js'
import { GRANT_MARGIN, mint, type TokenResponse } from '../tokens/mint.js'
import { refreshTokenExpiry } from '../tokens/refresh-lifetime.js'
import { type RefreshRefusal, refuseRefresh } from '../tokens/refusal.js'
import { chooseTokenTarget, type TokenTarget } from '../tokens/resource.js'
import { createDerivation, deriveSuccessor } from '../tokens/successor.js'
import { defineGrant } from './define-grant.js'
import { invalidScope, invalidTarget } from './invalid-target.js'
import { isShort, readResources, readScope, required } from './params.js'

/** 32 bytes in base64url; anything else was never issued here. */
const TOKEN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

type Params = {
  readonly refresh_token: string
  readonly scope?: readonly string[] | undefined
  readonly resource: readonly string[]
}

/** What a refresh gives: the grant it renews and the next refresh token. */
interface Renewed {
  readonly grant: Grant
  readonly successor: string
}

/** Exchanges a refresh token for a new one and an access token. OAuth 2.1 §4.3.1, RFC 9700 §4.14.2. */
export const refreshToken = defineGrant({
  grantType: 'refresh_token',
  read: (form) => ({
    refresh_token: required(form, 'refresh_token', isShort),
    scope: readScope(form),
    resource: readResources(form),
  }),
  async handle({ params, client, proof, context }) {
    if (!TOKEN.test(params.refresh_token)) throw invalidGrant('unknown')
    const holder = { clientId: client.clientId, jkt: proof.jkt }
    if (!needsGrantFirst(context.config, params)) {
      await proof.redeem()
      const { grant, successor } = await renew(context, client, params.refresh_token, undefined, proof.jkt)
      const narrowed = await narrow(context.config, grant, params)
      const { response } = await mint(context, { client, grant, jkt: proof.jkt, ...narrowed })
      return respond(context, client, grant, narrowed, response, successor)
    }
    const found = await context.store.findRefreshToken(await digest(params.refresh_token))
    const refusal = refuseRefresh(found, holder, context.now())
    if (!found || (refusal && refusal !== 'retry')) throw await explain(context, found, refusal ?? 'unknown')
    const narrowed = await narrow(context.config, found.grant, params)
    // Made before the rotation: what the hooks refuse must not cost the token. The loser of a race gets its own access token too.
    const minting = { client, grant: found.grant, jkt: proof.jkt, ...narrowed }
    const { response, accessToken } = await mint(context, minting)
    await proof.redeem()
    const { grant, successor } = await renew(context, client, params.refresh_token, accessToken, proof.jkt)
    return respond(context, client, grant, narrowed, response, successor)
  },
})

/** Whether something in the grant can refuse this request, or has to be known before. If not, the rotation itself reads the grant: one round trip. */
function needsGrantFirst(
  { allow, claims, userClaims, resources, opaqueResources }: Config,
  { scope, resource }: Params,
): boolean {
  const asksForLess = scope !== undefined || resource.length > 0 || resources.size > 1 || opaqueResources.size > 0
  return asksForLess || allow !== undefined || claims !== undefined || userClaims !== undefined
}

function respond(
  { emit }: Context,
  { clientId }: Client,
  { id: grantId, subject }: Grant,
  { scope, target: { resource } }: Narrowed,
  response: TokenResponse,
  successor: string,
): TokenResponse {
  emit('token.issued', { grantType: 'refresh_token', clientId, subject, grantId, scope, resource })
  return { ...response, refresh_token: successor }
}

interface Narrowed {
  readonly scope: readonly string[]
  readonly target: TokenTarget
}

/** What this one access token may carry: a part of the grant, and of what the policy still allows. RFC 6749 §6, RFC 8707 §2.2. */
async function narrow(config: Config, grant: Grant, params: Pick<Params, 'scope' | 'resource'>): Promise<Narrowed> {
  const granted = config.token.scopes.closure(grant.scope)
  const requested = params.scope ?? grant.scope
  if (!requested.every((value) => granted.has(value))) throw invalidScope('more_than_granted')
  const target = chooseTokenTarget(params.resource, grant.resources, requested, config)
  if ('refusal' in target) throw invalidTarget(target.refusal)
  const { subject, clientId } = grant
  const scope = await allowedScope(config, { subject, clientId, requested, resources: [target.resource] })
  if (scope.length === 0) throw invalidScope('not_allowed_any_more')
  return { scope, target }
}

/** The one transition: rotates the token, or uses it where the client keeps the one it has. */
async function renew(
  context: Context,
  { clientId, rotateRefreshTokens }: Client,
  presented: string,
  accessToken: OpaqueToken | undefined,
  jkt: string | undefined,
): Promise<Renewed> {
  const { store, config } = context
  const now = context.now()
  const holder = { clientId, jkt }
  const hash = await digest(presented)
  const expiresAt = refreshTokenExpiry(now, config.lifetimes)
  const grantExpiresAt = Math.max(expiresAt, now + config.token.lifetime) + GRANT_MARGIN
  const use = { accessToken, expiresAt, grantExpiresAt }
  if (!rotateRefreshTokens) {
    const result = await store.useRefreshToken(hash, now, holder, use)
    if (result.outcome === 'used') return { grant: result.grant, successor: presented }
    return repeat(context, presented, holder, { found: result.found, accessToken })
  }
  const { successor, derivation } = await derive(context, presented)
  const retryUntil = now + config.lifetimes.retryWindow
  const child = { ...use, hash: await digest(successor), derivation, retryUntil }
  const result = await store.rotateRefreshToken(hash, now, holder, child)
  if (result.outcome === 'rotated') return { grant: result.grant, successor }
  return repeat(context, presented, holder, { found: result.found, accessToken })
}

async function derive({ secrets }: Context, presented: string) {
  const derivation = createDerivation(secrets)
  const successor = await deriveSuccessor(secrets, presented, derivation)
  if (successor !== undefined) return { successor, derivation }
  throw new OAuthError('server_error', {
    description: 'The refresh token could not be renewed.',
    reason: 'derivation',
  })
}

/** The winner's successor where that is still due; else the reason why nothing is. */
async function repeat(
  context: Context,
  presented: string,
  holder: Holder,
  {
    found,
    accessToken,
  }: { readonly found: FoundRefreshToken | undefined; readonly accessToken: OpaqueToken | undefined },
): Promise<Renewed> {
  const refusal = refuseRefresh(found, holder, context.now())
  if (!found || refusal !== 'retry') throw await explain(context, found, refusal ?? 'unknown')
  const successor = await recompute(context, presented, found)
  if (accessToken && (await context.store.putOpaqueToken(accessToken)) === 'gone') throw invalidGrant('revoked')
  return { grant: found.grant, successor }
}

/** A lost answer, or the loser of a race: the same successor again. */
async function recompute({ secrets }: Context, presented: string, { token }: FoundRefreshToken): Promise<string> {
  const derivation = token.rotation?.derivation
  const successor = derivation && (await deriveSuccessor(secrets, presented, derivation))
  // The secret it was derived with is no longer configured: nobody did anything wrong, so nothing is revoked.
  if (successor === undefined) throw invalidGrant('derivation_lost')
  return successor
}

/** Turns a refusal into its error; reuse revokes this one grant first. RFC 9700 §4.14.2. */
async function explain(
  { store, emit, now }: Context,
  found: FoundRefreshToken | undefined,
  refusal: RefreshRefusal,
): Promise<Error> {
  if (found && refusal === 'reused') {
    const { id: grantId, clientId, subject } = found.grant
    emit('refresh_token.reused', { grantId, clientId, subject })
    if (await store.revokeGrant(grantId, now()))
      emit('grant.revoked', { grantId, clientId, reason: 'refresh_token_reused' })
  }
  return invalidGrant(refusal)
}
