import { randomToken } from '@scopewise/token-core/encoding'
import { OAuthClientError } from '../errors.js'
import { pause } from '../http/pause.js'
import { type GrantRecord, parseRecord } from './record.js'
import type { StoredRecord, TokenStore } from './store.js'

/** How often a write is tried while new tokens wait to be kept, and the seconds between. */
const TRIES = 3
const BETWEEN = 0.2

/** A record with the version it was read under. */
export interface Versioned {
  readonly version: string | undefined
  readonly record: GrantRecord | undefined
}

/** The record of one grant: what the store has, and what it could not take yet. */
export interface Vault {
  /** What was read or written last. */
  readonly last: Versioned | undefined
  /** @throws {OAuthClientError} store_failed */
  read(): Promise<Versioned>
  /**
   * Writes if nobody else has since `before` was read; what was written, or undefined.
   *
   * @throws {OAuthClientError} store_failed
   */
  swap(before: Versioned, record: GrantRecord | undefined): Promise<Versioned | undefined>
  /** The same for tokens that would be lost otherwise: tried several times, then kept here until the store takes them. */
  keepSafe(
    before: Versioned,
    record: GrantRecord,
  ): Promise<{ readonly won: boolean; readonly error?: OAuthClientError }>
}

export function createVault(store: TokenStore, key: string): Vault {
  let last: Versioned | undefined
  let unsaved: { readonly before: Versioned; readonly next: StoredRecord; readonly record: GrantRecord } | undefined

  async function attempt<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (cause) {
      throw new OAuthClientError('store_failed', 'The token store failed: see the cause', { cause })
    }
  }

  async function swap(before: Versioned, record: GrantRecord | undefined, next: StoredRecord | undefined) {
    const won = await attempt(() => store.swap(key, before.version, next))
    if (!won) return undefined
    unsaved = undefined
    last = { version: next?.version, record }
    return last
  }

  const write = (record: GrantRecord | undefined): StoredRecord | undefined =>
    record && { version: randomToken(12), value: JSON.stringify(record) }

  /** Hands in later what the store did not take: unless somebody else has written since, it still counts. */
  async function settle({ before, next, record }: NonNullable<typeof unsaved>): Promise<void> {
    // A swap whose answer was lost may have been made.
    const isThere = (await attempt(() => store.read(key)))?.version === next.version
    if (!isThere) await swap(before, record, next)
    unsaved = undefined
  }

  return {
    get last() {
      return last
    },
    async read() {
      if (unsaved) {
        const { record, before } = unsaved
        try {
          await settle(unsaved)
        } catch {
          return { version: before.version, record }
        }
      }
      const stored = await attempt(() => store.read(key))
      last = await attempt(async () => ({ version: stored?.version, record: stored && parseRecord(stored.value) }))
      return last
    },
    swap: (before, record) => swap(before, record, write(record)),
    async keepSafe(before, record) {
      const next = write(record)
      for (let tries = 1; ; tries++) {
        try {
          return { won: (await swap(before, record, next)) !== undefined }
        } catch (error) {
          if (tries < TRIES || !next) {
            await pause(BETWEEN)
            continue
          }
          unsaved = { before, next, record }
          last = { version: before.version, record }
          // `as`: swap throws nothing else.
          return { won: true, error: error as OAuthClientError }
        }
      }
    },
  }
}
