import type { KeySet } from './key-set.js'

/** What is remembered of a remote key set. Instants are epoch seconds. */
export interface RemoteState {
  readonly set?: KeySet | undefined
  readonly etag?: string | undefined
  /** From here on the set is fetched again in the background, before its time is up. */
  readonly refreshAt: number
  readonly freshUntil: number
  readonly attemptedAt: number
  /** No attempt before this instant: the back-off after a failure. */
  readonly retryAt: number
  /** Attempts in a row that failed, and why the last one did. */
  readonly failures: number
  readonly failure?: unknown
}

/** Seconds. */
export interface Policy {
  readonly maxAge: number
  readonly minAge: number
  readonly staleIfError: number
  readonly cooldown: number
}

/** The part of its time after which a set is fetched again; jitter takes up to a tenth more off, so that a fleet does not fetch in step. */
const REFRESH_AHEAD = 0.8
/** Seconds before the first retry; each failure doubles it. */
const FIRST_RETRY = 1
const LAST_RETRY = 60

export const initialState: RemoteState = { refreshAt: 0, freshUntil: 0, attemptedAt: 0, retryAt: 0, failures: 0 }

/** Whether the set at hand may answer at all. Pure. */
export function isUsable({ set, freshUntil }: RemoteState, { staleIfError }: Policy, now: number): boolean {
  return set !== undefined && now < freshUntil + staleIfError
}

/**
 * What somebody who needs a key does now. Pure.
 * `serve`: takes it from the set at hand; `refresh`: takes it, and starts a fetch that nobody waits for;
 * `wait`: fetches first; `refuse`: there is nothing to take, and the back-off has not passed.
 */
export function nextStep(state: RemoteState, policy: Policy, now: number): 'serve' | 'refresh' | 'wait' | 'refuse' {
  // A clock that was set back proves nothing about the age of the set.
  const mayAttempt = now >= state.retryAt || now < state.attemptedAt
  if (!isUsable(state, policy, now)) return mayAttempt ? 'wait' : 'refuse'
  if (!mayAttempt || (now < state.refreshAt && now >= state.attemptedAt)) return 'serve'
  // After a failure nobody waits any more: the endpoint may be one that hangs.
  return now < state.freshUntil || state.failures > 0 ? 'refresh' : 'wait'
}

/** Whether a key that the set does not hold may cause a fetch: forged ids must not become requests. Pure. */
export function mayLookFurther({ attemptedAt, retryAt }: RemoteState, { cooldown }: Policy, now: number): boolean {
  return now >= attemptedAt + cooldown && now >= retryAt
}

/** What a fetch brought. `maxAge` is what is left of the time that the answer gave itself. */
export interface Fetched {
  readonly set: KeySet
  readonly etag: string | undefined
  readonly maxAge: number | undefined
}

/** The state after a fetch that brought keys. Pure. */
export function succeeded(fetched: Fetched, { minAge, maxAge }: Policy, now: number, random: number): RemoteState {
  const age = Math.max(minAge, Math.min(fetched.maxAge ?? maxAge, maxAge))
  return {
    set: fetched.set,
    etag: fetched.etag,
    refreshAt: now + age * (REFRESH_AHEAD - random / 10),
    freshUntil: now + age,
    attemptedAt: now,
    retryAt: 0,
    failures: 0,
  }
}

/** The state after a fetch that failed: the keys stay, and the next attempt waits twice as long, less up to half by jitter. Pure. */
export function failed(
  state: RemoteState,
  failure: unknown,
  { maxAge }: Policy,
  now: number,
  random: number,
): RemoteState {
  const pause = Math.min(FIRST_RETRY * 2 ** state.failures, LAST_RETRY)
  return {
    ...state,
    freshUntil: Math.min(state.freshUntil, now + maxAge),
    attemptedAt: now,
    retryAt: now + pause * (1 - random / 2),
    failures: state.failures + 1,
    failure,
  }
}
