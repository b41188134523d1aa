import { isPlain } from '../claims/freeze.js'
import { refuseTimes } from '../claims/times.js'
import { copyText } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'
import { chain } from '../jwt/awaitable.js'
import type { Accept, Accepted } from './check.js'
import type { RegisteredClaims } from './claims.js'

/** Holds what is known of verified tokens, by the whole token. */
interface TokenStore<Entry> {
  get(token: string): Entry | undefined
  set(token: string, entry: Entry): void
  delete(token: string): void
  /** Tokens held. */
  readonly size: number
  /** What they take, roughly. */
  readonly bytes: number
}

/** What a verifier remembers verified tokens with: see {@link tokenCache}. */
export interface TokenCache {
  readonly '~scopewise': 'token-cache'
  /** Spares one verifier the work it has done before. No two share anything: what is good for one audience is not for another. */
  remember<S extends string, C>(accept: Accept<S, C>, clock: Clock): Accept<S, C>
}

interface Clock {
  /** Epoch seconds. */
  readonly now: () => number
  /** Seconds. */
  readonly clockTolerance: number
}

/** The bounds of a cache. Whichever is reached first, the tokens used least recently go. */
export interface TokenCacheOptions {
  /** Tokens. @default 10_000 */
  readonly max?: number | undefined
  /** Bytes, reckoned from the length of the tokens. @default 33_554_432, 32 MiB */
  readonly maxBytes?: number | undefined
}

/** What an entry takes beside a multiple of its token: objects, claims, its place in the map. */
const BYTES_PER_ENTRY = 1000
/** The token itself, and the claims that were read from it. */
const BYTES_PER_CHARACTER = 3

/**
 * Lets a verifier remember the tokens it has accepted, for {@link VerifierOptions.cache}. A token is found by all of its
 * characters. Only signature and schema are spared: on every hit the times, the key and the revocation hook are asked
 * again, and what belongs to the request (scheme, proof, certificate, demanded scope) is never remembered.
 * @throws {TypeError} when a bound is not a whole number of at least 2
 */
export function tokenCache({ max = 10_000, maxBytes = 33_554_432 }: TokenCacheOptions = {}): TokenCache {
  for (const [name, value] of Object.entries({ max, maxBytes }))
    if (!(Number.isSafeInteger(value) && value > 1))
      throw new TypeError(`tokenCache needs ${name} to be a whole number from 2.`)
  return Object.freeze({
    '~scopewise': 'token-cache' as const,
    remember: <S extends string, C>(accept: Accept<S, C>, clock: Clock) =>
      acceptOnce(accept, clock, createTokenStore<Accepted<S, C>>(max, maxBytes)),
  })
}

/** Asks again what can have changed since a token was accepted; all else is as it was, because all of the token is. */
export function acceptOnce<S extends string, C>(
  accept: Accept<S, C>,
  { now, clockTolerance }: Clock,
  store: TokenStore<Accepted<S, C>>,
): Accept<S, C> {
  const acceptAnew: Accept<S, C> = (jwt, access) =>
    chain(accept(jwt, access), (accepted) => {
      if (isConstant(accepted.verified.claims)) store.set(copyText(jwt), accepted)
      return accepted
    })
  return (jwt, access) => {
    // Plain JavaScript may pass anything.
    const known = typeof jwt === 'string' ? store.get(jwt) : undefined
    if (!known) return acceptAnew(jwt, access)
    return chain(access.findKey(known.keys, known.header), (key) => {
      if (key !== known.key) {
        store.delete(jwt)
        return acceptAnew(jwt, access)
      }
      // The registered claims win over C: see createVerified.
      const refusal = refuseTimes(known.verified.claims as RegisteredClaims, now(), clockTolerance)
      if (!refusal) return known
      store.delete(jwt)
      throw new TokenError(refusal)
    })
  }
}

/**
 * Whether one result may be handed to many: whether there is nothing in the claims that freezing does not make constant,
 * such as a Date, a Map, an instance of a class, a function or an accessor.
 */
function isConstant(value: unknown, seen = new Set<unknown>()): boolean {
  if (typeof value === 'function') return false
  if (typeof value !== 'object' || value === null || seen.has(value)) return true
  if (!isPlain(value) || !Object.isFrozen(value)) return false
  seen.add(value)
  const members = Object.values(Object.getOwnPropertyDescriptors(value))
  return members.every((member) => !('get' in member) && isConstant(member.value, seen))
}

interface Held<Entry> {
  readonly token: string
  readonly entry: Entry
}

/** Characters: 190 bits of a signature, which no two tokens share but on purpose. */
const TAIL_LENGTH = 32

/**
 * What a token is looked up by, as others are by a hash: reading all of its characters, which a Map does, would take
 * longer than all else about a hit. Whether it is the token is told by all of it.
 */
function tailOf(token: string): string {
  return token.slice(-TAIL_LENGTH)
}

/**
 * Two generations, each within half of the bounds. A hit moves a token to the young one; when that is full it becomes the
 * old one, and what was old and not used since is gone. It takes no list of uses, and one look in most cases.
 */
export function createTokenStore<Entry>(maxTokens: number, maxAllBytes: number): TokenStore<Entry> {
  const max = Math.floor(maxTokens / 2)
  const maxBytes = maxAllBytes / 2
  let young = createGeneration<Entry>()
  let old = createGeneration<Entry>()

  function add(token: string, entry: Entry): void {
    const bytes = bytesOf(token)
    if (bytes > maxBytes) return
    if (young.size() >= max || young.bytes() + bytes > maxBytes) {
      old = young
      young = createGeneration()
    }
    young.put({ token, entry })
  }
  function remove(token: string): void {
    young.remove(token)
    old.remove(token)
  }

  return {
    get(token) {
      const held = young.find(token)
      if (held) return held.entry
      const aged = old.find(token)
      if (!aged) return undefined
      remove(token)
      add(token, aged.entry)
      return aged.entry
    },
    set(token, entry) {
      remove(token)
      add(token, entry)
    },
    delete: remove,
    get size() {
      return young.size() + old.size()
    },
    get bytes() {
      return young.bytes() + old.bytes()
    },
  }
}

/** Tokens, of those with one tail the last that was put. */
function createGeneration<Entry>() {
  const byTail = new Map<string, Held<Entry>>()
  let bytes = 0

  function find(token: string): Held<Entry> | undefined {
    const held = byTail.get(tailOf(token))
    return held?.token === token ? held : undefined
  }
  return {
    find,
    put(held: Held<Entry>): void {
      const tail = tailOf(held.token)
      const displaced = byTail.get(tail)
      if (displaced) bytes -= bytesOf(displaced.token)
      byTail.set(tail, held)
      bytes += bytesOf(held.token)
    },
    remove(token: string): void {
      if (!find(token)) return
      byTail.delete(tailOf(token))
      bytes -= bytesOf(token)
    },
    size: () => byTail.size,
    bytes: () => bytes,
  }
}

function bytesOf(token: string): number {
  return token.length * BYTES_PER_CHARACTER + BYTES_PER_ENTRY
}
