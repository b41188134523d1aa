import type { Actions } from '../actions.js'
import { button, find, make } from '../dom.js'
import type { Draft } from '../memory.js'
import { type Sample, samples } from '../operations.js'
import type { View } from '../store.js'

export interface Editor extends View {
  readDraft(): Draft
  write(draft: Draft): void
}

/** The operation and its variables. What is typed stays in the fields: they are never drawn again. */
export function createEditor(actions: () => Actions): Editor {
  const query = find('query', HTMLTextAreaElement)
  const variables = find('variables', HTMLTextAreaElement)
  const run = find('run', HTMLButtonElement)
  const write = (draft: Draft): void => {
    query.value = draft.query
    variables.value = draft.variables
    for (const field of [query, variables])
      field.rows = Math.max(field === query ? 8 : 3, field.value.split('\n').length + 1)
  }

  find('samples', HTMLElement).replaceChildren(
    ...samples.map((sample) => {
      const choose = (): void => {
        write(draftOf(sample))
        actions().run()
      }
      const choice = button('', choose, { title: `Asks for ${sample.asksFor}` })
      choice.append(make('b', {}, sample.name), make('small', {}, sample.asksFor))
      return choice
    }),
  )
  find('operation', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    actions().run()
  })
  for (const field of [query, variables]) {
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) actions().run()
    })
  }
  return {
    readDraft: () => ({ query: query.value, variables: variables.value }),
    write,
    reads: ['phase', 'isRunning'],
    show: ({ phase, isRunning }) => {
      run.disabled = phase !== 'ready' || isRunning
    },
  }
}

/** A sample as it stands in the editor. */
export const draftOf = ({ query, variables }: Sample): Draft => ({
  query,
  variables: variables ? JSON.stringify(variables, null, 2) : '',
})
