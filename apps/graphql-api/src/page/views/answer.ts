import type { Actions } from '../actions.js'
import { find, make } from '../dom.js'
import type { Outcome } from '../outcome.js'
import type { State, View } from '../store.js'
import { showJson } from './json.js'
import { refusalPanel } from './refusal.js'

/** What came of the last run. */
export function answerView(actions: () => Actions): View {
  const summary = find('summary', HTMLElement)
  const place = find('answer', HTMLElement)
  let shown: Outcome | undefined
  return {
    reads: ['outcome', 'isRunning', 'account', 'notGranted', 'phase'],
    show(state) {
      const { outcome, isRunning } = state
      summary.replaceChildren(...(isRunning ? ['Running …'] : summarize(outcome)))
      place.setAttribute('aria-busy', String(isRunning))
      place.replaceChildren(...content(state, actions))
      if (outcome !== shown) bringIntoView(summary)
      shown = outcome
    },
  }
}

/** On a phone the answer stands below the editor: whoever pressed Run wants to see it. */
function bringIntoView(element: HTMLElement): void {
  if (element.getBoundingClientRect().top > innerHeight * 0.7) element.closest('section')?.scrollIntoView()
}

function content(state: State, actions: () => Actions): Node[] {
  const { outcome, phase } = state
  if (!outcome)
    return [make('p', { class: 'quiet empty' }, phase === 'ready' ? 'Run an operation to see its answer.' : '')]
  if (outcome.kind === 'failure') return []
  const panel = outcome.refusal && refusalPanel(outcome.refusal, state, actions())
  const json = make('pre', { tabindex: '0', role: 'region', 'aria-label': 'Answer as JSON' }, showJson(outcome.body))
  // The answer itself stays at hand, one press away: the panel says the same in words.
  if (panel) return [panel, make('details', {}, make('summary', {}, 'The answer as it came'), json)]
  return [json]
}

function summarize(outcome: Outcome | undefined): (Node | string)[] {
  if (!outcome) return []
  if (outcome.kind === 'failure') return [make('span', { class: 'status bad' }, 'Not sent'), ` ${outcome.message}`]
  const { status, milliseconds, refusal } = outcome
  const word = refusal ? ' refused' : status === 200 ? '' : ' failed'
  return [
    make('span', { class: `status ${word === '' ? 'good' : 'bad'}` }, `${status}${word}`),
    ` in ${milliseconds} ms`,
  ]
}
