import { randomToken } from '@scopewise/token-core/encoding'
import type { DeviceDoneView, Errand } from '../config/pages.js'
import type { Context } from '../context.js'
import type { Seconds } from '../time.js'
import type { Attempt } from './decide.js'
import { openState, sealState, type Unopened } from './sealed-state.js'

/** What somebody does here by themselves, without an authorization request. Holds no subject and no session. */
export interface ErrandState extends Attempt {
  readonly errand: Errand
  readonly startedAt: Seconds
  readonly expiresAt: Seconds
  /** The code that was typed, normalised. RFC 8628 §3.3 */
  readonly userCode: string | undefined
  readonly uiLocales: string | undefined
  /** What was answered about the device; it is shown by a page of its own, so that a reload never answers twice. */
  readonly answered: { readonly clientName: string; readonly decision: DeviceDoneView['decision'] } | undefined
}

export function createErrand({ config, now }: Context, errand: Errand, uiLocales: string | undefined): ErrandState {
  const startedAt = now()
  const expiresAt = startedAt + config.lifetimes.interaction
  return {
    errand,
    attempt: randomToken(12),
    switching: false,
    startedAt,
    expiresAt,
    userCode: undefined,
    uiLocales: uiLocales?.slice(0, 100),
    answered: undefined,
  }
}

/** The same errand for another account: a login made so far no longer counts. */
export function switchErrand(state: ErrandState, now: Seconds): ErrandState {
  return { ...state, attempt: randomToken(12), switching: true, startedAt: now }
}

/** Seals an errand for the one browser with this binding. */
export async function sealErrand(context: Context, state: ErrandState, binding: string): Promise<string> {
  const { expiresAt, ...rest } = state
  const plain = JSON.stringify(rest)
  const sealed = await sealState(context, 'errand', { plain, expiresAt, binding })
  if (sealed === undefined) throw new TypeError('an errand has no part that could grow')
  return sealed
}

/** Opens what {@link sealErrand} made for this errand, in the same browser and in time. */
export async function openErrand(
  context: Context,
  errand: Errand,
  text: string,
  binding: string,
): Promise<ErrandState | Unopened> {
  const opened = await openState(context, 'errand', text, binding)
  if (typeof opened === 'string') return opened
  // Authenticated encryption under a purpose of its own: only sealErrand can have written this.
  const state = JSON.parse(opened.plain) as Omit<ErrandState, 'expiresAt'>
  return state.errand === errand ? { ...state, expiresAt: opened.expiresAt } : 'other_browser'
}
