import { sha256 } from '@scopewise/token-core/encoding'
import * as z from 'zod'
import type { Client } from '../config/client.js'
import type { Config } from '../config/config.js'
import type { Context } from '../context.js'
import { invalidGrant, OAuthError, unreachable } from '../errors.js'
import type { Grant, RefreshToken } from '../storage/store.js'
import { allowedScope } from '../tokens/allowed-scope.js'
import { GRANT_MARGIN, mint } from '../tokens/mint.js'
import { refreshTokenExpiry } from '../tokens/refresh-lifetime.js'
import { type RefreshRefusal, refuseRefresh } from '../tokens/refusal.js'
import { chooseTokenResource } from '../tokens/resource.js'
import { createDerivation, deriveSuccessor } from '../tokens/successor.js'
import { defineGrant, resourceParam, scopeParam } from './define-grant.js'
import { invalidScope, invalidTarget } from './invalid-target.js'

/** 32 bytes in base64url; anything else was never issued here. */
const TOKEN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

interface Found {
  readonly token: RefreshToken
  readonly grant: Grant
}

/** Exchanges a refresh token for a new one and an access token. OAuth 2.1 §4.3.1, RFC 9700 §4.14.2. */
export const refreshToken = defineGrant({
  grantType: 'refresh_token',
  params: z.object({ refresh_token: z.string().max(512), scope: scopeParam, resource: resourceParam }),
  async handle({ params, client, context }) {
    const presented = params.refresh_token
    const found = TOKEN.test(presented) ? await context.store.findRefreshToken(await sha256(presented)) : undefined
    const refusal = refuseRefresh(found, client.clientId, context.now())
    if (!found || (refusal && refusal !== 'retry')) throw await explain(context, found, refusal ?? 'unknown')

    const { grant } = found
    const { scope, resource } = await narrow(context.config, grant, params)
    // Made before the rotation: what the hooks refuse must not cost the token. The loser of a race gets its own access token too.
    const response = await mint(context, { client, grant, scope, resource })
    const successor =
      refusal === 'retry' ? await recompute(context, presented, found) : await rotate(context, presented, found, client)
    context.emit('token.issued', {
      grantType: 'refresh_token',
      clientId: client.clientId,
      subject: grant.subject,
      grantId: grant.id,
      scope,
      resource,
    })
    return { ...response, refresh_token: successor }
  },
})

/** What this one access token may carry: a part of the grant, and of what the policy still allows. RFC 6749 §6, RFC 8707 §2.2. */
async function narrow(
  config: Config,
  grant: Grant,
  params: { readonly scope?: readonly string[] | undefined; readonly resource: readonly string[] },
): Promise<{ readonly scope: readonly string[]; readonly resource: string }> {
  const granted = config.token.scopes.closure(grant.scope)
  const requested = params.scope ?? grant.scope
  if (!requested.every((value) => granted.has(value))) throw invalidScope('more_than_granted')
  const target = chooseTokenResource(params.resource, grant.resources, requested, config.resources)
  if ('refusal' in target) throw invalidTarget(target.refusal)
  const { subject, clientId } = grant
  const scope = await allowedScope(config, { subject, clientId, requested, resources: [target.resource] })
  if (scope.length === 0) throw invalidScope('not_allowed_any_more')
  return { scope, resource: target.resource }
}

/** The one transition: this call wins and its successor counts, or the winner's successor is due. */
async function rotate(context: Context, presented: string, { token, grant }: Found, client: Client): Promise<string> {
  const { store, secrets, config } = context
  const now = context.now()
  const derivation = createDerivation(secrets)
  const successor = await deriveSuccessor(secrets, presented, derivation)
  if (successor === undefined)
    throw new OAuthError('server_error', {
      description: 'The refresh token could not be renewed.',
      reason: 'derivation',
    })
  const expiresAt = refreshTokenExpiry(grant.createdAt, now, config.lifetimes)
  const result = await store.rotateRefreshToken(token.hash, now, {
    token: { hash: await sha256(successor), grantId: grant.id, createdAt: now, expiresAt, rotation: undefined },
    derivation,
    retryUntil: now + config.lifetimes.retryWindow,
    grantExpiresAt: Math.max(expiresAt, now + config.token.lifetime) + GRANT_MARGIN,
  })
  switch (result.outcome) {
    case 'rotated':
      return successor
    case 'already_rotated': {
      const winner = { token: result.token, grant }
      const refusal = refuseRefresh(winner, client.clientId, now)
      if (refusal !== 'retry') throw await explain(context, winner, refusal ?? 'reused')
      return recompute(context, presented, winner)
    }
    case 'revoked':
    case 'gone':
      throw invalidGrant(result.outcome)
    default:
      return unreachable(result)
  }
}

/** A lost answer, or the loser of a race: the same successor again. */
async function recompute({ secrets }: Context, presented: string, { token }: Found): Promise<string> {
  const derivation = token.rotation?.derivation
  const successor = derivation && (await deriveSuccessor(secrets, presented, derivation))
  // The secret it was derived with is no longer configured: nobody did anything wrong, so nothing is revoked.
  if (successor === undefined) throw invalidGrant('derivation_lost')
  return successor
}

/** Turns a refusal into its error; reuse revokes this one grant first. RFC 9700 §4.14.2. */
async function explain(
  { store, emit, now }: Context,
  found: Found | undefined,
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
