import type { TokenNeed } from '../client/client.js'
import { isOAuthClientError } from '../errors.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { freshness, keyOf, WHOLE } from './record.js'
import { type Dismissed, renew } from './renew.js'
import type { Engine } from './state.js'
import { waitFor } from './wait.js'

/** One call's wish. */
export interface TokenWish<S extends string = string> extends TokenNeed<S> {
  /** An access token that an API has just refused: it is not given out again. */
  readonly refused?: string | undefined
  /** Ends the waiting of this caller. A request that is under way goes on, for the others and for the grant. */
  readonly signal?: AbortSignal | undefined
  /** Sends the refresh token although the answer to its last use was lost: a server that rotates may end the grant for it. */
  readonly unsafeResend?: boolean | undefined
}

/** After an early renewal failed, the tokens serve on for this many seconds before the next attempt. */
const RETRY = 10

/** Gives tokens that fit the wish: those at hand, or those that a request brings, one for all who wish the same. */
export async function getTokens<S extends string>(
  engine: Engine<S>,
  { refused, signal, unsafeResend = false, ...wish }: TokenWish<S>,
): Promise<Tokens> {
  const { client, standard, vault, postponed } = engine
  signal?.throwIfAborted()
  const { record } = vault.last ?? (await vault.read())
  signal?.throwIfAborted()
  const key = keyOf(wish, record?.held[WHOLE], standard.resource ?? client.resource)
  const held = record?.held[key]
  const state = held && held.accessToken !== refused ? freshness(held, client.now(), engine.lot) : 'expired'
  if (held && (state === 'fresh' || (state === 'due' && client.now() < (postponed.get(key) ?? 0)))) return held
  try {
    const flight = engine.flights.get(key) ?? takeOff(engine, key, { ...standard, ...wish }, { held, unsafeResend })
    return await waitFor(flight, signal)
  } catch (error) {
    if (!held || state !== 'due' || !servesOn(error)) throw error
    // Renewing early is a courtesy: until they expire the tokens serve on.
    postponed.set(key, client.now() + RETRY)
    return held
  }
}

/** Whether a failed early renewal says nothing against the tokens: the server is away, its answer was lost, or there is nothing to renew with. */
function servesOn(error: unknown): boolean {
  if (!isOAuthClientError(error)) return false
  const { code, isRetryable } = error
  return isRetryable || code === 'login_required' || (code === 'grant_lost' && error.error === undefined)
}

function takeOff<S extends string>(
  engine: Engine<S>,
  key: string,
  need: TokenNeed<S>,
  dismissed: Dismissed,
): Promise<Tokens> {
  const { flights, lock, lockKey } = engine
  const flight = lock(lockKey, () => renew(engine, key, need, dismissed)).finally(() => flights.delete(key))
  flights.set(key, flight)
  return flight
}
