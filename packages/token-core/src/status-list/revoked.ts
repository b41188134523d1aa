import { TokenError } from '../errors.js'
import { isObject } from '../jwt/parse.js'
import { currentTime } from '../jwt/time.js'
import { refuseUrl } from '../jwt/url.js'
import { isKeySource, type KeySource } from '../keys/key-source.js'
import { readStatus } from './bits.js'
import { type LoadedList, loadList } from './load.js'

/** What {@link statusLists} takes. */
export interface StatusListsOptions {
  /** The keys of each issuer, by its exact `iss`, as a verifier has them: an issuer signs its lists itself. */
  readonly issuers: Readonly<Record<string, KeySource>>
  /** Refuses tokens that name no status list. @default false */
  readonly required?: boolean | undefined
  /** Seconds for which a list is kept that does not say it (`ttl`), and the longest for those that do. @default 300 */
  readonly maxAge?: number | undefined
  /** Bytes of a decompressed list. @default 1048576: eight million statuses of one bit */
  readonly maxSize?: number | undefined
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Seconds for one list. @default 5 */
  readonly timeout?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** The claims that are read: every access token's fit. */
export interface ClaimsWithStatus {
  readonly iss: string
  readonly status?: unknown
}

interface Kept {
  readonly list: LoadedList | undefined
  /** Epoch seconds. */
  readonly fetchAt: number
}

/** Seconds in which a list that could not be had is left alone. */
const PAUSE = 5
const MAX_LISTS = 100

/**
 * A `revoked` hook that looks a token's status up in the list which the token names: any status but 0 (valid) refuses it.
 * Lists are fetched when first needed, once for all who wait, and kept for as long as they say. While a list can't be had,
 * the one at hand serves on until it expires; with none, the token is refused with 503. draft-ietf-oauth-status-list §8.3.
 * @throws {TypeError} for no issuer, something else than keys, or a number that is not positive
 */
export function statusLists(options: StatusListsOptions): (claims: ClaimsWithStatus) => Promise<boolean> {
  const { required = false, maxAge = 300, maxSize = 2 ** 20, timeout = 5 } = options
  const { fetch = globalThis.fetch, now = currentTime } = options
  const issuers = new Map(Object.entries(options.issuers))
  if (issuers.size === 0 || ![...issuers.values()].every(isKeySource))
    throw new TypeError('statusLists needs at least one issuer with its keys: see localKeys and remoteKeys.')
  for (const [name, value] of Object.entries({ maxAge, maxSize, timeout }))
    if (!(value > 0)) throw new TypeError(`statusLists needs ${name} to be more than 0.`)

  const kept = new Map<string, Kept>()
  const underway = new Map<string, Promise<LoadedList>>()

  async function refresh(id: string, issuer: string, uri: string): Promise<LoadedList> {
    const keys = issuers.get(issuer)
    if (!keys) throw new TokenError('wrong_issuer')
    const before = kept.get(id)?.list
    try {
      const list = await loadList(uri, { keys, issuer, fetch, timeout, maxSize, now })
      keep(id, { list, fetchAt: now() + Math.min(list.ttl ?? maxAge, maxAge) })
      return list
    } catch (cause) {
      keep(id, { list: before, fetchAt: now() + PAUSE })
      if (before && now() < before.exp) return before
      throw unavailable(cause)
    } finally {
      underway.delete(id)
    }
  }

  function keep(id: string, entry: Kept): void {
    const [oldest] = kept.keys()
    if (kept.size >= MAX_LISTS && oldest !== undefined) kept.delete(oldest)
    kept.set(id, entry)
  }

  async function find(issuer: string, uri: string): Promise<LoadedList> {
    const id = JSON.stringify([issuer, uri])
    const entry = kept.get(id)
    if (entry && now() < entry.fetchAt) {
      if (entry.list && now() < entry.list.exp) return entry.list
      throw unavailable(undefined)
    }
    const loading = underway.get(id) ?? refresh(id, issuer, uri)
    underway.set(id, loading)
    return loading
  }

  return async ({ iss, status }) => {
    if (status === undefined) return required
    const reference = readReference(status)
    if (!reference) throw new TokenError('invalid_claims', { message: 'The claim status is not valid.' })
    const list = await find(iss, reference.uri)
    const found = readStatus(list.bytes, list.bits, reference.idx)
    // §8.3: an index out of the list's bounds is a token to refuse.
    return found !== 0
  }
}

function readReference(status: unknown): { readonly idx: number; readonly uri: string } | undefined {
  const reference = isObject(status) ? status['status_list'] : undefined
  if (!isObject(reference)) return undefined
  const { idx, uri } = reference
  if (typeof idx !== 'number' || !Number.isSafeInteger(idx) || idx < 0) return undefined
  return typeof uri === 'string' && refuseUrl(uri) === undefined ? { idx, uri } : undefined
}

function unavailable(cause: unknown): TokenError {
  return new TokenError('temporarily_unavailable', { cause, retryAfter: PAUSE })
}
