/** One small domain that many tests share. */
import { defineScopes } from '@scopewise/token-core'

export const scopes = defineScopes({
  'notes:read': 'Read notes',
  'notes:write': { description: 'Write notes', implies: ['notes:read'] },
  'users:read': 'Read users',
  email: 'See addresses',
  admin: 'Everything',
  'audit:read': 'Read the log',
})

export const typeDefs = /* GraphQL */ `
  type Query {
    health: String! @public
    me: User @auth
    notes: [Note!]! @auth(scope: "notes:read")
    users: [User!]! @auth(scope: ["users:read", "admin"])
    auditLog: [AuditEntry!]! @auth(scope: "admin audit:read")
    node(id: ID!): Node @auth
    greeting: Greeting @public
  }
  type Mutation {
    createNote(input: CreateNoteInput!): Note! @auth(scope: "notes:write")
    deleteNote(id: ID!): Boolean! @auth(scope: "notes:write", policy: "ownsNote")
  }
  type Subscription {
    noteAdded: Note! @auth(scope: "notes:read")
    tick: Int! @public
  }
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String! email: String @auth(scope: "email") }
  type Note implements Node @auth(scope: "notes:read") { id: ID! title: String! internalNote: String @auth(scope: "admin") }
  type AuditEntry { at: String! }
  type Greeting @public { text: String! }
  input CreateNoteInput { title: String! pinned: Boolean @auth(scope: "admin") }
`
