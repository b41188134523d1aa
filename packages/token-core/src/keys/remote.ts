import { TokenError } from '../errors.js'
import type { JwtHeader } from '../jwt/parse.js'
import { currentTime } from '../jwt/time.js'
import { refuseUrl } from '../jwt/url.js'
import { fetchKeySet } from './fetch-key-set.js'
import { initialState, isDue, isUsable, mayFetch, type RemoteState, secondsUntilFetch } from './freshness.js'
import { selectKey } from './key-set.js'
import type { KeySource } from './key-source.js'

/** How {@link remoteKeys} fetches and keeps keys. */
export interface RemoteKeysOptions {
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Seconds for one fetch. @default 5 */
  readonly timeout?: number | undefined
  /** Seconds after which the keys are fetched again. @default 600 */
  readonly maxAge?: number | undefined
  /** Seconds between two fetches that tokens with unknown keys may cause. @default 30 */
  readonly cooldown?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/**
 * The keys that an issuer publishes at its `jwks_uri`: fetched when first needed, kept for `maxAge`, one fetch for all
 * who wait. A token with an unknown key causes a fetch at most once per `cooldown`. While the endpoint is down, the
 * keys at hand go on serving for up to a day. Redirects are not followed; an answer of more than 64 kB is refused.
 * @throws {TypeError} when the URL is neither https nor http on a loopback address, or a number is not positive
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): KeySource {
  const address = String(url)
  const refusal = refuseUrl(address)
  if (refusal) throw new TypeError(`remoteKeys can't use this URL: ${refusal}.`)
  const { timeout = 5, maxAge = 600, cooldown = 30, now = currentTime } = options
  for (const [name, value] of Object.entries({ timeout, maxAge, cooldown }))
    if (!(Number.isFinite(value) && value > 0)) throw new TypeError(`remoteKeys needs ${name} in seconds, more than 0.`)

  const timetable = { maxAge, cooldown }
  let state = initialState
  let underway: Promise<void> | undefined

  async function fetchOnce(): Promise<void> {
    const attemptedAt = now()
    try {
      const set = await fetchKeySet(address, { fetch: options.fetch ?? globalThis.fetch, timeout, previous: state.set })
      state = { set, fetchedAt: now(), attemptedAt, failed: false }
    } catch {
      state = { ...state, attemptedAt, failed: true }
    }
    underway = undefined
  }

  /** Single flight: all who need keys now wait for one fetch. */
  function refresh(): Promise<void> {
    underway ??= fetchOnce()
    return underway
  }

  return Object.freeze({
    '~scopewise': 'keys' as const,
    async find(header) {
      if (underway && !isUsable(state, now())) await underway
      if (isDue(state, timetable, now())) await refresh()
      let key = select(state, header, now())
      if (key === 'unknown_key' && (underway || mayFetch(state, timetable, now()))) {
        await refresh()
        key = select(state, header, now())
      }
      if (typeof key !== 'string') return key
      throw refuse(key, state, secondsUntilFetch(state, timetable, now()))
    },
    findSync(header) {
      if (!isUsable(state, now()) || isDue(state, timetable, now())) return undefined
      const key = select(state, header, now())
      if (typeof key !== 'string') return key
      if (key === 'unknown_key' && (underway || mayFetch(state, timetable, now()))) return undefined
      throw refuse(key, state, secondsUntilFetch(state, timetable, now()))
    },
    async warm() {
      if (!isUsable(state, now())) await refresh()
      if (!isUsable(state, now()))
        throw new TokenError('keys_unavailable', {
          retryAfter: Math.max(1, secondsUntilFetch(state, timetable, now())),
        })
    },
  } satisfies KeySource)
}

function select(state: RemoteState, header: JwtHeader, now: number) {
  return state.set && isUsable(state, now) ? selectKey(state.set, header) : 'unknown_key'
}

/** With the endpoint down nobody knows whether a key is unknown or merely new: that is no fault of the token. */
function refuse(code: 'unknown_key' | 'unsupported_alg', state: RemoteState, retryAfter: number): TokenError {
  if (code === 'unknown_key' && (state.failed || !state.set))
    return new TokenError('keys_unavailable', { retryAfter: Math.max(1, retryAfter) })
  return new TokenError(code)
}
