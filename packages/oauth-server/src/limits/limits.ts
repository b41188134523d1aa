import { encodeBase64url } from '@scopewise/token-core/encoding'
import type { Secrets } from '../crypto/secrets.js'
import { OAuthError } from '../errors.js'
import type { Emit } from '../events.js'
import { type AddressSources, findClientAddress, networksOf } from '../network/client-address.js'
import type { Store } from '../storage/store.js'
import type { Seconds } from '../time.js'
import { type Counters, createCounters, type Key } from './counters.js'
import { type Limit, type LimitName, limitRow } from './table.js'

/** A try that was counted before it was known how it ends. */
export interface Try {
  /** Seconds until another one may be made; undefined when this one may. */
  readonly wait: Seconds | undefined
  /** Whether the account was tried so often, from wherever, that each further try should take its time. */
  readonly isSlow: boolean
  /** It turned out well: takes it back. */
  succeed(): Promise<void>
}

/** Limits without lock-out: who fails is told to wait, and whom he tried to be is not. Names and accounts reach the store as digests. */
export interface Limits {
  /**
   * Counts a try before it is made, in one round trip: exact over all nodes, however many come at once. For what can be guessed, and
   * for what costs something each time. `subject` is the account, the client or the session.
   */
  begin(name: LimitName, request: Request, subject?: string): Promise<Try>
  /** The same for a browser that is known: only what it does itself counts. */
  beginKnown(name: LimitName, browser: string): Promise<Try>
  /**
   * Counts a request.
   * @throws {OAuthError} temporarily_unavailable with 429 and Retry-After when there were too many
   */
  spend(name: LimitName, request: Request, subject?: string): Promise<void>
  /** Counts a failure, after the fact. */
  fail(name: LimitName, request: Request, subject?: string): Promise<void>
  /**
   * Refuses where this node knows of too many failures. Asks no store, so it costs what succeeds nothing; a node that has not seen a
   * failure learns of all of them with the first.
   * @throws {OAuthError} temporarily_unavailable with 429 and Retry-After
   */
  refuse(name: LimitName, request: Request, subject?: string): Promise<void>
}

export interface LimitsOptions {
  readonly store: Pick<Store, 'count' | 'uncount'>
  readonly secrets: Secrets
  readonly emit: Emit
  readonly now: () => Seconds
  readonly addresses: AddressSources
}

/** RFC 6585 §4. */
function tooMany(wait: Seconds): OAuthError {
  return new OAuthError('temporarily_unavailable', {
    description: `There were too many attempts. Try again in ${wait} seconds.`,
    reason: 'limited',
    status: 429,
    headers: { 'retry-after': String(wait) },
  })
}

export function createLimits({ store, secrets, emit, now, addresses }: LimitsOptions): Limits {
  const toKeys = createKeys(secrets, addresses)
  // One for each limit, since an event names it.
  const counters = createCountersByName((name) =>
    createCounters({ store, now, onReached: ({ network }) => emit('limit.reached', { limit: name, network }) }),
  )

  const attempt = async (name: LimitName, keys: readonly Key[]): Promise<Try> => {
    const mine = counters(name)
    const refused = mine.waitFor(keys)
    // What is refused anyway is not written down: a flood costs the store nothing.
    if (refused !== undefined) return { wait: refused, isSlow: false, succeed: async () => undefined }
    const exceeded = (await mine.count(keys)).filter(({ count, most }) => count > most)
    const waits = exceeded.flatMap(({ kind, resetsAt }) => (kind === 'hard' ? [resetsAt - now()] : []))
    return {
      wait: waits.length > 0 ? Math.max(...waits) : undefined,
      isSlow: exceeded.some(({ kind }) => kind === 'slow'),
      succeed: () => mine.uncount(keys),
    }
  }

  return {
    begin: async (name, request, subject) => attempt(name, await toKeys(name, request, subject)),
    async beginKnown(name, browser) {
      const { each } = limitRow(name)
      const key = `${name}:browser:${await digestSubject(secrets, browser)}`
      return attempt(name, each ? [{ ...each, key, kind: 'hard', network: undefined }] : [])
    },
    async spend(name, request, subject) {
      const { wait } = await attempt(name, await toKeys(name, request, subject))
      if (wait !== undefined) throw tooMany(wait)
    },
    async fail(name, request, subject) {
      await counters(name).count(await toKeys(name, request, subject))
    },
    async refuse(name, request, subject) {
      if (counters(name).isEmpty()) return
      const wait = counters(name).waitFor(await toKeys(name, request, subject))
      if (wait !== undefined) throw tooMany(wait)
    },
  }
}

function createCountersByName(create: (name: LimitName) => Counters): (name: LimitName) => Counters {
  const known = new Map<LimitName, Counters>()
  return (name) => {
    const counters = known.get(name) ?? create(name)
    known.set(name, counters)
    return counters
  }
}

/** Names and accounts reach the store as digests. */
async function digestSubject(secrets: Secrets, subject: string): Promise<string> {
  const mac = await secrets.mac('limits', new TextEncoder().encode(subject))
  return encodeBase64url((mac ?? new Uint8Array()).subarray(0, 16))
}

type ToKeys = (name: LimitName, request: Request, subject: string | undefined) => Promise<readonly Key[]>

/** All counters that one request is about. */
function createKeys(secrets: Secrets, addresses: AddressSources): ToKeys {
  return async (name, request, subject) => {
    const row = limitRow(name)
    const address = findClientAddress(request, addresses)
    const networks = address === undefined ? [] : networksOf(address)
    const about = subject === undefined ? undefined : await digestSubject(secrets, subject)
    const perNetwork = (limit: Limit | undefined, of: string): readonly Key[] =>
      networks.flatMap(({ name: network, share }) =>
        limit
          ? [{ key: `${name}:${of}:${network}`, most: limit.most * share, window: limit.window, kind: 'hard', network }]
          : [],
      )
    const alone = (limit: Limit | undefined, kind: Key['kind']): readonly Key[] =>
      limit && about !== undefined ? [{ ...limit, key: `${name}:${about}:${kind}`, kind, network: undefined }] : []
    return [
      ...(about === undefined ? [] : perNetwork(row.each, about)),
      ...perNetwork(row.network, ''),
      ...alone(row.subject, 'hard'),
      ...alone(row.slow, 'slow'),
    ]
  }
}
