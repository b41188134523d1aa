import { GraphQLError } from 'graphql'
import type { AuditEntry } from '../domain/audit.js'
import type { Domain } from '../domain/domain.js'
import { kindOf } from '../domain/ids.js'
import type { Note } from '../domain/notes.js'
import { serviceUserId, type User } from '../domain/users.js'
import { type CreateNoteInput, parseDraft, parseFirst } from './input.js'
import type { Token } from './token.js'

/** What resolvers get for one request: the token that came with it, if it was valid. Nothing is kept between requests. */
export interface Context {
  readonly token?: Token
}

/** The token of a field that demanded one. The directive refuses the operation before a resolver could miss it. */
function tokenOf({ token }: Context): Token {
  if (!token) throw new GraphQLError('This needs a token.', { extensions: { code: 'UNAUTHENTICATED' } })
  return token
}

/** The identifier of the user that a token acts as. A client's own token acts as the client, never as a person. RFC 9068 §5. */
export const actorOf = (token: Token): string =>
  token.isClient ? serviceUserId(token.claims.client_id) : token.claims.sub

/** How the schema reads and changes the domain. Who may do so stands in the schema, not here. */
export function createResolvers({ notes, users, audit }: Domain, additions: () => AsyncIterable<Note>) {
  const find = (id: string): Promise<Note | User | undefined> =>
    kindOf(id) === 'note' ? notes.find(id) : users.find(id)

  return {
    Query: {
      health: () => 'ok',
      me: (_: unknown, __: unknown, context: Context) => {
        const token = tokenOf(context)
        return token.isClient ? null : users.find(token.claims.sub)
      },
      notes: (_: unknown, { first }: { first?: number | null }) => notes.list(parseFirst(first)),
      note: (_: unknown, { id }: { id: string }) => notes.find(id),
      users: () => users.list(),
      auditLog: (_: unknown, { first }: { first?: number | null }) => audit.latest(parseFirst(first)),
      node: (_: unknown, { id }: { id: string }) => find(id),
    },
    Mutation: {
      createNote: async (_: unknown, { input }: { input: CreateNoteInput }, context: Context) => {
        const token = tokenOf(context)
        const draft = parseDraft(input)
        const author = token.isClient ? (await users.service(token.claims.client_id)).id : token.claims.sub
        return notes.create(draft, author)
      },
      deleteNote: (_: unknown, { id }: { id: string }, context: Context) => notes.remove(id, actorOf(tokenOf(context))),
    },
    Subscription: {
      noteAdded: { subscribe: additions, resolve: (note: Note) => note },
    },
    Node: { __resolveType: ({ id }: Note | User) => (kindOf(id) === 'note' ? 'Note' : 'User') },
    Note: { author: ({ authorId }: Note) => users.find(authorId) },
    AuditEntry: { at: ({ at }: AuditEntry) => new Date(at * 1000).toISOString() },
  }
}
