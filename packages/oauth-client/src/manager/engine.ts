import type { OAuthClient, TokenNeed } from '../client.js'
import { isOAuthClientError } from '../errors.js'
import type { OidcScope, Tokens } from '../token-endpoint/tokens.js'
import { createGrant, type Grant, keep, keyOf, WHOLE } from './grant.js'
import { freshness, hold, postpone } from './held.js'
import type { TokenSource } from './source.js'
import { waitFor } from './wait.js'

/** One call's wish. */
export interface TokenWish<S extends string = string> extends TokenNeed<S> {
  /** An access token that an API has just refused: it is not given out again. */
  readonly refused?: string | undefined
  /** Ends the waiting of this caller. A request that is under way goes on, for the others and for the grant. */
  readonly signal?: AbortSignal | undefined
}

/** What happened to the tokens. */
export interface TokenChange<S extends string = string> {
  readonly type: 'adopted' | 'renewed' | 'lost' | 'cleared'
  /** The tokens of the whole grant, with the newest refresh token: what to persist. */
  readonly tokens: Tokens<S> | undefined
}

export type TokenListener<S extends string> = (change: TokenChange<S>) => void

/** The state of one manager and what it works with. */
export interface Engine<S extends string> {
  readonly client: OAuthClient<S>
  readonly source: TokenSource<S>
  readonly random: () => number
  /** What a caller without a wish gets. */
  readonly standard: TokenNeed<S>
  readonly listeners: Set<TokenListener<S | OidcScope>>
  grant: Grant<S | OidcScope>
}

export function wholeOf<S extends string>({ grant }: Engine<S>): Tokens<S | OidcScope> | undefined {
  return grant.held.get(WHOLE)?.tokens
}

/** Puts another grant in the place of the present one. */
export function replaceGrant<S extends string>(
  engine: Engine<S>,
  next: Grant<S | OidcScope>,
  type: TokenChange['type'],
): void {
  engine.grant = next
  tell(engine, type)
}

function tell<S extends string>(engine: Engine<S>, type: TokenChange['type']): void {
  for (const listener of engine.listeners) {
    try {
      listener({ type, tokens: wholeOf(engine) })
    } catch (error) {
      // As platforms do with event listeners: the error is reported, and harms neither the tokens nor the other listeners.
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** Gives tokens that fit the wish: those at hand, or those that a request brings, one for all who wish the same. */
export async function getTokens<S extends string>(
  engine: Engine<S>,
  { refused, signal, ...wish }: TokenWish<S>,
): Promise<Tokens<S | OidcScope>> {
  for (;;) {
    signal?.throwIfAborted()
    const { client, standard, grant } = engine
    if (grant.lost) throw grant.lost
    const need = { scope: wish.scope ?? standard.scope, resource: wish.resource ?? standard.resource }
    const key = keyOf(wish, wholeOf(engine), standard.resource ?? client.resource)
    const held = grant.held.get(key)
    const state = held && held.tokens.accessToken !== refused ? freshness(held, client.now()) : 'expired'
    if (held && state === 'fresh') return held.tokens
    try {
      const tokens = await waitFor(grant.flights.get(key) ?? takeOff(engine, key, need), signal)
      if (tokens) return tokens
    } catch (error) {
      if (!held || state !== 'due' || !servesOn(error)) throw error
      // Renewing early is a courtesy: until they expire the tokens serve on.
      grant.held.set(key, postpone(held, client.now()))
      return held.tokens
    }
    // The grant was replaced while we waited: look again.
  }
}

/** Whether a failed early renewal says nothing against the tokens: the server is away, or there is nothing to renew with. */
function servesOn(error: unknown): boolean {
  return isOAuthClientError(error) && (error.isRetryable || error.code === 'login_required')
}

function takeOff<S extends string>(
  engine: Engine<S>,
  key: string,
  need: TokenNeed<S>,
): Promise<Tokens<S | OidcScope> | undefined> {
  const { flights } = engine.grant
  const flight = renew(engine, engine.grant, key, need).finally(() => flights.delete(key))
  flights.set(key, flight)
  return flight
}

/** Asks the source and keeps what it brings; undefined when `grant` was replaced meanwhile, so that nothing older is ever adopted. */
async function renew<S extends string>(
  engine: Engine<S>,
  grant: Grant<S | OidcScope>,
  key: string,
  need: TokenNeed<S>,
): Promise<Tokens<S | OidcScope> | undefined> {
  const isCurrent = () => engine.grant === grant
  // What is held is read when the turn comes: the one before may have brought another refresh token.
  const ask = async () => (isCurrent() ? engine.source(engine.client, grant.held.get(WHOLE)?.tokens, need) : undefined)
  try {
    const isShared = grant.held.get(WHOLE)?.tokens.refreshToken !== undefined
    const tokens = await (isShared ? inTurn(grant, ask) : ask())
    if (!tokens || !isCurrent()) return undefined
    const kept = keep(grant, key, hold(tokens, engine.random()), engine.client.now())
    tell(engine, 'renewed')
    return kept
  } catch (error) {
    if (!isCurrent()) return undefined
    if (isOAuthClientError(error) && error.code === 'grant_lost') {
      replaceGrant(engine, { ...createGrant(), lost: error }, 'lost')
    }
    throw error
  }
}

function inTurn<T>(grant: Grant<string>, work: () => Promise<T>): Promise<T> {
  const turn = grant.turn.then(work)
  grant.turn = turn.catch(() => undefined)
  return turn
}
