import type { SigningAlgorithm } from '../engine/algorithms.js'
import type { PrivateJwk, PublicJwk } from './jwk.js'
import type { Timetable } from './key-ring-timetable.js'

/** A key of a ring with its appointments: epoch seconds, each later than the one before. */
export interface RingKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly publicJwk: PublicJwk
  /** Gone once the key has stopped signing. */
  readonly privateJwk: PrivateJwk | undefined
  readonly publishedAt: number
  readonly activateAt: number
  readonly retireAt: number
  readonly removeAt: number
}

/** A key that has to be made. */
export interface WantedKey {
  readonly alg: SigningAlgorithm
  readonly activateAt: number
}

/** What has to be true from now on. */
export interface Plan {
  readonly keys: readonly RingKey[]
  readonly wanted: readonly WantedKey[]
}

/** Published and not signing yet; signing; published and not signing any more; gone. */
export type KeyPhase = 'next' | 'current' | 'retired' | 'removed'

/** What a key is at this moment. Pure. */
export function phaseOf({ activateAt, retireAt, removeAt }: RingKey, now: number): KeyPhase {
  if (now >= removeAt) return 'removed'
  if (now >= retireAt) return 'retired'
  return now >= activateAt ? 'current' : 'next'
}

/**
 * What the ring has to be now: keys whose time is up are gone, each algorithm has exactly one key that signs, and its
 * successor is made in time. Planning twice changes nothing more. Pure.
 */
export function planKeys(
  keys: readonly RingKey[],
  now: number,
  timetable: Timetable,
  algorithms: readonly SigningAlgorithm[],
): Plan {
  const alive = keys.filter((key) => phaseOf(key, now) !== 'removed')
  const plans = algorithms.map((alg) =>
    planAlgorithm(
      alg,
      alive.filter((key) => key.alg === alg),
      now,
      timetable,
    ),
  )
  const planned = new Map(plans.flatMap((plan) => plan.keys).map((key) => [key.kid, key]))
  return {
    // An algorithm that is no longer asked for: its keys live out their time. The order is that of publication.
    keys: alive.map((key) => tidy(planned.get(key.kid) ?? key, now, timetable)),
    wanted: plans.flatMap((plan) => plan.wanted),
  }
}

function planAlgorithm(alg: SigningAlgorithm, keys: readonly RingKey[], now: number, timetable: Timetable): Plan {
  const ordered = inTurn(keys, now, timetable)
  // The one that signs, or that signed last and is still known to every verifier.
  const last = ordered.findLast((key) => key.activateAt <= now && key.privateJwk !== undefined)
  const next = ordered.find((key) => phaseOf(key, now) === 'next')
  if (!last) {
    if (!next) return { keys: ordered, wanted: [{ alg, activateAt: now }] }
    return { keys: replace(ordered, appoint(next, now, timetable)), wanted: [] }
  }
  // A successor takes over to the second. One that comes too late finds its predecessor signing until then.
  if (next) return { keys: replace(ordered, retire(last, next.activateAt, now, timetable)), wanted: [] }
  if (now < last.retireAt - timetable.lead) return { keys: ordered, wanted: [] }
  const activateAt = Math.max(last.retireAt, now + timetable.lead)
  return { keys: replace(ordered, retire(last, activateAt, now, timetable)), wanted: [{ alg, activateAt }] }
}

/** In the order in which they sign, none beyond the beginning of the one after it. */
function inTurn(keys: readonly RingKey[], now: number, timetable: Timetable): readonly RingKey[] {
  const ordered = [...keys].sort((a, b) => a.activateAt - b.activateAt)
  return ordered.map((key, index) => {
    const end = ordered[index + 1]?.activateAt ?? key.retireAt
    return end < key.retireAt ? retire(key, end, now, timetable) : key
  })
}

const replace = (keys: readonly RingKey[], changed: RingKey) =>
  keys.map((key) => (key.kid === changed.kid ? changed : key))

/** The same key with another beginning: everything later moves with it. Pure. */
export function appoint<K extends Pick<RingKey, 'kid'>>(key: K, activateAt: number, { active, keep }: Timetable) {
  return { ...key, activateAt, retireAt: activateAt + active, removeAt: activateAt + active + keep }
}

/**
 * Moves the end of a key's signing. A process without contact to the store may go by the old end for `lead` more, and what it
 * signs has to verify; for as long as the timetable says by which the key was made, where that is longer than today's.
 */
function retire(key: RingKey, retireAt: number, now: number, { lead, keep }: Timetable): RingKey {
  if (key.retireAt === retireAt) return key
  const lastSigned = Math.max(retireAt, Math.min(key.retireAt, now + lead))
  return { ...key, retireAt, removeAt: lastSigned + Math.max(keep, key.removeAt - key.retireAt) }
}

/** A key that has stopped signing gives up its private half; one of an older, shorter timetable stays as long as today's says. */
function tidy(key: RingKey, now: number, { keep }: Timetable): RingKey {
  return {
    ...key,
    removeAt: Math.max(key.removeAt, key.retireAt + keep),
    privateJwk: phaseOf(key, now) === 'retired' ? undefined : key.privateJwk,
  }
}

/** Brings the successor of each key as near as is safe: a rotation by hand. Pure. */
export function hastenKeys(
  keys: readonly RingKey[],
  now: number,
  timetable: Timetable,
  algorithm: SigningAlgorithm | undefined,
): readonly RingKey[] {
  return keys.map((key) => {
    if (algorithm !== undefined && key.alg !== algorithm) return key
    const phase = phaseOf(key, now)
    const hasNext = keys.some((other) => other.alg === key.alg && phaseOf(other, now) === 'next')
    if (phase === 'current' && !hasNext)
      return retire(key, Math.min(key.retireAt, now + timetable.lead), now, timetable)
    if (phase !== 'next') return key
    // It signs once every verifier had its time to fetch it.
    const activateAt = Math.min(key.activateAt, Math.max(now, key.publishedAt + timetable.lead))
    return appoint(key, activateAt, timetable)
  })
}

/** Takes a compromised key out, whatever it does. Pure. */
export function revokeKey(keys: readonly RingKey[], kid: string, now: number): readonly RingKey[] {
  // No retired key signs again in its place.
  return keys
    .filter((key) => key.kid !== kid)
    .map((key) => (phaseOf(key, now) === 'retired' ? { ...key, privateJwk: undefined } : key))
}

/** The next instant at which a key of the ring becomes something else, or Infinity. Pure. */
export function nextChangeAt(keys: readonly RingKey[], now: number): number {
  const instants = keys.flatMap(({ activateAt, retireAt, removeAt }) => [activateAt, retireAt, removeAt])
  return Math.min(...instants.filter((at) => at > now), Number.POSITIVE_INFINITY)
}

/** The next instant at which the published set changes: a successor comes, or a key goes. Pure. */
export function nextPublicationAt(keys: readonly RingKey[], now: number, { lead }: Timetable): number {
  const instants = keys.flatMap((key) => {
    const hasNext = keys.some((other) => other.alg === key.alg && other.activateAt > key.activateAt)
    return hasNext ? [key.removeAt] : [key.removeAt, key.retireAt - lead]
  })
  return Math.min(...instants.filter((at) => at > now), Number.POSITIVE_INFINITY)
}
