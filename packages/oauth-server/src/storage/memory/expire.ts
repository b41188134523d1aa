import type { Seconds } from '../../time.js'
import { closeWindows } from './refresh-tokens.js'
import type { Tables } from './tables.js'

/** Removes what can never matter again: rows by their own expiry, codes and refresh tokens with their grant. */
export function expire(tables: Tables, at: Seconds, limit: number): number {
  closeWindows(tables, at)
  const { grants } = tables
  const isOver = (row: { readonly expiresAt: Seconds }) => row.expiresAt <= at
  const isOrphan = (row: { readonly grantId: string }) => (grants.get(row.grantId)?.expiresAt ?? 0) <= at
  const deviceCodes = remove(tables.deviceCodes, isOver, limit)
  for (const { userCodeHash } of deviceCodes) tables.userCodes.delete(userCodeHash)
  const codes = remove(tables.codes, isOrphan, limit).length
  const refreshTokens = remove(tables.refreshTokens, isOrphan, limit).length
  // Below the limit none of them is left, and the grants that are over have nothing any more.
  const isEmptied = codes < limit && refreshTokens < limit
  const removed = [
    deviceCodes.length,
    codes,
    refreshTokens,
    isEmptied ? remove(grants, isOver, limit).length : 0,
    remove(tables.opaqueTokens, isOver, limit).length,
    remove(tables.pushedRequests, ({ keptUntil }) => keptUntil <= at, limit).length,
    remove(tables.sessions, isOver, limit).length,
    remove(tables.usedOnce, (expiresAt) => expiresAt <= at, limit).length,
    remove(tables.counters, ({ resetsAt }) => resetsAt <= at, limit).length,
  ]
  return removed.reduce((sum, rows) => sum + rows, 0)
}

function remove<V>(table: Map<string, V>, isExpired: (value: V) => boolean, limit: number): V[] {
  const removed: V[] = []
  for (const [key, value] of table) {
    if (removed.length >= limit) break
    if (!isExpired(value)) continue
    table.delete(key)
    removed.push(value)
  }
  return removed
}
