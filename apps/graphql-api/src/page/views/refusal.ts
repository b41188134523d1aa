import type { Actions } from '../actions.js'
import type { Account } from '../auth.js'
import { button, chips, make } from '../dom.js'
import type { Refusal } from '../outcome.js'
import type { State } from '../store.js'

/** What a refused operation lacked, and the one button that gets it. */
export function refusalPanel(refusal: Refusal, { account, notGranted }: State, actions: Actions): HTMLElement {
  return make(
    'section',
    { class: 'refusal', 'aria-labelledby': 'refusal-heading' },
    make('h3', { id: 'refusal-heading' }, heading(refusal, account)),
    facts(refusal, account),
    ...wayOut(refusal, account, notGranted, actions),
  )
}

function heading({ reason }: Refusal, account: Account | undefined): string {
  if (reason === 'rule') return 'A rule of the API said no'
  if (reason === 'scope') return 'What was missing'
  return account ? 'Your token is no longer good' : 'This needs a token'
}

function facts({ elements, alternatives, missing }: Refusal, account: Account | undefined): HTMLElement {
  const row = (term: string, ...content: (Node | string)[]) => [make('dt', {}, term), make('dd', {}, ...content)]
  const asked = alternatives.map((alternative) => alternative.join(' and ')).join(', or ')
  return make(
    'dl',
    {},
    ...(elements.length > 0 ? row('Refused at', make('code', {}, elements.join(', '))) : []),
    ...(asked === '' ? [] : row('Asks for', make('b', {}, asked))),
    ...row('Your token has', account ? chips(account.scope) : 'You have no token.'),
    ...(missing.length > 0 ? row('Missing', chips(missing, 'missing')) : []),
  )
}

function wayOut(
  { reason, missing }: Refusal,
  account: Account | undefined,
  notGranted: readonly string[],
  actions: Actions,
): HTMLElement[] {
  const only = (label: string, press: () => void) => [
    make('div', { class: 'actions' }, button(label, press, { class: 'primary' })),
  ]
  const scopes = missing.join(' and ')
  if (reason === 'rule')
    return [make('p', {}, 'More scopes would not help: it is about what you asked to do, and with whose note.')]
  if (!account) return only(missing.length === 0 ? 'Sign in' : `Sign in with ${scopes}`, () => actions.stepUp(missing))
  if (reason === 'token') return only('Get a new token', actions.renew)
  const stuck = missing.filter((value) => notGranted.includes(value))
  if (stuck.length === 0) return only(`Ask for ${scopes}`, () => actions.stepUp(missing))
  return [
    make('p', {}, make('b', {}, account.name), ` can’t allow ${stuck.join(' or ')}. Somebody else may.`),
    ...only('Sign in as somebody else', () => actions.switchAccount(missing)),
  ]
}
