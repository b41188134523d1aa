/** An operation to try. */
export interface Sample {
  readonly name: string
  /** What it asks for, in the words of the button. A test holds it against the schema. */
  readonly asksFor: string
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

/** From what anybody may do to what few may. */
export const samples: readonly Sample[] = [
  { name: 'health', asksFor: 'nothing', query: 'query Health {\n  health\n}' },
  { name: 'me', asksFor: 'any token', query: 'query Me {\n  me {\n    id\n    name\n  }\n}' },
  {
    name: 'notes',
    asksFor: 'notes:read',
    query: 'query Notes {\n  notes(first: 5) {\n    id\n    title\n    author {\n      name\n    }\n  }\n}',
  },
  {
    name: 'createNote',
    asksFor: 'notes:write notes:read',
    query:
      'mutation CreateNote($input: CreateNoteInput!) {\n  createNote(input: $input) {\n    id\n    title\n    author {\n      name\n    }\n  }\n}',
    variables: { input: { title: 'Written from the page', body: 'With exactly the scopes it took.' } },
  },
  { name: 'users', asksFor: 'users:read', query: 'query Users {\n  users {\n    id\n    name\n  }\n}' },
  {
    name: 'internalNote',
    asksFor: 'notes:read admin',
    query: 'query InternalNotes {\n  notes {\n    title\n    internalNote\n  }\n}',
  },
  {
    name: 'auditLog',
    asksFor: 'admin audit:read',
    query: 'query AuditLog {\n  auditLog(first: 10) {\n    at\n    actor\n    action\n  }\n}',
  },
  {
    name: 'node',
    asksFor: 'email notes:read',
    query:
      'query Node($id: ID!) {\n  node(id: $id) {\n    id\n    ... on User {\n      name\n      email\n    }\n    ... on Note {\n      title\n    }\n  }\n}',
    variables: { id: 'user_reader' },
  },
]

/** What the page starts with: something that works once one is signed in. */
export const firstSample = (): Sample =>
  samples.find(({ name }) => name === 'notes') ?? { name: '', asksFor: '', query: '' }
