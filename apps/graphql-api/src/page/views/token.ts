import type { Actions } from '../actions.js'
import { button, chips, find, make } from '../dom.js'
import type { State, View } from '../store.js'

/** Who is signed in, and what the token may do. */
export function tokenView(actions: () => Actions): View {
  const place = find('token', HTMLElement)
  return {
    reads: ['phase', 'account', 'demoUsers'],
    show: (state) => place.replaceChildren(...content(state, actions)),
  }
}

function content({ phase, account, demoUsers }: State, actions: () => Actions): Node[] {
  if (phase !== 'ready') return [make('p', { class: 'quiet' }, 'One moment …')]
  if (!account) {
    return [
      make(
        'div',
        {},
        make('h2', {}, 'You are not signed in'),
        make('p', { class: 'quiet' }, 'Without a token the API answers only what is public.'),
        ...demoLine(demoUsers),
      ),
      make(
        'div',
        { class: 'actions' },
        button('Sign in', () => actions().signIn(), { class: 'primary' }),
      ),
    ]
  }
  return [
    make(
      'div',
      {},
      make('h2', {}, account.name),
      make('p', { class: 'quiet' }, 'Your token may'),
      chips(account.scope),
    ),
    make(
      'div',
      { class: 'actions' },
      button('Switch account', () => actions().switchAccount()),
      button('Sign out', () => actions().signOut()),
    ),
  ]
}

/** The demo says who may come in, where it is needed. */
function demoLine(users: State['demoUsers']): Node[] {
  if (users.length === 0) return []
  const accounts = users.flatMap(({ username, password }, index) => [
    index === 0 ? 'Try it as ' : ' or ',
    make('code', {}, username),
    ' with the password ',
    make('code', {}, password),
  ])
  return [make('p', { class: 'quiet' }, ...accounts, '.')]
}
