import type { Lock, StoredRecord, TokenStore } from './store.js'

/** Keeps tokens in this process, and nowhere else. */
export function memoryStore(): TokenStore {
  const records = new Map<string, StoredRecord>()
  return {
    read: async (key) => records.get(key),
    async swap(key, expected, next) {
      if (records.get(key)?.version !== expected) return false
      if (next) records.set(key, next)
      else records.delete(key)
      return true
    },
  }
}

/** A queue for each key, in this process. */
export function memoryLock(): Lock {
  const ends = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const turn = (ends.get(key) ?? Promise.resolve()).then(work)
    const end = turn.then(
      () => undefined,
      () => undefined,
    )
    ends.set(key, end)
    // The last in the queue leaves no trace.
    void end.then(() => ends.get(key) === end && ends.delete(key))
    return turn
  }
}
