import type { DemoUser } from '../http/site.js'
import type { Notice } from './arrival.js'
import type { Account } from './auth.js'
import type { Outcome } from './outcome.js'

/** All that the page shows, beside what is typed in the editor. */
export interface State {
  /** `away` from the moment the page is left; nothing can be pressed then. */
  readonly phase: 'arriving' | 'ready' | 'away'
  readonly account: Account | undefined
  /** Whom to try it as, in the demo. */
  readonly demoUsers: readonly DemoUser[]
  readonly notice: Notice | undefined
  readonly isRunning: boolean
  readonly outcome: Outcome | undefined
  /** What was asked for and this account could not grant. */
  readonly notGranted: readonly string[]
}

export interface Store {
  readonly state: State
  update(change: Partial<State>): void
}

/** Holds the state, and calls the views that read a part of it when that part has changed. */
export function createStore(views: readonly View[]): Store {
  let state: State = {
    phase: 'arriving',
    account: undefined,
    demoUsers: [],
    notice: undefined,
    isRunning: false,
    outcome: undefined,
    notGranted: [],
  }
  for (const view of views) view.show(state)
  return {
    get state() {
      return state
    },
    update(change) {
      const before = state
      state = { ...state, ...change }
      for (const { reads, show } of views) if (reads.some((name) => before[name] !== state[name])) show(state)
    },
  }
}

/** A part of the page: what it reads, and how it shows that. */
export interface View {
  readonly reads: readonly (keyof State)[]
  show(state: State): void
}
