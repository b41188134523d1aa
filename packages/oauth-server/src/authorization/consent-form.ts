import { encodeBase64url } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import { equalDigests } from '../crypto/compare.js'
import { type Parameters, single } from '../http/parameters.js'
import type { Session } from '../storage/store.js'
import type { Interaction } from './interaction.js'

/** Hidden fields that tie a consent form to this interaction, this session, and what was shown. OAuth 2.1 §7.10. */
export async function consentFields(
  context: Context,
  sealed: string,
  interaction: Interaction,
  session: Session,
  shown: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const scope = shown.join(' ')
  return { state: sealed, shown: scope, ticket: await ticketFor(context, interaction, session, scope) }
}

/** What the consent page had shown, or undefined when the form was not made for this interaction and this session. */
export async function readConsentForm(
  context: Context,
  form: Parameters,
  interaction: Interaction,
  session: Session,
): Promise<readonly string[] | undefined> {
  const scope = single(form, 'shown') ?? ''
  const expected = await ticketFor(context, interaction, session, scope)
  return equalDigests(single(form, 'ticket') ?? '', expected)
    ? scope.split(' ').filter((value) => value !== '')
    : undefined
}

async function ticketFor(
  { secrets }: Context,
  interaction: Interaction,
  session: Session,
  scope: string,
): Promise<string> {
  const message = new TextEncoder().encode(JSON.stringify([interaction.id, interaction.attempt, session.hash, scope]))
  // Current secret only: a form from before a rotation is asked again.
  return encodeBase64url((await secrets.mac('consent-form', message)) ?? crypto.getRandomValues(new Uint8Array(32)))
}
