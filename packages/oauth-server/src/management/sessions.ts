import type { Context } from '../context.js'
import type { Session } from '../storage/store.js'

/** A browser that is signed in. Nothing in it can sign anybody in. */
export type SessionInfo = Pick<Session, 'id' | 'subject' | 'name' | 'authTime' | 'acr' | 'amr' | 'expiresAt'>

/** Browsers that are signed in here. Ending one ends no grant: applications keep what they got until their grants are revoked. */
export interface Sessions {
  /** Those of a subject, newest sign-in first. @default limit 100 */
  list(subject: string, options?: { readonly limit?: number }): Promise<readonly SessionInfo[]>
  /** Ends one, named by its `id` (`sid` in ID tokens). True for the call that ended it. */
  revoke(subject: string, sessionId: string): Promise<boolean>
  /** Ends all of a subject. Gives the ids of those that this call ended. */
  revokeAll(subject: string): Promise<readonly string[]>
}

export function createSessions(ready: () => Promise<Pick<Context, 'store' | 'emit' | 'now'>>): Sessions {
  const end = async (subject: string, id: string | undefined): Promise<readonly string[]> => {
    const { store, emit } = await ready()
    const ended = await store.deleteSessions(subject, id)
    for (const sessionId of ended) emit('session.ended', { subject, sessionId, reason: 'operator_request' })
    return ended
  }
  return {
    async list(subject, { limit = 100 } = {}) {
      const { store, now } = await ready()
      const sessions = await store.listSessions(subject, now(), limit)
      return sessions.map(({ hash: _, loginAttempt: __, ...info }) => info)
    },
    revoke: async (subject, sessionId) => (await end(subject, sessionId)).length === 1,
    revokeAll: (subject) => end(subject, undefined),
  }
}
