import type { Transaction, TransactionStore } from '../client/transaction.js'

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
