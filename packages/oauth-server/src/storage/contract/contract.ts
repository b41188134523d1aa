import type { Store } from '../store.js'
import { authorizationCases } from './authorizations.js'
import { refreshTokenCases } from './refresh-tokens.js'
import { sessionCases } from './sessions.js'

/** One rule of the store contract. */
export interface StoreCase {
  readonly name: string
  /** Rejects with a sentence when the store breaks the rule. */
  run(): Promise<void>
}

/**
 * The store contract as cases for any test runner: `for (const { name, run } of storeContract(create)) it(name, run)`.
 * `createStore` gives an empty store each time; it is closed afterwards. NOT covered: several processes, and crashes.
 */
export function storeContract(createStore: () => Store | Promise<Store>): readonly StoreCase[] {
  return Object.entries({ ...authorizationCases, ...refreshTokenCases, ...sessionCases }).map(([name, check]) => ({
    name,
    async run() {
      const store = await createStore()
      try {
        await check(store)
      } finally {
        await store.close()
      }
    },
  }))
}
