/**
 * The schema, with what each part of it demands. A root field without `@auth` or `@public` does not start; a field of
 * another type without a clause asks for some valid token.
 */
export const typeDefs = /* GraphQL */ `
  type Query {
    "Says ok to anybody."
    health: String! @public
    "Who the token speaks for; null for a token that a client got for itself."
    me: User @auth
    "Pinned notes first, then the newest. At most 100, 50 unless asked."
    notes(first: Int): [Note!]! @auth(scope: "notes:read")
    note(id: ID!): Note @auth(scope: "notes:read")
    "Who has an account. The list means either scope; the least is written first, and that is what a client is told to ask for."
    users: [User!]! @auth(scope: ["users:read", "admin"])
    "What happened, newest first. At most 100, 50 unless asked. One string of two scopes means both."
    auditLog(first: Int): [AuditEntry!]! @auth(scope: "admin audit:read")
    "Whatever has this identifier. Asks for what every possible type asks for."
    node(id: ID!): Node @auth
  }

  type Mutation {
    createNote(input: CreateNoteInput!): Note! @auth(scope: "notes:write")
    "Deletes a note of one's own. Somebody else's note and one that does not exist are refused alike."
    deleteNote(id: ID!): Boolean! @auth(scope: "notes:write", policy: "ownsNote")
  }

  type Subscription {
    noteAdded: Note! @auth(scope: "notes:read")
  }

  interface Node {
    id: ID!
  }

  type User implements Node {
    id: ID!
    name: String!
    email: String @auth(scope: "email")
  }

  type Note implements Node @auth(scope: "notes:read") {
    id: ID!
    title: String!
    body: String!
    pinned: Boolean!
    author: User!
    internalNote: String @auth(scope: "admin")
  }

  type AuditEntry {
    "ISO 8601, in UTC."
    at: String!
    "The identifier of a user, or of the client that acted on its own."
    actor: String!
    action: String!
  }

  input CreateNoteInput {
    "1 to 200 characters."
    title: String!
    "At most 10,000 characters."
    body: String!
    "Keeps the note on top of the list."
    pinned: Boolean @auth(scope: "admin")
  }
`
