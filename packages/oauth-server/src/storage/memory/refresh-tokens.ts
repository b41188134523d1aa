import type { Seconds } from '../../time.js'
import type {
  FoundRefreshToken,
  Grant,
  Holder,
  RefreshToken,
  RotationOutcome,
  Store,
  Successor,
  Use,
  UseOutcome,
} from '../store.js'
import { isAlive, putBought, type Tables } from './tables.js'

/** Refresh tokens, their rotation and its retry window. */
export function refreshTokens(
  tables: Tables,
): Pick<Store, 'findRefreshToken' | 'rotateRefreshToken' | 'useRefreshToken'> {
  return {
    findRefreshToken: async (hash) => find(tables, hash),
    rotateRefreshToken: async (hash, at, holder, successor) => rotate(tables, hash, at, holder, successor),
    useRefreshToken: async (hash, at, holder, use) => useToken(tables, hash, at, holder, use),
  }
}

function find(tables: Tables, hash: string): FoundRefreshToken | undefined {
  const token = tables.refreshTokens.get(hash)
  const grant = token && tables.grants.get(token.grantId)
  if (!grant) return undefined
  if (!token.rotation) return { token, grant }
  const { successorHash } = token.rotation
  const successorUsed = tables.refreshTokens.get(successorHash)?.rotation !== undefined
  const derivation = tables.openWindows.get(successorHash)?.derivation
  return { token: { ...token, rotation: { ...token.rotation, successorUsed, derivation } }, grant }
}

function isUsable(token: RefreshToken, grant: Grant, at: Seconds, { clientId, jkt }: Holder): boolean {
  const isHolder = grant.clientId === clientId && (token.jkt === undefined || token.jkt === jkt)
  return isHolder && !token.rotation && isAlive(grant) && token.expiresAt > at && grant.refreshUntil > at
}

function rotate(tables: Tables, hash: string, at: Seconds, holder: Holder, successor: Successor): RotationOutcome {
  closeWindows(tables, at)
  const found = find(tables, hash)
  if (!found || !isUsable(found.token, found.grant, at, holder)) return { outcome: 'refused', found }
  const { token, grant } = found
  const { hash: successorHash, derivation, retryUntil, expiresAt } = successor
  const rotation = { at, jkt: holder.jkt, retryUntil, successorHash, successorUsed: false, derivation: undefined }
  tables.refreshTokens.set(hash, { ...token, rotation })
  // Whoever presents a successor has got it.
  tables.openWindows.delete(hash)
  tables.openWindows.set(successorHash, { retryUntil, derivation })
  const child = {
    hash: successorHash,
    grantId: grant.id,
    jkt: token.jkt,
    createdAt: at,
    expiresAt,
    rotation: undefined,
  }
  putBought(tables, grant.id, { ...successor, refreshToken: child })
  return { outcome: 'rotated', grant }
}

function useToken(tables: Tables, hash: string, at: Seconds, holder: Holder, use: Use): UseOutcome {
  const found = find(tables, hash)
  if (!found || !isUsable(found.token, found.grant, at, holder)) return { outcome: 'refused', found }
  const { token, grant } = found
  const expiresAt = Math.max(token.expiresAt, use.expiresAt)
  putBought(tables, grant.id, { ...use, refreshToken: { ...token, expiresAt } })
  return { outcome: 'used', grant }
}

/** Closes those that are over, up to the first one that is not. */
export function closeWindows({ openWindows }: Tables, at: Seconds): void {
  for (const [successorHash, { retryUntil }] of openWindows) {
    if (retryUntil > at) return
    openWindows.delete(successorHash)
  }
}
