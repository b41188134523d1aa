import { TokenError } from '../errors.js'
import type { JwtHeader } from '../jwt/parse.js'
import { refuseUrl } from '../jwt/url.js'
import { isUsable, mayLookFurther, nextStep } from './freshness.js'
import { selectKey } from './key-set.js'
import { createKeySetCache, type KeySetCache } from './key-set-cache.js'
import type { KeySource } from './key-source.js'
import { type RemoteKeysOptions, type RemoteSettings, readRemoteOptions } from './remote-options.js'
import { createUnknownKids } from './unknown-kids.js'
import type { VerificationKey } from './verification-key.js'

/** The keys of a remote issuer. */
export interface RemoteKeys extends KeySource {
  readonly findSync: (header: JwtHeader) => VerificationKey | undefined
  readonly warm: () => Promise<void>
  /**
   * Fetches now, whatever is at hand: for when the issuer says that it withdrew a key.
   * @throws {TokenError} `keys_unavailable` when the fetch fails; the keys at hand go on serving
   */
  readonly refresh: () => Promise<void>
}

/**
 * The keys that an issuer publishes at its `jwks_uri`: fetched when first needed, one fetch for all who wait, fetched
 * again in the background before their time is up. `Cache-Control` is respected between `minAge` and `maxAge`; `ETag`
 * saves the body. While the endpoint fails the keys at hand go on serving for `staleIfError`, and attempts back off
 * from one second to a minute. A token with an unknown key causes a fetch at most once per `cooldown`. Redirects are
 * not followed; an answer that is too large, too slow, not JSON, or without a usable key counts as a failure.
 * @throws {TypeError} when the URL is neither https nor http on a loopback address, or a number is not positive
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): RemoteKeys {
  const address = String(url)
  const refusal = refuseUrl(address)
  if (refusal) throw new TypeError(`remoteKeys can't use this URL: ${refusal}.`)
  const settings = readRemoteOptions(options)
  const { policy, now } = settings
  const cache = createKeySetCache(address, settings)
  const kids = createUnknownKids(policy.cooldown)

  async function find(header: JwtHeader): Promise<VerificationKey> {
    await cache.prepare()
    const key = select(header)
    if (key !== 'unknown_key' || !mayFetchFor(header)) return keyOrRefuse(key, cache, settings)
    await cache.fetch()
    const found = select(header)
    if (found === 'unknown_key') kids.missed(header.kid, now())
    return keyOrRefuse(found, cache, settings)
  }

  function select(header: JwtHeader): ReturnType<typeof selectKey> {
    const { set } = cache.state()
    return set && isUsable(cache.state(), policy, now()) ? selectKey(set, header) : 'unknown_key'
  }

  function mayFetchFor({ kid }: JwtHeader): boolean {
    const isPossible = cache.underway() !== undefined || mayLookFurther(cache.state(), policy, now())
    return isPossible && kids.mayFetch(kid, now())
  }

  return Object.freeze({
    '~scopewise': 'keys' as const,
    find,
    findSync(header) {
      const step = nextStep(cache.state(), policy, now())
      const key = step === 'wait' ? undefined : select(header)
      if (key === undefined || (key === 'unknown_key' && mayFetchFor(header))) {
        // Whoever can't wait now may find the key the next time.
        find(header).catch(() => undefined)
        return undefined
      }
      if (step === 'refresh') void cache.fetch()
      return keyOrRefuse(key, cache, settings)
    },
    async warm() {
      await cache.prepare()
      if (!isUsable(cache.state(), policy, now())) throw unavailable(cache, settings)
    },
    async refresh() {
      // One that is already underway may have been answered before the key was withdrawn.
      await cache.underway()
      await cache.fetch()
      if (cache.state().failures > 0) throw unavailable(cache, settings)
    },
  } satisfies RemoteKeys)
}

/** With the endpoint down nobody knows whether a key is unknown or merely new: that is no fault of the token. */
function keyOrRefuse(key: ReturnType<typeof selectKey>, cache: KeySetCache, settings: RemoteSettings): VerificationKey {
  if (typeof key !== 'string') return key
  const { failures, set } = cache.state()
  throw key === 'unknown_key' && (failures > 0 || !set) ? unavailable(cache, settings) : new TokenError(key)
}

function unavailable(cache: KeySetCache, { now }: RemoteSettings): TokenError {
  const { retryAt, failure } = cache.state()
  return new TokenError('keys_unavailable', { retryAfter: Math.max(1, retryAt - now()), cause: failure })
}
