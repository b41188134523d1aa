import { type Actions, attempt, begin, createActions } from './actions.js'
import { createAuth } from './auth.js'
import { loadConfiguration } from './configuration.js'
import { createMemory } from './memory.js'
import { firstSample } from './operations.js'
import { createStore } from './store.js'
import { answerView } from './views/answer.js'
import { createEditor, draftOf } from './views/editor.js'
import { noticeView } from './views/notice.js'
import { tokenView } from './views/token.js'

const memory = createMemory(sessionStorage)
// Until the configuration is there nothing can be pressed.
let actions: Actions | undefined
const idle: Actions = { run() {}, signIn() {}, stepUp() {}, renew() {}, switchAccount() {}, signOut() {} }
const press = (): Actions => (store.state.phase === 'ready' ? (actions ?? idle) : idle)

const editor = createEditor(press)
editor.write(memory.draft ?? draftOf(firstSample()))
const store = createStore([tokenView(press), noticeView(), editor, answerView(press)])

attempt(store, start())

async function start(): Promise<void> {
  const configuration = await loadConfiguration()
  store.update({ demoUsers: configuration.demoUsers })
  const auth = createAuth(configuration, memory)
  const parts = { store, auth, memory, endpoint: configuration.graphql, readDraft: editor.readDraft }
  actions = createActions(parts)
  await begin(parts)
}

// A reload forgets what is typed, and with the Back button browsers show the page as it was left.
addEventListener('pagehide', () => {
  memory.draft = editor.readDraft()
})
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) store.update({ phase: 'ready' })
})
