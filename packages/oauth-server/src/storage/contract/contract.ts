import type { Store } from '../store.js'
import { authorizationCases } from './authorizations.js'
import { clientCases } from './clients.js'
import { deviceCodeCases } from './device-codes.js'
import { expiryCases } from './expiry.js'
import { grantCases } from './grants.js'
import { limitCases } from './limits.js'
import { opaqueTokenCases } from './opaque-tokens.js'
import { refreshTokenCases } from './refresh-tokens.js'
import { sessionCases } from './sessions.js'

/** One rule of the store contract. */
export interface StoreCase {
  readonly name: string
  /** Whether several race in it. */
  readonly isRace: boolean
  /** Rejects with a sentence when the store breaks the rule. */
  run(): Promise<void>
}

const CASES = {
  ...authorizationCases,
  ...refreshTokenCases,
  ...opaqueTokenCases,
  ...deviceCodeCases,
  ...clientCases,
  ...grantCases,
  ...sessionCases,
  ...limitCases,
  ...expiryCases,
}

/**
 * The store contract as cases for any test runner: `for (const { name, run } of storeContract(create)) it(name, run)`.
 * `createStore` gives an empty store each time; it is closed afterwards. NOT covered: several processes, and crashes.
 * @param options.racers how many take part in a race for a one-time value. @default 10
 */
export function storeContract(
  createStore: () => Store | Promise<Store>,
  { racers = 10 }: { readonly racers?: number } = {},
): readonly StoreCase[] {
  return Object.entries(CASES).map(([name, check]) => ({
    name,
    isRace: check.length > 1,
    async run() {
      const store = await createStore()
      try {
        await check(store, racers)
      } finally {
        await store.close()
      }
    },
  }))
}
