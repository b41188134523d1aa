import { randomToken } from '@scopewise/token-core/encoding'
import type { Transaction, TransactionStore } from '../client/transaction.js'
import { isObject } from '../http/json.js'
import type { TokenStore } from '../manager/store.js'

/** Keeps logins under way in a token store, so that any process of the backend can finish them: its `swap` lets one caller take each. */
export function storeTransactions(store: TokenStore): TransactionStore {
  const nameOf = (key: string) => JSON.stringify(['login', key])
  return {
    async put(key, transaction) {
      const next = { version: randomToken(12), value: JSON.stringify(transaction) }
      await store.swap(nameOf(key), undefined, next)
    },
    async take(key) {
      const kept = await store.read(nameOf(key))
      if (!kept || !(await store.swap(nameOf(key), kept.version, undefined))) return undefined
      const transaction: unknown = JSON.parse(kept.value)
      // `as`: under such a key stands only what put wrote.
      return isObject(transaction) ? (transaction as unknown as Transaction) : undefined
    },
  }
}
