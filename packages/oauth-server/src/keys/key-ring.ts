import {
  generatePrivateJwk,
  importSigningKey,
  type PrivateJwk,
  type PublicJwk,
  type SigningAlgorithm,
  type SigningKey,
} from '@scopewise/token-core'
import { ID_TOKEN_ALGORITHMS } from '../config/client.js'
import type { Secrets } from '../crypto/secrets.js'
import { invalidConfiguration, OAuthError } from '../errors.js'
import type { Store } from '../storage/store.js'

/** The server's own signing keys, one per algorithm. */
export interface KeyRing {
  key(algorithm: SigningAlgorithm): Promise<SigningKey>
  /** RFC 7517 §5: the public halves. */
  publicKeys(): Promise<readonly PublicJwk[]>
}

const UNREADABLE =
  'The signing keys in the store can not be opened with the option secret. Start with the secret that wrote them (the option also takes a list: the new one first).'

/** Not the issuer: a server may move to another address and keep its keys. */
const ASSOCIATED = 'signing keys, version 1'

/** Loads the keys at first use and keeps them; the first process of all makes them, whichever that is. */
export function createKeyRing(store: Store, secrets: Secrets): KeyRing {
  let loaded: Promise<ReadonlyMap<string, SigningKey>> | undefined
  const load = () => {
    loaded ??= readOrCreate(store, secrets).catch((error) => {
      loaded = undefined // a store that was away for a moment must not be remembered as broken
      throw error
    })
    return loaded
  }
  return {
    async key(algorithm) {
      const key = (await load()).get(algorithm)
      if (!key)
        throw new OAuthError('server_error', {
          description: 'The server has no key for this algorithm.',
          reason: `no ${algorithm} key`,
        })
      return key
    },
    publicKeys: async () => [...(await load()).values()].map((key) => key.publicJwk),
  }
}

async function readOrCreate(store: Store, secrets: Secrets): Promise<ReadonlyMap<string, SigningKey>> {
  const stored = await store.findKeys()
  if (stored) return importAll(await unwrap(stored.wrapped, secrets))
  const created = await Promise.all(ID_TOKEN_ALGORITHMS.map(generatePrivateJwk))
  const won = await store.casKeys(0, await secrets.seal('signing-keys', JSON.stringify(created), ASSOCIATED))
  // Another process was first: its keys count.
  return won ? importAll(created) : readOrCreate(store, secrets)
}

async function unwrap(wrapped: string, secrets: Secrets): Promise<readonly PrivateJwk[]> {
  const text = await secrets.open('signing-keys', wrapped, ASSOCIATED)
  if (text === undefined) throw invalidConfiguration(UNREADABLE)
  // Authenticated encryption: nobody but this server can have written it.
  return JSON.parse(text) as readonly PrivateJwk[]
}

async function importAll(keys: readonly PrivateJwk[]): Promise<ReadonlyMap<string, SigningKey>> {
  const imported = await Promise.all(keys.map((key) => importSigningKey(key)))
  return new Map(imported.map((key) => [key.alg, key]))
}
