import type { Seconds } from '../time.js'
import type {
  Authorization,
  AuthorizationCode,
  Bought,
  Consent,
  Grant,
  RefreshToken,
  RotationOutcome,
  Session,
  Store,
  StoredKeys,
  Successor,
} from './store.js'

interface Tables {
  readonly grants: Map<string, Grant>
  readonly codes: Map<string, AuthorizationCode>
  readonly refreshTokens: Map<string, RefreshToken>
  readonly consents: Map<string, Consent>
  readonly sessions: Map<string, Session>
  readonly usedOnce: Map<string, Seconds>
  /** Parents whose retry window may still be open, oldest first. */
  readonly openWindows: Set<string>
  keys: StoredKeys | undefined
}

/** A store inside this process, for tests and for trying things out: everything is gone with the process. */
export function memoryStore(): Store {
  const tables: Tables = {
    grants: new Map(),
    codes: new Map(),
    refreshTokens: new Map(),
    consents: new Map(),
    sessions: new Map(),
    usedOnce: new Map(),
    openWindows: new Set(),
    keys: undefined,
  }
  // No transition awaits anything before it is done, so each is atomic.
  return {
    durability: 'memory',
    putAuthorization: async (authorization, at) => putAuthorization(tables, authorization, at),
    findAuthorizationCode: async (hash) => {
      const code = tables.codes.get(hash)
      const grant = code && tables.grants.get(code.grantId)
      return grant && { code, grant }
    },
    redeemAuthorizationCode: async (hash, at, bought) => redeem(tables, hash, at, bought),
    findRefreshToken: async (hash) => {
      const token = readRefreshToken(tables, hash)
      const grant = token && tables.grants.get(token.grantId)
      return grant && { token, grant }
    },
    rotateRefreshToken: async (hash, at, successor) => rotate(tables, hash, at, successor),
    findGrant: async (id) => tables.grants.get(id),
    revokeGrant: async (id, at) => revokeGrant(tables, id, at),
    findConsent: async (subject, clientId) => tables.consents.get(consentKey(subject, clientId)),
    findSession: async (hash) => tables.sessions.get(hash),
    replaceSession: async (session, replaced) => {
      if (replaced !== undefined) tables.sessions.delete(replaced)
      tables.sessions.set(session.hash, session)
    },
    deleteSession: async (hash) => {
      tables.sessions.delete(hash)
    },
    useOnce: async (key, expiresAt, at) => (useOnce(tables, key, expiresAt, at) ? 'first' : 'replayed'),
    findKeys: async () => tables.keys,
    casKeys: async (expectedVersion, wrapped) => {
      if ((tables.keys?.version ?? 0) !== expectedVersion) return false
      tables.keys = { version: expectedVersion + 1, wrapped }
      return true
    },
    expire: async (at, limit) => expire(tables, at, limit),
    close: async () => undefined,
  }
}

const consentKey = (subject: string, clientId: string): string => JSON.stringify([subject, clientId])

function useOnce(tables: Tables, key: string, expiresAt: Seconds, at: Seconds): boolean {
  const known = tables.usedOnce.get(key)
  if (known !== undefined && known > at) return false
  tables.usedOnce.set(key, expiresAt)
  return true
}

function putAuthorization(
  tables: Tables,
  { interaction, consent, grant, code }: Authorization,
  at: Seconds,
): 'stored' | 'replayed' {
  if (interaction && !useOnce(tables, interaction.id, interaction.expiresAt, at)) return 'replayed'
  if (consent) {
    const key = consentKey(consent.subject, consent.clientId)
    const scope = new Set([...(tables.consents.get(key)?.scope ?? []), ...consent.scope])
    tables.consents.set(key, { ...consent, scope: [...scope] })
  }
  tables.grants.set(grant.id, grant)
  tables.codes.set(code.hash, code)
  return 'stored'
}

