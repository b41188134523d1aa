import type { Client } from '../config/client.js'
import type { LoginReason } from '../config/login.js'
import type { Context } from '../context.js'
import type { OAuthErrorCode } from '../errors.js'
import type { Session } from '../storage/store.js'
import { allowedScope } from '../tokens/allowed-scope.js'
import { decideConsent, demandLogin } from './decide.js'
import type { Interaction } from './interaction.js'
import type { AuthorizationRequest } from './request.js'
import { subjectDigest } from './subject-digest.js'

/** An authorization request on its way, in an interaction or not. */
export interface Flow {
  readonly client: Client
  readonly request: AuthorizationRequest
  readonly interaction: Interaction | undefined
}

/** What an authorization request needs next. */
export type NextStep =
  | { readonly step: 'login'; readonly reason: LoginReason }
  | {
      readonly step: 'consent'
      readonly session: Session
      readonly allowed: readonly string[]
      readonly refused: readonly string[]
      readonly remembered: ReadonlySet<string>
    }
  | { readonly step: 'issue'; readonly session: Session; readonly allowed: readonly string[] }
  | { readonly step: 'refuse'; readonly error: OAuthErrorCode; readonly description: string; readonly reason: string }

/** Reads what is known of the user and decides: sign in, ask, issue, or refuse. */
export async function nextStep(
  context: Context,
  { client, request, interaction }: Flow,
  session: Session | undefined,
): Promise<NextStep> {
  const { config, store, secrets } = context
  const known = session && {
    ...session,
    subjectDigest: request.hintDigest === undefined ? '' : await subjectDigest(secrets, session.subject),
  }
  const reason = demandLogin(request, known, interaction, { acrValues: config.acrValues, now: context.now() })
  if (reason !== undefined || !session) {
    if (!request.prompt.includes('none')) return { step: 'login', reason: reason ?? 'no_session' }
    return {
      step: 'refuse',
      error: 'login_required',
      description: 'The user has to sign in.',
      reason: reason ?? 'no_session',
    }
  }

  const { clientId } = client
  const allowed = await allowedScope(config, {
    subject: session.subject,
    clientId,
    requested: request.scope,
    resources: request.resources,
  })
  const refused = request.scope.filter((value) => !allowed.includes(value))
  const consent = await store.findConsent(session.subject, clientId)
  const remembered = config.token.scopes.closure(consent?.scope ?? [])
  const justSignedIn = interaction !== undefined && session.loginAttempt === interaction.attempt
  const decision = decideConsent({
    prompt: request.prompt,
    isAssured: isAssured(client),
    allowed,
    refused,
    remembered,
    justSignedIn,
  })
  switch (decision) {
    case 'issue':
      return { step: 'issue', session, allowed }
    case 'ask':
      return { step: 'consent', session, allowed, refused, remembered }
    case 'consent_required':
      return { step: 'refuse', error: 'consent_required', description: 'The user has to be asked.', reason: 'consent' }
    case 'access_denied':
      return {
        step: 'refuse',
        error: 'access_denied',
        description: 'The user may grant nothing of this.',
        reason: 'not_allowed',
      }
  }
}

/** Anybody on the device can claim to be a native client, and anybody at all to be one that described itself and has no secret. OAuth 2.1 §7.3.1 */
function isAssured({ type, source, authMethod }: Client): boolean {
  return type !== 'native' && (source === 'configured' || authMethod !== 'none')
}
