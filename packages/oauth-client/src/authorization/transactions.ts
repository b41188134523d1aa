type Awaitable<T> = T | Promise<T>

/** What a login that was started has to remember until it is finished. Plain data: it may be kept as JSON. */
export interface Transaction {
  /** The PKCE code verifier. A secret until the code is exchanged. */
  readonly verifier: string
  readonly redirectUri: string
  readonly scope: readonly string[]
  readonly nonce?: string | undefined
  readonly resource?: string | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
  readonly returnTo?: string | undefined
  /** Epoch seconds. */
  readonly startedAt: number
  /** Epoch seconds. */
  readonly expiresAt: number
}

/** Where transactions wait. The key is a hash of the issuer, the client, the session and the state, so one store may serve many clients. */
export interface TransactionStore {
  put(key: string, transaction: Transaction): Awaitable<void>
  /** Gives the transaction and removes it, in one atomic step: of several callers at most one gets it. */
  take(key: string): Awaitable<Transaction | undefined>
}

/** How many logins may be under way in one process; then the oldest are forgotten. */
const LIMIT = 10_000

/** Keeps transactions in this process. For one process on a server, for native apps and for tests. */
export function memoryTransactions(): TransactionStore {
  const waiting = new Map<string, Transaction>()
  return {
    put(key, transaction) {
      // A Map keeps its order, so what is due to go stands at the front.
      for (const [oldKey, old] of waiting) {
        if (old.expiresAt > transaction.startedAt && waiting.size < LIMIT) break
        waiting.delete(oldKey)
      }
      waiting.set(key, transaction)
    },
    take(key) {
      const transaction = waiting.get(key)
      waiting.delete(key)
      return transaction
    },
  }
}
