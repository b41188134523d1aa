import { encodeBase64url } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import { equalDigests } from '../crypto/compare.js'
import { type Parameters, single } from '../http/parameters.js'
import type { Session } from '../storage/store.js'

/** Hidden fields that tie a form to this session, to what it is about, and to the scope that was shown. OAuth 2.1 §7.10. */
export async function ticketFields(
  context: Context,
  session: Session,
  about: readonly string[],
  shown: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const scope = shown.join(' ')
  return { shown: scope, ticket: await ticketFor(context, session, about, scope) }
}

/** What the page had shown, or undefined when the form was not made for this session and for this. */
export async function readTicket(
  context: Context,
  form: Parameters,
  session: Session,
  about: readonly string[],
): Promise<readonly string[] | undefined> {
  const scope = single(form, 'shown') ?? ''
  const expected = await ticketFor(context, session, about, scope)
  if (!equalDigests(single(form, 'ticket') ?? '', expected)) return undefined
  return scope.split(' ').filter((value) => value !== '')
}

async function ticketFor(
  { secrets }: Context,
  session: Session,
  about: readonly string[],
  scope: string,
): Promise<string> {
  const message = new TextEncoder().encode(JSON.stringify([session.hash, about, scope]))
  // Current secret only: a form from before a rotation is asked again.
  return encodeBase64url((await secrets.mac('form-ticket', message)) ?? crypto.getRandomValues(new Uint8Array(32)))
}
