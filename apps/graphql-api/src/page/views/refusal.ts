import type { Actions } from '../actions.js'
import { button, chips, make } from '../dom.js'
import { missingOf, type Outcome, type Refusal } from '../outcome.js'
import type { State } from '../store.js'

/** What a refused operation lacked, and the one button that gets it. */
export function refusalPanel(
  outcome: Outcome & { kind: 'answer' },
  state: State,
  actions: Actions,
): HTMLElement | undefined {
  const { refusals, isSignInNeeded } = outcome
  if (refusals.length === 0 && !isSignInNeeded) return undefined
  const { account, notGranted } = state
  const missing = missingOf(refusals)
  const stuck = missing.filter((value) => notGranted.includes(value))
  return make(
    'section',
    { class: 'refusal', 'aria-labelledby': 'refusal-heading' },
    make('h3', { id: 'refusal-heading' }, account ? 'What was missing' : 'This needs a token'),
    make('ul', { class: 'demands' }, ...refusals.map(demand)),
    make(
      'dl',
      {},
      make('dt', {}, 'Your token has'),
      make('dd', {}, account ? chips(account.scope) : 'You have no token.'),
      ...(missing.length > 0 ? [make('dt', {}, 'Missing'), make('dd', {}, chips(missing, 'missing'))] : []),
    ),
    ...(stuck.length > 0 && account
      ? deadEnd(account.name, stuck, missing, actions)
      : [way(account !== undefined, missing, actions)]),
  )
}

function demand({ element, alternatives }: Refusal): HTMLElement {
  const words = alternatives.map((alternative) => alternative.join(' and '))
  const asks = words.filter((text) => text !== '').join(', or ')
  return make(
    'li',
    {},
    make('code', {}, element),
    asks === '' ? ' asks for a token' : ' asks for ',
    asks === '' ? undefined : make('b', {}, asks),
  )
}

function way(hasToken: boolean, missing: readonly string[], actions: Actions): HTMLElement {
  const verb = hasToken ? 'Ask for' : 'Sign in with'
  const label = missing.length === 0 ? 'Sign in' : `${verb} ${missing.join(' and ')}`
  return make(
    'div',
    { class: 'actions' },
    button(label, () => actions.stepUp(missing), { class: 'primary' }),
  )
}

function deadEnd(name: string, stuck: readonly string[], missing: readonly string[], actions: Actions): HTMLElement[] {
  return [
    make('p', {}, make('b', {}, name), ` can’t allow ${stuck.join(' or ')}. Somebody else may.`),
    make(
      'div',
      { class: 'actions' },
      button('Sign in as somebody else', () => actions.switchAccount(missing), { class: 'primary' }),
    ),
  ]
}
