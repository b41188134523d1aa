import { memoryStore } from '../manager/memory.js'
import type { TokenStore } from '../manager/store.js'

export interface MemorySessionsOptions {
  /** Seconds after its last change that a record is kept for: at least as long as sessions live. @default 86400, a day */
  readonly lifetime?: number | undefined
  /** How many records there may be; then the oldest go. @default 100000 */
  readonly limit?: number | undefined
  /** The clock, in epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** Keeps the sessions of a backend that is one process: a memory store that forgets. When the process ends, everybody is signed out. */
export function memorySessions(options: MemorySessionsOptions = {}): TokenStore {
  const { lifetime = 86_400, limit = 100_000, now = () => Date.now() / 1000 } = options
  const store = memoryStore()
  /** When each record was written and under which version; a Map keeps its order, so the oldest stands in front. */
  const written = new Map<string, { readonly at: number; readonly version: string }>()

  async function forget(): Promise<void> {
    for (const [key, { at, version }] of written) {
      if (written.size <= limit && now() < at + lifetime) break
      written.delete(key)
      await store.swap(key, version, undefined)
    }
  }

  return {
    async read(key) {
      await forget()
      return store.read(key)
    },
    async swap(key, expected, next) {
      const won = await store.swap(key, expected, next)
      if (!won) return false
      written.delete(key)
      if (next) written.set(key, { at: now(), version: next.version })
      await forget()
      return true
    },
  }
}
