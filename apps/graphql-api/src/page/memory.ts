/** What is in the editor. */
export interface Draft {
  readonly query: string
  readonly variables: string
}

/** Why the page sent the user away. */
type Reason = 'sign-in' | 'step-up' | 'switch' | 'resume' | 'sign-out'
const REASONS: readonly Reason[] = ['sign-in', 'step-up', 'switch', 'resume', 'sign-out']

/** What has to be known when the user comes back. */
export interface Departure {
  readonly reason: Reason
  /** Run what is in the editor as soon as there is a token. */
  readonly run: boolean
  /** The scopes that the token had before. */
  readonly had: readonly string[]
  /** The scopes that were asked for in addition. */
  readonly asked: readonly string[]
  /** The user said no just before: to be told once the earlier token is back. */
  readonly wasDeclined: boolean
}

/** What the page keeps while it is away: its editor, what it was about, and that somebody was signed in. Never a token. */
export interface Memory {
  draft: Draft | undefined
  /** Gives the departure that this arrival belongs to, once. */
  takeDeparture(): Departure | undefined
  keepDeparture(departure: Departure): void
  /** Gives the scopes of who was signed in, once: a second attempt without a success in between finds nothing. */
  takeSignedIn(): readonly string[] | undefined
  keepSignedIn(scope: readonly string[]): void
}

const PREFIX = 'scopewise-notes:'

/** Keeps it in the storage of this tab, which ends with the tab. */
export function createMemory(storage: Storage): Memory {
  const write = (name: string, value: unknown): void => storage.setItem(PREFIX + name, JSON.stringify(value))
  const read = (name: string): unknown => parse(storage.getItem(PREFIX + name))
  const take = (name: string): unknown => {
    const value = read(name)
    storage.removeItem(PREFIX + name)
    return value
  }
  return {
    get draft() {
      return toDraft(read('draft'))
    },
    set draft(draft) {
      write('draft', draft)
    },
    takeDeparture: () => toDeparture(take('departure')),
    keepDeparture: (departure) => write('departure', departure),
    takeSignedIn: () => toWords(take('signed-in')),
    keepSignedIn: (scope) => write('signed-in', scope),
  }
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}

// `as`: only to look at members, and each is looked at.
const membersOf = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>

function toDraft(value: unknown): Draft | undefined {
  const { query, variables } = membersOf(value)
  return typeof query === 'string' && typeof variables === 'string' ? { query, variables } : undefined
}

function toWords(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
}

function toDeparture(value: unknown): Departure | undefined {
  const members = membersOf(value)
  const reason = REASONS.find((known) => known === members['reason'])
  const had = toWords(members['had'])
  const asked = toWords(members['asked'])
  if (!reason || !had || !asked) return undefined
  return { reason, had, asked, run: members['run'] === true, wasDeclined: members['wasDeclined'] === true }
}
