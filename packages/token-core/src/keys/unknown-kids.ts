/** Longer than any id that an issuer publishes: never worth a fetch. */
const MAX_LENGTH = 256
/** Kids that are remembered. Beyond them the oldest is forgotten, and the cooldown for all kids together still holds. */
const MAX_KIDS = 256
/** Each time a kid is looked for in vain it waits twice as long, up to this many cooldowns. */
const MAX_COOLDOWNS = 16

/** Remembers which kids were looked for in vain. */
export interface UnknownKids {
  /** Whether a fetch for this kid makes sense. */
  mayFetch(kid: string | undefined, now: number): boolean
  /** Notes that a fetch did not bring this kid. */
  missed(kid: string | undefined, now: number): void
}

/** A bounded memory of kids that no fetch brought, so that one client with an old token does not cause a fetch for ever. */
export function createUnknownKids(cooldown: number): UnknownKids {
  const misses = new Map<string, { readonly count: number; readonly until: number }>()
  return {
    mayFetch(kid, now) {
      if (kid === undefined) return true
      return kid.length <= MAX_LENGTH && now >= (misses.get(kid)?.until ?? now)
    },
    missed(kid, now) {
      if (kid === undefined) return
      const known = misses.get(kid)
      const count = known ? Math.min(known.count * 2, MAX_COOLDOWNS) : 1
      misses.delete(kid)
      misses.set(kid, { count, until: now + cooldown * count })
      const [oldest] = misses.keys()
      if (misses.size > MAX_KIDS && oldest !== undefined) misses.delete(oldest)
    },
  }
}
