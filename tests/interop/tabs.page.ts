// What the tabs of the test run: a manager over IndexedDB and Web Locks, with a key that no script can read.
import { createClient, type Tokens } from '@scopewise/oauth-client'
import { dpop } from '@scopewise/oauth-client/dpop'
import { createTokenManager } from '@scopewise/oauth-client/manager'
import { indexedDbKey, indexedDbStore, webLock } from '@scopewise/oauth-client/stores/indexeddb'

const key = indexedDbKey()
const store = indexedDbStore()
const client = createClient({ issuer: location.origin, clientId: 'web', dpop: dpop({ key }) })
const manager = createTokenManager(client, { store, lock: webLock() })
const changes: string[] = []
manager.subscribe(({ type }) => changes.push(type))

/** What the test asks of a tab. */
export const tab = {
  changes,
  adopt: (tokens: Tokens) => manager.adopt(tokens),
  get: async (): Promise<string> => (await manager.get()).accessToken,
  clear: () => manager.clear(),
  keyThumbprint: async (): Promise<string> => (await key()).thumbprint,
  isKeyExtractable: async (): Promise<boolean> => (await key()).privateKey.extractable,
  /** Of the versions that race for the place of `expected`, those that won. */
  async race(name: string, expected: string | undefined, versions: readonly string[]): Promise<readonly string[]> {
    const won = await Promise.all(versions.map((version) => store.swap(name, expected, { version, value: '{}' })))
    return versions.filter((_, index) => won[index])
  },
}

Object.assign(globalThis, { tab })
