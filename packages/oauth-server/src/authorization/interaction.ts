import { randomToken } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import type { OneTimeKey } from '../storage/store.js'
import type { Seconds } from '../time.js'
import type { Attempt } from './decide.js'
import type { AuthorizationRequest } from './request.js'
import { openState, sealState, type Unopened } from './sealed-state.js'
import { readRequest, reopenRequest, writeRequest } from './stored-request.js'

/** A pause of an authorization request for a login or a consent. Holds the request only: never who is signed in. */
export interface Interaction extends Attempt {
  /** Burnt by the step that completes it. */
  readonly id: string
  readonly startedAt: Seconds
  readonly expiresAt: Seconds
  readonly request: AuthorizationRequest
  /** Where the request is kept, when it does not travel in the sealed state; burnt with the interaction. */
  readonly pushed: OneTimeKey | undefined
}

export function createInteraction(
  { config, now }: Context,
  request: AuthorizationRequest,
  pushed: OneTimeKey | undefined,
): Interaction {
  const at = now()
  return {
    id: randomToken(16),
    attempt: randomToken(12),
    switching: false,
    startedAt: at,
    expiresAt: at + config.lifetimes.interaction,
    request,
    pushed,
  }
}

/** The same interaction, in which the user now wants another account: a login made so far no longer counts. */
export function switchAccount(interaction: Interaction, now: Seconds): Interaction {
  return { ...interaction, attempt: randomToken(12), switching: true, startedAt: now }
}

/** Seals an interaction for the one browser with this binding; undefined when the request is too large to travel in a URL. */
export async function sealInteraction(
  context: Context,
  interaction: Interaction,
  binding: string,
): Promise<string | undefined> {
  const { id, attempt, switching, startedAt, expiresAt, request, pushed } = interaction
  const subject = pushed ? [pushed.id] : writeRequest(request)
  const plain = JSON.stringify([id, attempt, switching ? 1 : 0, startedAt, ...subject])
  return sealState(context, 'interaction', { plain, expiresAt, binding })
}

/** Opens what {@link sealInteraction} made, in the same browser and in time. */
export async function openInteraction(
  context: Context,
  text: string,
  binding: string,
): Promise<Interaction | Unopened> {
  const opened = await openState(context, 'interaction', text, binding)
  if (typeof opened === 'string') return opened
  const { plain, expiresAt } = opened
  // Authenticated encryption under a purpose of its own: only sealInteraction can have written this.
  const [id, attempt, switching, startedAt, ...values] = JSON.parse(plain) as [
    string,
    string,
    0 | 1,
    number,
    ...unknown[],
  ]
  const begun = { id, attempt, switching: switching === 1, startedAt, expiresAt }
  const [reference] = values
  if (values.length > 1 || typeof reference !== 'string')
    return { ...begun, request: readRequest(values), pushed: undefined }
  const kept = await reopenRequest(context, reference)
  return kept ? { ...begun, request: kept.request, pushed: kept.key } : 'expired'
}
