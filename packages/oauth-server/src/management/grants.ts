import type { Context } from '../context.js'
import type { Grant } from '../storage/store.js'

/** Why a grant was ended by somebody: the user on the page of connected apps, or you by `server.grants`. */
type Reason = 'user_request' | 'operator_request'

type GrantContext = Pick<Context, 'store' | 'emit' | 'now'>

/** What somebody allowed, each completed authorization by itself. */
export interface Grants {
  /** The living grants of a subject, newest first. @default limit 100 */
  list(subject: string, options?: { readonly limit?: number }): Promise<readonly Grant[]>
  /** Ends one grant: its codes and tokens work no more, those of other grants do. True for the call that revoked it. */
  revoke(grantId: string): Promise<boolean>
  /** Ends every grant of a subject, or those given to one client. What was allowed stays remembered: see `forget`. Gives the ids of those that this call revoked. */
  revokeAll(subject: string, options?: { readonly clientId?: string }): Promise<readonly string[]>
  /** Ends all that a subject gave to a client, and forgets what was allowed: the client has to ask anew. Gives the ids of the grants that this call revoked. */
  forget(subject: string, clientId: string): Promise<readonly string[]>
}

export function createGrants(ready: () => Promise<GrantContext>): Grants {
  return {
    async list(subject, { limit = 100 } = {}) {
      const { store, now } = await ready()
      return store.listGrants(subject, now(), limit)
    },
    async revoke(grantId) {
      const context = await ready()
      const grant = await context.store.findGrant(grantId)
      return grant !== undefined && endGrant(context, grant, 'operator_request')
    },
    async revokeAll(subject, { clientId } = {}) {
      const { store, emit, now } = await ready()
      const revoked = await store.revokeGrants(subject, clientId, now())
      for (const grantId of revoked) {
        const owner = clientId ?? (await store.findGrant(grantId))?.clientId
        if (owner !== undefined) emit('grant.revoked', { grantId, clientId: owner, reason: 'operator_request' })
      }
      return revoked
    },
    forget: async (subject, clientId) => forgetClient(await ready(), { subject, clientId }, 'operator_request'),
  }
}

/** Ends this one grant and no other. */
export async function endGrant(
  { store, emit, now }: GrantContext,
  { id, clientId }: Grant,
  reason: Reason,
): Promise<boolean> {
  const isRevoked = await store.revokeGrant(id, now())
  if (isRevoked) emit('grant.revoked', { grantId: id, clientId, reason })
  return isRevoked
}

/** Ends all that a subject gave to a client, and forgets what was allowed. */
export async function forgetClient(
  { store, emit, now }: GrantContext,
  { subject, clientId }: { readonly subject: string; readonly clientId: string },
  reason: Reason,
): Promise<readonly string[]> {
  const revoked = await store.revokeConsent(subject, clientId, now())
  emit('consent.revoked', { clientId, subject, reason })
  for (const grantId of revoked) emit('grant.revoked', { grantId, clientId, reason })
  return revoked
}
