import { type Arrival, decideNext } from './arrival.js'
import { type Auth, FIRST_SCOPE } from './auth.js'
import type { Draft, Memory } from './memory.js'
import { readOutcome } from './outcome.js'
import type { Store } from './store.js'

/** What can be pressed. */
export interface Actions {
  run(): void
  signIn(): void
  /** Asks for these scopes too, and runs the operation again when the user comes back with them. */
  stepUp(missing: readonly string[]): void
  /** Gets a token like the one before, and runs the operation again. */
  renew(): void
  /** Lets somebody else sign in; with scopes, to run the operation again. */
  switchAccount(missing?: readonly string[]): void
  signOut(): void
}

export interface Parts {
  readonly store: Store
  readonly auth: Auth
  readonly memory: Memory
  readonly endpoint: string
  /** What is in the editor now. */
  readonly readDraft: () => Draft
}

export function createActions(parts: Parts): Actions {
  const { store, auth } = parts
  const leave = (leaving: Parameters<Auth['leave']>[0]) =>
    attempt(
      store,
      away(parts, () => auth.leave(leaving)),
    )
  const all = (more: readonly string[] = []) => [
    ...new Set([...FIRST_SCOPE, ...(auth.account()?.scope ?? []), ...more]),
  ]
  return {
    run() {
      // What was told about the way here is read by now.
      store.update({ notice: undefined })
      attempt(store, run(parts))
    },
    signIn: () => leave({ reason: 'sign-in', run: false, scope: FIRST_SCOPE, asked: [], wasDeclined: false }),
    stepUp: (missing) =>
      leave({ reason: 'step-up', run: true, scope: all(missing), asked: missing, wasDeclined: false }),
    renew: () => attempt(store, renew(parts)),
    switchAccount: (missing = []) =>
      leave({
        reason: 'switch',
        run: missing.length > 0,
        // Somebody else starts with the least, and with what the operation needs.
        scope: [...new Set([...FIRST_SCOPE, ...missing])],
        asked: missing,
        wasDeclined: false,
      }),
    signOut: () =>
      attempt(
        store,
        away(parts, () => auth.signOut()),
      ),
  }
}

/** Begins: whoever came is signed in, asked for silently, or shown the button. */
export async function begin(parts: Parts): Promise<void> {
  const { store, auth, memory } = parts
  const departure = memory.takeDeparture()
  const arrival: Arrival = await auth.arrive()
  const next = decideNext(arrival, departure)
  if (next.step === 'resume') {
    const { scope, run, wasDeclined } = next
    return away(parts, () => auth.leave({ reason: 'resume', scope, run, asked: [], wasDeclined }))
  }
  store.update({ phase: 'ready', account: auth.account(), notice: next.notice, notGranted: next.notGranted })
  if (next.run) await run(parts)
}

/** Tells the user when something fails that nobody waits for. */
export function attempt(store: Store, work: Promise<void>): void {
  work.catch((error: unknown) => {
    const message = error instanceof Error ? error.message : 'Something went wrong.'
    store.update({ phase: 'ready', isRunning: false, notice: { kind: 'failed', message } })
  })
}

async function away({ store, memory, readDraft }: Parts, leave: () => Promise<unknown>): Promise<void> {
  memory.draft = readDraft()
  store.update({ phase: 'away' })
  await leave()
}

/** Asks nobody while the session lasts; the operation runs on the way back. */
function renew(parts: Parts): Promise<void> {
  const scope = parts.auth.account()?.scope ?? FIRST_SCOPE
  return away(parts, () => parts.auth.leave({ reason: 'resume', scope, run: true, asked: [], wasDeclined: false }))
}

async function run(parts: Parts): Promise<void> {
  const { store, auth, endpoint, readDraft } = parts
  if (store.state.isRunning) return
  if (auth.isOver()) return renew(parts)
  const draft = readDraft()
  const variables = parseVariables(draft.variables)
  if (!variables) {
    const message = 'The variables are not a JSON object, such as { "id": "user_reader" }.'
    return store.update({ outcome: { kind: 'failure', message } })
  }
  store.update({ isRunning: true })
  store.update({ outcome: await send(auth.fetch, endpoint, draft.query, variables), isRunning: false })
}

async function send(
  api: typeof fetch,
  endpoint: string,
  query: string,
  variables: object,
): ReturnType<typeof readAnswer> {
  const started = performance.now()
  try {
    const response = await api(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return await readAnswer(response, started)
  } catch {
    return { kind: 'failure', message: 'The API did not answer. Is the server still running?' }
  }
}

async function readAnswer(response: Response, started: number) {
  const text = await response.text()
  const milliseconds = Math.round(performance.now() - started)
  return readOutcome(response.status, milliseconds, parseJson(text) ?? text)
}

function parseVariables(text: string): object | undefined {
  const value = text.trim() === '' ? {} : parseJson(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
