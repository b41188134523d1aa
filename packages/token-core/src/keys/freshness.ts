import type { KeySet } from './key-set.js'

/** What is remembered of a remote key set. Instants are epoch seconds. */
export interface RemoteState {
  readonly set: KeySet | undefined
  readonly fetchedAt: number
  readonly attemptedAt: number
  readonly failed: boolean
}

/** Seconds. */
export interface Timetable {
  readonly maxAge: number
  readonly cooldown: number
}

/** A first fetch that failed is tried again sooner: nothing can be verified until it succeeds. */
const FIRST_RETRY = 5
/** How long keys serve while their endpoint is down. A key that its issuer withdrew must not live on for ever. */
const MAX_STALE = 86_400

export const initialState: RemoteState = {
  set: undefined,
  fetchedAt: Number.NEGATIVE_INFINITY,
  attemptedAt: Number.NEGATIVE_INFINITY,
  failed: false,
}

/** Whether the set at hand may answer at all. Pure. */
export function isUsable(state: RemoteState, now: number): boolean {
  return state.set !== undefined && now - state.fetchedAt < MAX_STALE
}

/** Whether the set is due for a fetch, whatever is looked for. Pure. */
export function isDue(state: RemoteState, timetable: Timetable, now: number): boolean {
  return now - state.fetchedAt >= timetable.maxAge && mayFetch(state, timetable, now)
}

/** Whether another fetch is allowed: forged ids must not become requests. Pure. */
export function mayFetch(state: RemoteState, timetable: Timetable, now: number): boolean {
  return secondsUntilFetch(state, timetable, now) <= 0
}

/** How long the next fetch has to wait. Pure. */
export function secondsUntilFetch(state: RemoteState, { cooldown }: Timetable, now: number): number {
  const pause = isUsable(state, now) ? cooldown : Math.min(cooldown, FIRST_RETRY)
  return Math.max(0, state.attemptedAt + pause - now)
}
