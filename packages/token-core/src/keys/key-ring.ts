import { isSigningAlgorithm, type SigningAlgorithm } from '../engine/algorithms.js'
import { TokenError } from '../errors.js'
import type { JwtHeader } from '../jwt/parse.js'
import { currentTime } from '../jwt/time.js'
import type { KeyRingEvent } from './key-ring-events.js'
import { hastenKeys, nextPublicationAt, revokeKey } from './key-ring-plan.js'
import type { KeyStore, KeyWrapping } from './key-ring-store.js'
import { createRingSync, type RingSettings, type RingSync } from './key-ring-sync.js'
import { type KeyRingTimetable, readTimetable } from './key-ring-timetable.js'
import type { Moment } from './key-ring-view.js'
import { type JwkSet, selectKey } from './key-set.js'
import type { KeySource } from './key-source.js'
import type { SigningKey } from './signing-key.js'
import type { VerificationKey } from './verification-key.js'

/** What {@link createKeyRing} takes. */
export interface KeyRingOptions {
  /** One key signs for each of them; the first is what `signingKey()` answers. */
  readonly algorithms: readonly [SigningAlgorithm, ...SigningAlgorithm[]]
  readonly store: KeyStore
  /** Makes the keys unreadable in the store. Required with any store but memory. */
  readonly wrapping?: KeyWrapping | undefined
  readonly timetable: KeyRingTimetable
  readonly onEvent?: ((event: KeyRingEvent) => void) | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** The public keys of a ring, and how long they may be kept. */
export interface PublishedKeys {
  readonly set: JwkSet
  /** Seconds until the set changes, as far as that is near. */
  readonly maxAge: number
  /** For the header of that name. */
  readonly cacheControl: string
}

/** Signing keys that come and go by a timetable: the `keys` of an issuer, and the keys of a verifier in the same process. */
export interface KeyRing extends KeySource {
  /**
   * The key that signs now. Picked anew for each token.
   * @throws {TokenError} `keys_unavailable` when no key at hand may sign and the store can't be reached
   * @throws {TypeError} when the ring is not for the algorithm
   */
  readonly signingKey: (algorithm?: SigningAlgorithm | undefined) => Promise<SigningKey>
  readonly findSync: (header: JwtHeader) => VerificationKey | undefined
  /** Loads the keys; the first process of all makes them. Rejects with what the store, or the wrapping, rejected with. */
  readonly warm: () => Promise<void>
  /**
   * What the `jwks_uri` answers: next, current and retired keys. RFC 7517 §5.
   * @throws {TokenError} `keys_unavailable` when the store was out of reach for so long that other keys may be in use
   */
  jwks(): Promise<PublishedKeys>
  /** Looks into the store now, and does what is due. Not needed where tokens are signed or keys asked for: those do it. */
  sync(): Promise<void>
  /**
   * Rotates by hand, for one algorithm or for all: a successor is published now and signs after `lead`, or at once when
   * it was published that long ago. No token is refused because of it.
   */
  rotate(algorithm?: SigningAlgorithm | undefined): Promise<void>
  /**
   * Takes a compromised key out at once: tokens that it signed are refused here from now on, in other processes after
   * `poll`, by remote verifiers when they fetch next. Its successor signs immediately. False when there is no such key.
   */
  revoke(kid: string): Promise<boolean>
}

/**
 * Creates a key ring. Each process creates its own over one store; one of them makes each new key, and all see it. A
 * process that loses its store goes on with what it knows for `lead`, and fails closed afterwards.
 * @throws {TypeError} when the timetable would let a verifier meet a token whose key it does not have, the store outlives
 * the process and nothing wraps the keys, or an algorithm is not one of a private key
 */
export function createKeyRing(options: KeyRingOptions): KeyRing {
  const settings = readOptions(options)
  const { now, timetable, algorithms } = settings
  const ring = createRingSync(settings)
  return Object.freeze({
    '~scopewise': 'keys' as const,
    ...createRingSource(ring, now),
    async signingKey(algorithm = options.algorithms[0]) {
      if (!algorithms.includes(algorithm))
        throw new TypeError(`The key ring has no key for ${algorithm}: it was created for ${algorithms.join(', ')}.`)
      const key = (await ready(ring, now)).current.get(algorithm)
      if (key) return key
      await ring.sync().catch(() => undefined)
      return (await ready(ring, now)).current.get(algorithm) ?? refuse(ring)
    },
    async warm() {
      if (!ring.moment(now())) await ring.sync()
    },
    jwks: () => publish(ring, settings),
    sync: ring.sync,
    rotate: (algorithm) => ring.update((keys, at) => hastenKeys(keys, at, timetable, algorithm)),
    async revoke(kid) {
      let isKnown = false
      await ring.update((keys, at) => {
        isKnown = keys.some((key) => key.kid === kid)
        return revokeKey(keys, kid, at)
      })
      return isKnown
    },
  } satisfies KeyRing)
}

/** What may be relied on now; waits for the store only when nothing may. */
async function ready(ring: RingSync, now: () => number): Promise<Moment> {
  ring.poll(now())
  const moment = ring.moment(now())
  if (moment) return moment
  await ring.sync().catch(() => undefined)
  return ring.moment(now()) ?? refuse(ring)
}

function createRingSource(ring: RingSync, now: () => number): Pick<KeyRing, 'find' | 'findSync'> {
  const mayLookAgain = () => now() >= (ring.view()?.syncedAt ?? 0) + LOOK_AGAIN

  async function find(header: JwtHeader): Promise<VerificationKey> {
    const key = selectKey((await ready(ring, now)).set, header)
    if (key !== 'unknown_key' || !mayLookAgain()) return keyOrThrow(key)
    // Another process may have made it since.
    await ring.sync().catch(() => undefined)
    return keyOrThrow(selectKey((await ready(ring, now)).set, header))
  }

  return {
    find,
    findSync(header) {
      ring.poll(now())
      const moment = ring.moment(now())
      const key = moment && selectKey(moment.set, header)
      if (key === undefined || (key === 'unknown_key' && mayLookAgain())) {
        // Whoever can't wait now may find the key the next time.
        find(header).catch(() => undefined)
        return undefined
      }
      return keyOrThrow(key)
    },
  }
}

async function publish(ring: RingSync, { now, timetable }: RingSettings): Promise<PublishedKeys> {
  const { lead, verifierCache, poll } = timetable
  // What is published here is kept by verifiers for a while: a successor that others made must not be missing in it by
  // the time it signs.
  const isOld = () => now() >= (ring.view()?.syncedAt ?? 0) + lead - verifierCache
  ring.poll(now())
  if (isOld()) await ring.sync().catch(() => undefined)
  const [view, moment] = [ring.view(), ring.moment(now())]
  if (!view || !moment || isOld()) return refuse(ring)
  const change = Math.floor(nextPublicationAt(view.document.keys, now(), timetable) - now())
  const maxAge = Math.max(poll, Math.min(change, verifierCache))
  return { set: moment.published, maxAge, cacheControl: `public, max-age=${maxAge}` }
}

/** Seconds between two looks into the store that tokens with unknown keys may cause. */
const LOOK_AGAIN = 5

function keyOrThrow(key: ReturnType<typeof selectKey>): VerificationKey {
  if (typeof key === 'string') throw new TokenError(key)
  return key
}

function refuse(ring: RingSync): never {
  throw new TokenError('keys_unavailable', {
    message: 'The key ring has no key that may be used now: its store is out of reach, or its keys can not be read.',
    retryAfter: 1,
    cause: ring.failure(),
  })
}

function readOptions({
  algorithms,
  store,
  wrapping,
  onEvent,
  now = currentTime,
  ...options
}: KeyRingOptions): RingSettings {
  const stranger = algorithms.find((algorithm) => !isSigningAlgorithm(algorithm))
  if (algorithms.length === 0 || stranger !== undefined)
    throw new TypeError('createKeyRing needs `algorithms`: one or more for keys with a public half, such as ES256.')
  if (store.durability !== 'memory' && !wrapping)
    throw new TypeError(
      'createKeyRing needs `wrapping`, such as `secretWrapping(secret)`: a store that outlives the process must not hold readable private keys.',
    )
  return {
    algorithms: [...new Set(algorithms)],
    store,
    wrapping,
    timetable: readTimetable(options.timetable),
    now,
    report(event) {
      try {
        onEvent?.(event)
      } catch {
        // A log that fails must not fail a request; there is nowhere left to report it.
      }
    },
  }
}
