import { type KeySource, localKeys, remoteKeys } from '@scopewise/token-core'
import type { Client } from '../config/client.js'
import { remember } from '../remember.js'
import type { Seconds } from '../time.js'

/** Finds the keys that a client authenticates with. */
export type ClientKeys = (client: Client) => KeySource | undefined

/** Key sets of other hosts that are remembered; beyond that the one that was first goes. */
const MAX_REMOTE = 1000

/** Keeps what was imported or fetched, so that an assertion costs neither. A `jwksUri` is fetched when first needed, with the back-off of `remoteKeys`. */
export function createClientKeys({
  fetchFor,
  now,
}: {
  /** What fetches the keys of this client. */
  readonly fetchFor: (client: Client) => typeof globalThis.fetch
  readonly now: () => Seconds
}): ClientKeys {
  const local = new WeakMap<object, KeySource>()
  const remote = new Map<string, KeySource>()

  function findRemote(client: Client, uri: string): KeySource {
    // By the source, too: what was fetched freely for a configured client is not for one that a stranger described.
    const name = `${client.source} ${uri}`
    const known = remote.get(name)
    if (known) return known
    const keys = remoteKeys(uri, { fetch: fetchFor(client), now })
    remember(remote, name, keys, MAX_REMOTE)
    return keys
  }

  return (client) => {
    const { jwks, jwksUri } = client
    if (jwksUri !== undefined) return findRemote(client, jwksUri)
    if (jwks === undefined) return undefined
    const known = local.get(jwks) ?? localKeys(jwks)
    local.set(jwks, known)
    return known
  }
}
