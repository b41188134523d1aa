import { randomToken } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import type { Grant, Session } from '../storage/store.js'
import type { Seconds } from '../time.js'

export interface Granted {
  readonly clientId: string
  readonly session: Session
  readonly scope: readonly string[]
  readonly resources: readonly string[]
  /** Until its code is redeemed it lives no longer than that. */
  readonly expiresAt: Seconds
}

/** The record of one completed authorization, for the account that is signed in. */
export function createGrant({ config }: Context, granted: Granted, now: Seconds): Grant {
  const { clientId, session, scope, resources, expiresAt } = granted
  return {
    // In the order of time: what is written together lies together, in each index that holds this id.
    id: `${now.toString(36)}${randomToken(12)}`,
    clientId,
    subject: session.subject,
    scope,
    resources,
    authTime: session.authTime,
    acr: session.acr,
    amr: session.amr,
    sessionId: session.id,
    createdAt: now,
    refreshUntil: now + config.lifetimes.refreshToken,
    expiresAt,
    revokedAt: undefined,
  }
}
