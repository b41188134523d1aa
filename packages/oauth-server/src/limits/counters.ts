import { remember } from '../remember.js'
import type { Count, Store } from '../storage/store.js'
import type { Seconds } from '../time.js'
import type { Limit } from './table.js'

/** A counter and how far it may go. */
export interface Key extends Limit {
  readonly key: string
  /** `hard` refuses, `slow` slows down. */
  readonly kind: 'hard' | 'slow'
  readonly network: string | undefined
}

/** What this node knows of a counter. */
interface Known {
  readonly count: number
  readonly resetsAt: Seconds
  /** Whether it was told that it is used up. */
  readonly isTold: boolean
}

export interface Counters {
  /** Whether nothing is known, so that nothing can be refused. */
  isEmpty(): boolean
  /** The longest wait among those limits that are used up, as far as this node knows. */
  waitFor(keys: readonly Key[]): Seconds | undefined
  /** Counts one in each, and gives where each stands for this very call: others may count at the same time. */
  count(keys: readonly Key[]): Promise<readonly (Key & Count)[]>
  /** Takes one back from each. */
  uncount(keys: readonly Key[]): Promise<void>
}

export interface CountersOptions {
  readonly store: Pick<Store, 'count' | 'uncount'>
  readonly now: () => Seconds
  /** Called once each time that a limit is used up and somebody is refused. */
  readonly onReached: (key: Key) => void
}

/** Counters that this node remembers at most; the oldest is forgotten first. */
const MAX_KNOWN = 10_000

/** The store's counters, and what this node has learnt of them: who is refused costs the store nothing. */
export function createCounters({ store, now, onReached }: CountersOptions): Counters {
  const known = new Map<string, Known>()

  return {
    isEmpty: () => known.size === 0,
    waitFor(keys) {
      const waits: Seconds[] = []
      for (const key of keys) {
        const state = key.kind === 'hard' ? known.get(key.key) : undefined
        if (!state || state.resetsAt <= now() || state.count < key.most) continue
        waits.push(state.resetsAt - now())
        if (state.isTold) continue
        remember(known, key.key, { ...state, isTold: true }, MAX_KNOWN)
        onReached(key)
      }
      return waits.length > 0 ? Math.max(...waits) : undefined
    },
    async count(keys) {
      if (keys.length === 0) return []
      const counts = await store.count(keys, now())
      return counts.flatMap((reached, i) => {
        const { key, count, resetsAt } = reached
        const before = known.get(key)
        // The answers of calls that ran at the same time may come in any order.
        if (!before || before.resetsAt < resetsAt || before.count < count)
          remember(known, key, { count, resetsAt, isTold: before?.resetsAt === resetsAt && before.isTold }, MAX_KNOWN)
        const of = keys[i]
        return of ? [{ ...of, ...reached }] : []
      })
    },
    async uncount(keys) {
      if (keys.length === 0) return
      const names = keys.map(({ key }) => key)
      for (const name of names) known.delete(name)
      await store.uncount(names, now())
    },
  }
}
