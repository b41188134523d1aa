import type { SigningAlgorithm } from '../engine/algorithms.js'
import { type KeyPhase, phaseOf, type RingKey } from './key-ring-plan.js'

/** What happens to the keys of a ring, for logs and alarms. Instants are epoch seconds. No event holds a key. */
export type KeyRingEvent =
  | { readonly type: 'published'; readonly kid: string; readonly alg: SigningAlgorithm; readonly activateAt: number }
  | { readonly type: 'activated'; readonly kid: string; readonly alg: SigningAlgorithm; readonly retireAt: number }
  | { readonly type: 'retired'; readonly kid: string; readonly alg: SigningAlgorithm; readonly removeAt: number }
  | {
      readonly type: 'removed'
      readonly kid: string
      readonly alg: SigningAlgorithm
      readonly reason: 'expired' | 'revoked'
    }
  /** The store could not be reached, or its keys not be read. The keys at hand sign until `usableUntil`. */
  | { readonly type: 'rotation_failed'; readonly cause: unknown; readonly usableUntil: number | undefined }

/** The keys of a ring at one moment. */
export interface Sighting {
  readonly keys: readonly RingKey[]
  readonly at: number
}

const ORDER: readonly KeyPhase[] = ['next', 'current', 'retired', 'removed']

/** What happened between two looks at the ring, in order for each key. Pure. */
export function eventsBetween(before: Sighting, after: Sighting): readonly KeyRingEvent[] {
  const known = new Map(before.keys.map((key) => [key.kid, ORDER.indexOf(phaseOf(key, before.at))]))
  const remaining = new Set(after.keys.map(({ kid }) => kid))
  const lived = after.keys.flatMap((key) => {
    const from = known.get(key.kid) ?? -1
    const to = ORDER.indexOf(phaseOf(key, after.at))
    return ORDER.slice(from + 1, to + 1).map((phase) => eventOf(key, phase))
  })
  const gone = before.keys.filter((key) => !remaining.has(key.kid) && phaseOf(key, before.at) !== 'removed')
  return [...lived, ...gone.map((key) => eventOf(key, 'removed', after.at < key.removeAt ? 'revoked' : 'expired'))]
}

function eventOf(key: RingKey, phase: KeyPhase, reason: 'expired' | 'revoked' = 'expired'): KeyRingEvent {
  const { kid, alg } = key
  switch (phase) {
    case 'next':
      return { type: 'published', kid, alg, activateAt: key.activateAt }
    case 'current':
      return { type: 'activated', kid, alg, retireAt: key.retireAt }
    case 'retired':
      return { type: 'retired', kid, alg, removeAt: key.removeAt }
    case 'removed':
      return { type: 'removed', kid, alg, reason }
  }
}
