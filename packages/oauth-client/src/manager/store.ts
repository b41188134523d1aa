/** A value as it was written, under the version it was written with. */
export interface StoredRecord {
  readonly version: string
  /** JSON with tokens in it: a store that others can read should encrypt it. */
  readonly value: string
}

/**
 * Where the tokens of grants are kept for all who share them: tabs, threads, processes. It needs no transactions and no locks, only
 * that one step is atomic: `swap`.
 */
export interface TokenStore {
  read(key: string): Promise<StoredRecord | undefined>
  /**
   * Puts `next` in the place of what has the version `expected`, or takes that away when `next` is undefined; `expected` is undefined
   * where nothing may be. Answers false, and changes nothing, when the version is another: of several callers at most one hears true.
   */
  swap(key: string, expected: string | undefined, next: StoredRecord | undefined): Promise<boolean>
  /** Hears when somebody else may have changed the record. Returns what ends it. */
  subscribe?(key: string, listener: () => void): () => void
}

/**
 * Runs `work` while nobody else runs work under the same key. It spares others the waiting; that no refresh token is sent twice does not
 * hang on it, so a lock that runs out under its holder does no harm.
 */
export type Lock = <T>(key: string, work: () => Promise<T>) => Promise<T>
