import { digest, randomToken } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import type { OneTimeKey, Session } from '../storage/store.js'
import { createGrant } from './create-grant.js'
import type { Interaction } from './interaction.js'
import type { AuthorizationRequest } from './request.js'
import { BURNT_MARGIN } from './stored-request.js'

export interface Completion {
  readonly request: AuthorizationRequest
  readonly session: Session
  readonly scope: readonly string[]
  /** Burnt by this; undefined when nobody had to be asked. */
  readonly interaction: Interaction | undefined
  /** Where the request was kept; burnt by this too. RFC 9126 §4 */
  readonly pushed: OneTimeKey | undefined
  /** Whether the user has just allowed it: then it is remembered. */
  readonly consented: boolean
}

/** Stores grant, code and consent, burns the interaction in the same step, and gives the code to send. Undefined when it was completed before. OAuth 2.1 §4.1.2. */
export async function completeAuthorization(
  context: Context,
  { request, session, scope, interaction, pushed, consented }: Completion,
): Promise<string | undefined> {
  const { config, store, emit } = context
  const now = context.now()
  const code = randomToken()
  const expiresAt = now + config.lifetimes.authorizationCode
  const { clientId } = request
  const { subject } = session
  const grant = createGrant(context, { clientId, session, scope, resources: request.resources, expiresAt }, now)
  const outcome = await store.putAuthorization(
    {
      interaction: interaction && { id: interaction.id, expiresAt: interaction.expiresAt + BURNT_MARGIN },
      pushedRequest: pushed,
      consent: consented ? { subject, clientId, scope } : undefined,
      grant,
      code: {
        hash: await digest(code),
        grantId: grant.id,
        redirectUri: request.redirectUri,
        codeChallenge: request.codeChallenge,
        nonce: request.nonce,
        jkt: request.dpopJkt,
        expiresAt,
        redeemedAt: undefined,
      },
    },
    now,
  )
  if (outcome === 'replayed') return undefined
  if (consented) emit('consent.granted', { clientId, subject, scope })
  emit('authorization.granted', { grantId: grant.id, clientId, subject, scope })
  return code
}
