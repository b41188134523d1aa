import { parseJson } from '../jwt/json.js'
import { isNumericDate } from '../jwt/time.js'
import { initialState, type RemoteState } from './freshness.js'
import { importKeySet } from './key-set.js'

type Awaitable<T> = T | Promise<T>

/** Where a snapshot is kept: a file, a row, an entry in a cache. */
export interface SnapshotStore {
  /** What `save` was given last, or undefined. */
  load(): Awaitable<string | undefined>
  save(text: string): Awaitable<void>
}

/** Keeps the last good set of {@link remoteKeys} over a restart: see {@link keySnapshot}. */
export interface KeySnapshot {
  readonly '~scopewise': 'key-snapshot'
  restore(url: string, now: number): Promise<RemoteState | undefined>
  save(url: string, state: RemoteState): Promise<void>
}

/**
 * Keeps the last good key set over a restart, so that a start works while the endpoint is down: the `snapshot` of
 * `remoteKeys`. The keys keep the age that they had. Whoever can write to the store chooses the keys that tokens are
 * verified with.
 */
export function keySnapshot(store: SnapshotStore): KeySnapshot {
  return Object.freeze({
    '~scopewise': 'key-snapshot' as const,
    async restore(url, now) {
      const text = await store.load()
      return text === undefined ? undefined : parseSnapshot(text, url, now)
    },
    save: async (url, state) => store.save(formatSnapshot(url, state)),
  } satisfies KeySnapshot)
}

/** A snapshot as text, bound to the URL that its keys came from. Pure. */
function formatSnapshot(url: string, { set, etag, freshUntil, attemptedAt }: RemoteState): string {
  const keys: unknown[] = [...(set?.byText.keys() ?? [])].map((text) => JSON.parse(text))
  return JSON.stringify({ url, fetchedAt: attemptedAt, freshUntil, etag, keys })
}

/** The state that a snapshot holds. Rejects when it is not one of this URL, or comes from the future. */
async function parseSnapshot(text: string, url: string, now: number): Promise<RemoteState> {
  const snapshot = parseJson(text)
  if (typeof snapshot !== 'object' || snapshot === null) throw new Error('The snapshot is not a JSON object.')
  // Each member is looked at before it is used.
  const { url: from, fetchedAt, freshUntil, etag, keys }: Record<string, unknown> = { ...snapshot }
  if (from !== url) throw new Error('The snapshot is of another URL.')
  if (!isNumericDate(fetchedAt) || !isNumericDate(freshUntil) || fetchedAt > now || !Array.isArray(keys))
    throw new Error('The snapshot is broken, or was taken after this moment.')
  const set = await importKeySet(keys)
  if (set.byText.size === 0) throw new Error('The snapshot holds no key that can verify a token.')
  return {
    ...initialState,
    set,
    etag: typeof etag === 'string' ? etag : undefined,
    refreshAt: freshUntil,
    freshUntil,
  }
}
