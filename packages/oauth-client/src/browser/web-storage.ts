import type { Transaction, TransactionStore } from '../client/transaction.js'

const PREFIX = 'scopewise:'

/**
 * Keeps transactions in web storage, so that a login survives leaving the page. Take `sessionStorage`: it belongs to one tab, and
 * ends with it. What is kept is the code verifier and the nonce; tokens never go there.
 */
export function webStorageTransactions(storage: Storage): TransactionStore {
  return {
    put(key, transaction) {
      sweep(storage, transaction.startedAt)
      storage.setItem(PREFIX + key, JSON.stringify(transaction))
    },
    // Web storage is synchronous: no other code of the page comes between the two steps.
    take(key) {
      const transaction = parseTransaction(storage.getItem(PREFIX + key))
      storage.removeItem(PREFIX + key)
      return transaction
    },
  }
}

/** Removes the logins that nobody came back from. */
function sweep(storage: Storage, now: number): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  for (const key of keys.filter((name) => name.startsWith(PREFIX))) {
    const transaction = parseTransaction(storage.getItem(key))
    if (!transaction || transaction.expiresAt <= now) storage.removeItem(key)
  }
}

/** Undefined for what this store did not write. */
function parseTransaction(text: string | null): Transaction | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isTransaction(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isTransaction(value: unknown): value is Transaction {
  if (typeof value !== 'object' || value === null) return false
  // `as`: only to look at members; each that the client relies on is looked at.
  const { verifier, redirectUri, scope, startedAt, expiresAt } = value as Record<string, unknown>
  return (
    typeof verifier === 'string' &&
    typeof redirectUri === 'string' &&
    Array.isArray(scope) &&
    typeof startedAt === 'number' &&
    typeof expiresAt === 'number'
  )
}
