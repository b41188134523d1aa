// What must compile, and what must not. Checked by `npm run typecheck`; nothing here runs.
import { createVerifier, defineAccessToken, defineScopes, type KeySource } from '@scopewise/token-core'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { useServer } from 'graphql-ws/use/ws'
import { createYoga } from 'graphql-yoga'
import type { WebSocketServer } from 'ws'
import * as z from 'zod'
import { createAuth, type PolicyHelpersFor } from './index.js'
import { socketAuth } from './ws.js'
import { useAuth } from './yoga.js'

declare const keys: KeySource
declare const schema: GraphQLSchema
declare const document: DocumentNode
declare const jwt: string

const scopes = defineScopes({ 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' })
const accessToken = defineAccessToken({ scopes, claims: z.object({ tenant: z.string() }), lifetime: 600 })
const verifier = createVerifier({ token: accessToken, audience: 'a', issuers: { 'https://auth.example': keys } })

interface Note {
  readonly authorId: string
}
interface Context {
  readonly notes: { isOwner(id: string, subject: string): boolean }
}

// Claims and scopes are known inside policies.
const auth = createAuth({
  token: accessToken,
  default: 'deny',
  policies: (policy) => ({
    sameTenant: policy.operation(({ token }) => token.claims.tenant === 't' && token.has('notes:read')),
    ownsNote: policy.field<{ id: string }>(({ token, args }) => args.id.startsWith(token.claims.sub)),
    author: policy.object<Note>(async ({ token, parent }) => parent.authorId === token.claims.sub),
  }),
})
createAuth({
  token: accessToken,
  policies: (policy) => ({
    // @ts-expect-error a claim that the token does not have
    claim: policy.operation(({ token }) => token.claims.tenat === 't'),
    // @ts-expect-error an undeclared scope
    scope: policy.operation(({ token }) => token.has('notes:raed')),
    // @ts-expect-error an answer that is no boolean
    answer: policy.operation(() => 'yes'),
    // @ts-expect-error an operation has no arguments
    args: policy.operation(({ args }) => args.id === ''),
    // @ts-expect-error a field has no object
    parent: policy.field(({ parent }) => parent.id === ''),
    // @ts-expect-error arguments are unknown until they are declared
    unknown: policy.field(({ args }) => args['id'].length > 0),
  }),
})
// @ts-expect-error a policy that no helper made
createAuth({ token: accessToken, policies: () => ({ raw: () => true }) })
// @ts-expect-error only deny and allow
createAuth({ token: accessToken, default: 'public' })

// The context is typed by annotating the helpers, and check then asks for it.
const typed = createAuth({
  token: accessToken,
  policies: (policy: PolicyHelpersFor<typeof accessToken, Context>) => ({
    ownsNote: policy.field<{ id: string }>(({ token, args, context }) =>
      context.notes.isOwner(args.id, token.claims.sub),
    ),
  }),
})
const analysis = typed.analyze(schema, document)
void typed.check(analysis, undefined, { context: { notes: { isOwner: () => true } } })
// @ts-expect-error another context than the policies need
void typed.check(analysis, undefined, { context: {} })
// @ts-expect-error claims are no verified token
void typed.check(analysis, { sub: 'alice', scope: 'notes:read' }, { context: { notes: { isOwner: () => true } } })

// The scope union flows through.
const required: readonly (readonly ('notes:read' | 'notes:write')[])[] = auth.analyze(schema, document).requiredScopes
const decision = await auth.check(auth.analyze(schema, document), await verifier.verify(jwt), { context: {} })
if (!decision.isAllowed) {
  const missing: readonly ('notes:read' | 'notes:write')[] = decision.missingScopes
  const status: 401 | 403 = decision.status
  void [missing, status]
}
// @ts-expect-error a permission misses no scopes
decision.missingScopes
void required

// The plugin fits Yoga, and a verifier of the same token only.
createYoga({ schema, plugins: [useAuth({ auth, verifier }), useAuth({ auth: typed, verifier })] })
const otherToken = defineAccessToken({ scopes: defineScopes({ other: 'Other' }), lifetime: 600 })
const otherVerifier = createVerifier({ token: otherToken, audience: 'a', issuers: { 'https://auth.example': keys } })
// @ts-expect-error a verifier of another token
useAuth({ auth, verifier: otherVerifier })

// Claims are there in resolvers of fields that demand a token, and scope values are checked.
const { authenticated, user } = typed.resolvers
const resolvers = {
  Query: {
    tenant: authenticated((_parent: unknown, _args: unknown, { token, notes }) =>
      notes.isOwner(token.claims.tenant, token.claims.sub),
    ),
    mine: user((_parent: Note, _args: { first: number }, { token }) => token.claims.sub, 'notes:read', 'notes:write'),
    // @ts-expect-error an undeclared scope
    scope: user((_parent: unknown, _args: unknown, { token }) => token.claims.sub, 'notes:raed'),
    // @ts-expect-error a claim that the token does not have
    claim: authenticated((_parent: unknown, _args: unknown, { token }) => token.claims.tenat),
    // @ts-expect-error what the context does not have
    context: authenticated((_parent: unknown, _args: unknown, { users }) => users),
  },
}
void resolvers

// Options are typed by the token.
createAuth({ token: accessToken, mode: 'null', abstract: 'runtime', introspection: { scope: 'notes:read' } })
createAuth({ token: accessToken, claims: { scope: 'tenant', roles: (claims) => claims.tenant.split(',') } })
// @ts-expect-error a claim that the token does not have
createAuth({ token: accessToken, claims: { roles: 'groups' } })
// @ts-expect-error an undeclared scope
createAuth({ token: accessToken, introspection: { scope: 'notes:raed' } })
// @ts-expect-error no such mode
createAuth({ token: accessToken, mode: 'warn' })
createAuth({
  token: accessToken,
  policies: (policy) => ({
    authors: policy.objects<Note>(({ token, parents }) => parents.map(({ authorId }) => authorId === token.claims.sub)),
    // @ts-expect-error many objects need many answers
    one: policy.objects<Note>(() => true),
  }),
})

// The hooks fit graphql-ws.
declare const sockets: WebSocketServer
declare const serve: typeof useServer
serve(
  { schema, ...socketAuth({ auth: typed, verifier, schema, context: () => ({ notes: { isOwner: () => true } }) }) },
  sockets,
)
// @ts-expect-error a verifier of another token
socketAuth({ auth, verifier: otherVerifier, schema })
