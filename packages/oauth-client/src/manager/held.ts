import type { Tokens } from '../token-endpoint/tokens.js'

/** Tokens, and when to ask for the next ones. */
export interface Held<S extends string> {
  readonly tokens: Tokens<S>
  /** Epoch seconds; Infinity when the server did not say how long they live. */
  readonly renewAt: number
}

/** Tokens are renewed in the last tenth of their life, at most this many seconds early. */
const EARLY = 60

/** After an early renewal failed, the tokens serve on for this many seconds before the next attempt. */
const RETRY = 10

/**
 * Decides when to renew: up to `EARLY` seconds early, half of that drawn by lot, so that a fleet that started together does
 * not come back together. Pure.
 *
 * @param random between 0 and 1
 */
export function hold<S extends string>(tokens: Tokens<S>, random: number): Held<S> {
  const { expiresAt, obtainedAt } = tokens
  if (expiresAt === undefined) return { tokens, renewAt: Number.POSITIVE_INFINITY }
  const early = Math.min(EARLY, (expiresAt - obtainedAt) / 10)
  return { tokens, renewAt: expiresAt - (early * (1 + random)) / 2 }
}

/** Whether tokens serve as they are, serve but should be renewed, or are over. Pure. */
export function freshness(held: Held<string>, now: number): 'fresh' | 'due' | 'expired' {
  if (held.tokens.expiresAt !== undefined && now >= held.tokens.expiresAt) return 'expired'
  return now >= held.renewAt ? 'due' : 'fresh'
}

/** Puts the next attempt off. Pure. */
export function postpone<S extends string>(held: Held<S>, now: number): Held<S> {
  return { ...held, renewAt: now + RETRY }
}
