/**
 * Tokens and keys in IndexedDB, for the tabs of one origin.
 *
 * @module
 */
import { type DpopKey, generateDpopKey } from '@scopewise/token-core/dpop'
import type { Lock, StoredRecord, TokenStore } from '../manager/store.js'

export interface IndexedDbOptions {
  /** The name of the database. @default 'scopewise' */
  readonly name?: string | undefined
}

const RECORDS = 'records'
const KEYS = 'keys'

/**
 * Keeps tokens in IndexedDB, where all tabs of the origin find them, and tells the others of each change. Any script of the origin can
 * read them too: use it with `dpop({ key: indexedDbKey() })`, whose key no script can read, so that stolen tokens are of no use elsewhere.
 */
export function indexedDbStore({ name = 'scopewise' }: IndexedDbOptions = {}): TokenStore {
  const channelName = `scopewise:${name}`
  return {
    read: (key) => inStore<StoredRecord | undefined>(name, RECORDS, 'readonly', (store, done) => get(store, key, done)),
    async swap(key, expected, next) {
      // One transaction from reading to writing: of several tabs one is let in.
      const won = await inStore<boolean>(name, RECORDS, 'readwrite', (store, done) =>
        get<StoredRecord>(store, key, (record) => {
          const isExpected = record?.version === expected
          if (isExpected) void (next ? store.put(next, key) : store.delete(key))
          done(isExpected)
        }),
      )
      if (won) tellOthers(channelName, key)
      return won
    },
    subscribe(key, listener) {
      const channel = new BroadcastChannel(channelName)
      channel.addEventListener('message', ({ data }) => {
        if (data === key) listener()
      })
      return () => channel.close()
    },
  }
}

/** One holder at a time among all tabs of the origin; it ends with the tab. Web Locks. */
export function webLock(): Lock {
  return (key, work) => navigator.locks.request(`scopewise:${key}`, work)
}

/** Brings the DPoP key that this origin keeps, the same for all tabs; it is made when there is none. No script can read its private half. */
export function indexedDbKey({ name = 'scopewise' }: IndexedDbOptions = {}): () => Promise<DpopKey> {
  return async () => {
    const kept = await inStore<DpopKey | undefined>(name, KEYS, 'readonly', (store, done) => get(store, 'dpop', done))
    if (kept) return kept
    const made = await generateDpopKey()
    // Another tab may have been faster: its key stays.
    return inStore<DpopKey>(name, KEYS, 'readwrite', (store, done) =>
      get<DpopKey>(store, 'dpop', (other) => {
        if (!other) store.put(made, 'dpop')
        done(other ?? made)
      }),
    )
  }
}

function tellOthers(channelName: string, key: string): void {
  const channel = new BroadcastChannel(channelName)
  channel.postMessage(key)
  channel.close()
}

function get<T>(store: IDBObjectStore, key: string, done: (value: T | undefined) => void): void {
  // `as`: what stands under a key was put there by this file.
  const request = store.get(key) as IDBRequest<T | undefined>
  request.addEventListener('success', () => done(request.result))
}

/** Runs one transaction; what `work` hands to `done` counts once it is committed. */
async function inStore<T>(
  name: string,
  storeName: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore, done: (value: T) => void) => void,
): Promise<T> {
  const database = await openDatabase(name)
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(storeName, mode, { durability: 'strict' })
      let outcome: { readonly value: T } | undefined
      transaction.addEventListener('complete', () => {
        if (outcome) resolve(outcome.value)
        else reject(new Error('The transaction ended without an outcome'))
      })
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('The transaction was aborted')))
      work(transaction.objectStore(storeName), (value) => {
        outcome = { value }
      })
    })
  } finally {
    database.close()
  }
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore(RECORDS)
      request.result.createObjectStore(KEYS)
    })
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('The database could not be opened')))
  })
}
