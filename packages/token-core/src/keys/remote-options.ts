import { currentTime } from '../jwt/time.js'
import type { Policy } from './freshness.js'
import type { KeySnapshot } from './snapshot.js'

/** How {@link remoteKeys} fetches and keeps keys. Times are in seconds. */
export interface RemoteKeysOptions {
  readonly fetch?: typeof globalThis.fetch | undefined
  /** For one exchange, from the request to the last byte. @default 5 */
  readonly timeout?: number | undefined
  /** Bytes of an answer. @default 65536, about 100 RSA keys */
  readonly maxSize?: number | undefined
  /** How long keys are kept at most, and when the answer names no `max-age`. @default 600 */
  readonly maxAge?: number | undefined
  /** How long keys are kept at least, whatever the answer says. @default 30 */
  readonly minAge?: number | undefined
  /** How long keys go on serving after their time while the endpoint fails. A withdrawn key lives on as long. @default 86400 */
  readonly staleIfError?: number | undefined
  /** Between two fetches that tokens with unknown keys cause. @default 30 */
  readonly cooldown?: number | undefined
  /** Keeps the last good set over a restart, so that a start works while the endpoint is down: see `keySnapshot`. */
  readonly snapshot?: KeySnapshot | undefined
  readonly onEvent?: ((event: RemoteKeysEvent) => void) | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
  /** From 0 to 1, for the jitter of back-off and refreshing. @default Math.random */
  readonly random?: (() => number) | undefined
}

/** What happens to a remote key set, for logs and alarms. Tokens still verify after `refresh_failed`, up to `usableUntil`. */
export type RemoteKeysEvent =
  | { readonly type: 'refreshed'; readonly keys: number; readonly freshUntil: number }
  | {
      readonly type: 'refresh_failed'
      readonly cause: unknown
      readonly failures: number
      readonly retryAt: number
      readonly usableUntil: number | undefined
    }
  | { readonly type: 'snapshot_failed'; readonly cause: unknown }

/** The options after they were read once. */
export interface RemoteSettings {
  readonly fetch: () => typeof globalThis.fetch
  readonly timeout: number
  readonly maxSize: number
  readonly policy: Policy
  readonly snapshot: KeySnapshot | undefined
  readonly report: (event: RemoteKeysEvent) => void
  readonly now: () => number
  readonly random: () => number
}

/** @throws {TypeError} when a number is not more than 0, or not finite */
export function readRemoteOptions(options: RemoteKeysOptions): RemoteSettings {
  const { timeout = 5, maxSize = 65_536, maxAge = 600, minAge = 30, staleIfError = 86_400, cooldown = 30 } = options
  for (const [name, value] of Object.entries({ timeout, maxSize, maxAge, minAge, cooldown, staleIfError }))
    if (!(value > 0 && value < 1e9)) throw new TypeError(`remoteKeys needs ${name} to be more than 0 and finite.`)
  const { snapshot, onEvent, now = currentTime, random = Math.random } = options
  return {
    // Read at each fetch: a global that is instrumented later counts.
    fetch: () => options.fetch ?? globalThis.fetch,
    timeout,
    maxSize,
    policy: { maxAge, minAge: Math.min(minAge, maxAge), staleIfError, cooldown },
    snapshot,
    report(event) {
      try {
        onEvent?.(event)
      } catch {
        // A log that fails must not fail a request; there is nowhere left to report it.
      }
    },
    now,
    random,
  }
}
