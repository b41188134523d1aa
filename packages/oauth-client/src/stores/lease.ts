import { randomToken } from '@scopewise/token-core/encoding'
import { pause } from '../http/pause.js'
import { memoryLock } from '../manager/memory.js'
import type { Lock } from '../manager/store.js'

/** The steps of a lock that a server keeps; each is atomic, and time is the server's. */
export interface LeaseSteps {
  /** Takes the lock if nobody holds it, or if whoever did has let it run out. */
  take(key: string, holder: string, seconds: number): Promise<boolean>
  /** Makes it last longer, if it is still the holder's. */
  renew(key: string, holder: string, seconds: number): Promise<unknown>
  /** Gives it back, if it is still the holder's. */
  release(key: string, holder: string): Promise<unknown>
}

/** Seconds between two tries to take a lock, and how many more by lot. */
const LOOK = 0.03

/**
 * Makes a lock of a lease: its holder renews it while it works, and when the holder dies it runs out. A server that fails, and a lock that
 * nobody gives back, stop nobody: the note that a manager leaves in the store is what keeps a refresh token from being sent twice.
 *
 * @param lifetime seconds
 */
export function leaseLock({ take, renew, release }: LeaseSteps, lifetime: number): Lock {
  // Of one process one asks the server.
  const own = memoryLock()
  return (key, work) =>
    own(key, async () => {
      const holder = randomToken(12)
      const isHeld = await acquire(() => take(key, holder, lifetime), lifetime)
      if (!isHeld) return work()
      const timer = setInterval(() => {
        renew(key, holder, lifetime).catch(() => undefined)
      }, lifetime * 333)
      try {
        return await work()
      } finally {
        clearInterval(timer)
        await release(key, holder).catch(() => undefined)
      }
    })
}

async function acquire(take: () => Promise<boolean>, lifetime: number): Promise<boolean> {
  // Longer than a dead holder's lock lasts: then somebody is slow, or keeps renewing what he forgot.
  const tries = (lifetime * 2) / LOOK
  try {
    for (let tried = 0; tried < tries; tried++) {
      if (await take()) return true
      await pause(LOOK * (1 + Math.random()))
    }
  } catch {
    // The server is away: on without it.
  }
  return false
}
