import type { UseOnce } from './replay.js'

/** What {@link memoryReplay} takes. */
export interface MemoryReplayOptions {
  /** How many values are remembered at most. About 150 bytes each. @default 100000 */
  readonly max?: number | undefined
}

/** A {@link UseOnce} that answers at once. */
export type MemoryReplay = (...question: Parameters<UseOnce>) => 'first' | 'replayed'

/** How many of the oldest values one call looks at: more than it adds, so that the memory shrinks again. */
const GLANCE = 4

/**
 * Remembers one-time values in the memory of this process: right for a single process, and only for one. Several
 * processes need a store that they share. With `max` values alive it refuses further ones (a verifier answers 503)
 * instead of forgetting one that could then be used again.
 * @throws {TypeError} when `max` is not a positive whole number
 */
export function memoryReplay({ max = 100_000 }: MemoryReplayOptions = {}): MemoryReplay {
  if (!(Number.isSafeInteger(max) && max > 0)) throw new TypeError('memoryReplay needs max: a positive whole number.')
  const expiries = new Map<string, number>()
  let sweptAt = Number.NEGATIVE_INFINITY

  function sweep(at: number, limit: number): void {
    let looked = 0
    for (const [key, expiresAt] of expiries) {
      if (looked++ >= limit) return
      if (at >= expiresAt) expiries.delete(key)
    }
  }

  return (key, expiresAt, at) => {
    const known = expiries.get(key)
    if (known !== undefined && at < known) return 'replayed'
    sweep(at, GLANCE)
    // To look through all of them for each refused value would be a gift to whoever filled the memory.
    if (expiries.size >= max && at >= sweptAt + 1) {
      sweptAt = at
      sweep(at, max)
    }
    if (expiries.size >= max) throw new Error('The memory for one-time values is full: raise `max`, or share a store.')
    // Out and in again: what was renewed is no longer among the oldest.
    expiries.delete(key)
    expiries.set(key, expiresAt)
    return 'first'
  }
}
