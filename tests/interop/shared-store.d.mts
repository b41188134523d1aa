import type { Lock, TokenStore } from '@scopewise/oauth-client/manager'

/** Where a store is: a folder, or the socket of a server. */
export interface StorePlace {
  readonly kind: 'file' | 'postgres' | 'redis'
  readonly where: string
}

/** Opens the store that threads and processes share, with the lock that belongs to it. */
export function openShared(place: StorePlace): Promise<{
  readonly store: TokenStore
  readonly lock: Lock | undefined
  close(): Promise<unknown>
}>