function redeem(
  tables: Tables,
  hash: string,
  at: Seconds,
  { refreshToken, grantExpiresAt }: Bought,
): 'redeemed' | 'already_redeemed' | 'gone' {
  const code = tables.codes.get(hash)
  const grant = code && tables.grants.get(code.grantId)
  if (!grant) return 'gone'
  if (code.redeemedAt !== undefined) return 'already_redeemed'
  if (code.expiresAt <= at || grant.revokedAt !== undefined) return 'gone'
  tables.codes.set(hash, { ...code, redeemedAt: at })
  if (refreshToken) tables.refreshTokens.set(refreshToken.hash, refreshToken)
  prolong(tables, grant, grantExpiresAt)
  return 'redeemed'
}

function rotate(tables: Tables, hash: string, at: Seconds, successor: Successor): RotationOutcome {
  closeWindows(tables, at)
  const token = readRefreshToken(tables, hash)
  const grant = token && tables.grants.get(token.grantId)
  if (!grant) return { outcome: 'gone' }
  if (grant.revokedAt !== undefined) return { outcome: 'revoked' }
  if (token.rotation) return { outcome: 'already_rotated', token }
  if (token.expiresAt <= at) return { outcome: 'gone' }
  const { token: child, derivation, retryUntil, grantExpiresAt } = successor
  tables.refreshTokens.set(hash, {
    ...token,
    rotation: { at, retryUntil, successorHash: child.hash, successorUsed: false, derivation },
  })
  tables.refreshTokens.set(child.hash, child)
  tables.openWindows.add(hash)
  for (const parent of tables.openWindows) {
    if (tables.refreshTokens.get(parent)?.rotation?.successorHash === hash) closeWindow(tables, parent)
  }
  prolong(tables, grant, grantExpiresAt)
  return { outcome: 'rotated' }
}

function readRefreshToken(tables: Tables, hash: string): RefreshToken | undefined {
  const token = tables.refreshTokens.get(hash)
  if (!token?.rotation) return token
  const successorUsed = tables.refreshTokens.get(token.rotation.successorHash)?.rotation !== undefined
  return { ...token, rotation: { ...token.rotation, successorUsed } }
}

function prolong(tables: Tables, grant: Grant, expiresAt: Seconds): void {
  tables.grants.set(grant.id, { ...grant, expiresAt: Math.max(grant.expiresAt, expiresAt) })
}

function revokeGrant(tables: Tables, id: string, at: Seconds): boolean {
  const grant = tables.grants.get(id)
  if (!grant || grant.revokedAt !== undefined) return false
  tables.grants.set(id, { ...grant, revokedAt: at })
  for (const hash of tables.openWindows) {
    if (tables.refreshTokens.get(hash)?.grantId === id) closeWindow(tables, hash)
  }
  return true
}

function closeWindow(tables: Tables, hash: string): void {
  const token = tables.refreshTokens.get(hash)
  if (token?.rotation)
    tables.refreshTokens.set(hash, { ...token, rotation: { ...token.rotation, derivation: undefined } })
  tables.openWindows.delete(hash)
}

function closeWindows(tables: Tables, at: Seconds): void {
  for (const hash of tables.openWindows) {
    const rotation = tables.refreshTokens.get(hash)?.rotation
    if (!rotation || rotation.retryUntil <= at) closeWindow(tables, hash)
  }
}

function expire(tables: Tables, at: Seconds, limit: number): number {
  closeWindows(tables, at)
  const grants = new Set(removeExpired(tables.grants, (grant) => grant.expiresAt <= at, limit))
  if (grants.size > 0) {
    removeExpired(tables.codes, (code) => grants.has(code.grantId))
    removeExpired(tables.refreshTokens, (token) => grants.has(token.grantId))
  }
  const sessions = removeExpired(tables.sessions, (session) => session.expiresAt <= at, limit)
  const keys = removeExpired(tables.usedOnce, (expiresAt) => expiresAt <= at, limit)
  return grants.size + sessions.length + keys.length
}

function removeExpired<V>(
  table: Map<string, V>,
  isExpired: (value: V) => boolean,
  limit: number = Number.POSITIVE_INFINITY,
): string[] {
  const removed: string[] = []
  for (const [key, value] of table) {
    if (removed.length >= limit) break
    if (isExpired(value)) {
      table.delete(key)
      removed.push(key)
    }
  }
  return removed
}
