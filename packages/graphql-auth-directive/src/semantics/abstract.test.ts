import { makeExecutableSchema } from '@graphql-tools/schema'
import { buildSchema, parse, printSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { createMembers, type Scope, token } from '../testing/members.js'
import { run } from '../testing/run.js'

const { member } = await createMembers()

const SDL = `
  type Query { node(kind: String): Node any(kind: String): Any }
  interface Node @auth(scope: "notes:read") { id: ID shared: String @auth(scope: "email") owner: Node }
  type Free implements Node { id: ID shared: String owner: Node }
  type Secret implements Node @auth(scope: "admin") { id: ID shared: String owner: Node asked: Int @auth(policy: "no") }
  union Any = Free | Other
  type Other { id: ID @auth(scope: "audit:read") }`

const node = (_: unknown, { kind }: { kind: string }) => ({
  __typename: kind,
  id: '1',
  shared: 's',
  owner: { __typename: 'Free', id: '2' },
})

function build(options: object) {
  const auth = createAuth({
    token,
    default: 'allow',
    policies: (policy) => ({ no: policy.field(() => false) }),
    ...options,
  })
  const resolvers = { Query: { node, any: node } }
  const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, SDL], resolvers }))
  const ask = async (query: string, scope: readonly Scope[] | undefined) =>
    run(auth, schema, query, scope && (await member({ scope })))
  const required = (query: string) => auth.analyze(schema, parse(query)).requiredScopes
  return { auth, schema, ask, required }
}

describe("abstract: 'strict'", () => {
  const { required } = build({})

  it.each([
    ['{ node { id } }', [['notes:read', 'admin']]],
    ['{ node { ... on Free { id } } }', [['notes:read']]],
    ['{ node { ... on Secret { id } } }', [['notes:read', 'admin']]],
    ['{ node { shared } }', [['notes:read', 'email', 'admin']]],
    ['{ any { ... on Node { id } } }', [['notes:read']]],
    ['{ any { ... on Node { ... on Other { id } } } }', []],
    ['{ any { __typename } }', []],
    ['{ node { owner { id } } }', [['notes:read', 'admin']]],
  ])('S3 S4 adds up all that may turn up, narrowed by type conditions: %s', (query, expected) => {
    expect(required(query).map((one) => [...one].sort())).toEqual(expected.map((one) => [...one].sort()))
  })
})

describe("abstract: 'runtime'", () => {
  const { ask, required, auth, schema } = build({ abstract: 'runtime' })

  it.each([
    ['{ node { id } }', [['notes:read']]],
    ['{ node { shared } }', [['notes:read', 'email']]],
    ['{ node { ... on Secret { id } } }', [['notes:read']]],
    ['{ any { ... on Other { id } } }', []],
  ])('S4 decides before only what holds for all of them: %s', (query, expected) => {
    expect(required(query)).toEqual(expected)
    expect(auth.analyze(schema, parse(query)).hasGuards).toBe(true)
  })

  it('S4 decides about members when they turn up, and discards the data of a query that one is denied in', async () => {
    const allowed = await ask('{ node(kind: "Free") { id } }', ['notes:read'])
    expect(allowed.result).toEqual({ data: { node: { id: '1' } } })
    const denied = await ask('{ node(kind: "Secret") { id } }', ['notes:read'])
    expect(denied.result).toMatchObject({
      data: null,
      errors: [
        { path: ['node', 'id'], extensions: { code: 'FORBIDDEN', element: 'Secret', missingScopes: ['admin'] } },
      ],
    })
    expect((await ask('{ node(kind: "Secret") { id } }', ['notes:read', 'admin'])).result?.errors).toBeUndefined()
  })

  it('S4 says UNAUTHENTICATED to somebody without a token whose query met a protected member', async () => {
    expect((await ask('{ any(kind: "Free") { ... on Other { id } __typename } }', undefined)).result).toEqual({
      data: { any: { __typename: 'Free' } },
    })
    expect((await ask('{ any(kind: "Other") { ... on Other { id } } }', undefined)).result).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
  })

  it('S4 S8 asks policies of members before, and lets them count when the member turns up', async () => {
    const query = (kind: string) => `{ node(kind: "${kind}") { ... on Secret { asked } __typename } }`
    expect((await ask(query('Free'), ['notes:read', 'admin'])).result).toEqual({
      data: { node: { __typename: 'Free' } },
    })
    expect((await ask(query('Secret'), ['notes:read', 'admin'])).result).toMatchObject({ data: null })
  })

  it('S4 charges before what the same fragment charges where its type is certain', async () => {
    const one = createAuth({ token, default: 'allow', abstract: 'runtime' })
    const sdl = 'type Query { a: A u: U } union U = A | B type A { x: Int @auth(scope: "admin") } type B { y: Int }'
    const built = one.apply(buildSchema(`${one.typeDefs} ${sdl}`))
    const required = (query: string) => one.analyze(built, parse(query)).requiredScopes
    expect(required('{ u { ...F } } fragment F on A { x }')).toEqual([])
    expect(required('{ u { ...F } a { ...F } } fragment F on A { x }')).toEqual([['admin']])
    expect(required('{ a { ...F } u { ...F } } fragment F on A { x }')).toEqual([['admin']])
  })

  it('S4 S9 nulls single members in mode null', async () => {
    const both = build({ abstract: 'runtime', mode: 'null' })
    const { result } = await both.ask('{ a: node(kind: "Free") { id } b: node(kind: "Secret") { id } }', ['notes:read'])
    expect(result).toMatchObject({ data: { a: { id: '1' }, b: { id: null } }, errors: [{ path: ['b', 'id'] }] })
  })
})

describe('__typename', () => {
  it.each([
    ['free', '{ node(kind: "Secret") { __typename } }', [['notes:read']]],
    ['charge', '{ node { __typename } }', [['notes:read', 'admin']]],
    ['charge', '{ node { ... on Free { __typename } } }', [['notes:read']]],
    ['charge', '{ __typename }', []],
    ['charge', '{ any { __typename } }', [['notes:read']]],
  ])("S5 GQ-19 with abstractTypename: '%s' %s", (abstractTypename, query, expected) => {
    expect(build({ abstractTypename }).required(query)).toEqual(expected)
  })

  it('S5 GQ-19 nulls the field around it in mode null, when it is charged', async () => {
    const { ask } = build({ abstractTypename: 'charge', mode: 'null' })
    const { result } = await ask('{ node(kind: "Free") { __typename } any(kind: "Free") { __typename } }', [
      'notes:read',
    ])
    expect(result?.data).toEqual({ node: null, any: { __typename: 'Free' } })
  })
})

describe('introspection', () => {
  const query = '{ __schema { queryType { name } } __type(name: "Other") { name } }'

  it('S5 GQ-11 is free by default, and starts no resolver', async () => {
    expect((await build({}).ask(query, undefined)).result?.errors).toBeUndefined()
  })

  it("S5 GQ-11 can be 'off', for everybody and in conditions too", async () => {
    const { ask } = build({ introspection: 'off' })
    for (const text of [query, '{ ...F } fragment F on Query { __schema { queryType { name } } }'])
      expect((await ask(text, ['admin'])).decision).toMatchObject({
        isAllowed: false,
        reason: 'document',
        message: 'Introspection is off.',
      })
    expect((await ask('{ __typename }', undefined)).decision.isAllowed).toBe(true)
  })

  it.each([
    ['admin', ['email'], false],
    ['admin', ['admin'], true],
    [['audit:read admin', 'email'], ['email'], true],
    [['audit:read admin'], ['admin'], false],
  ] as const)('S5 GQ-11 can demand the scope %j: %j', async (scope, held, isAllowed) => {
    const { ask } = build({ introspection: { scope } })
    const { decision } = await ask(query, held)
    expect(decision.isAllowed).toBe(isAllowed)
    if (!decision.isAllowed) expect(decision).toMatchObject({ reason: 'scope', element: 'introspection' })
    expect((await ask(query, undefined)).decision).toMatchObject({ reason: 'token' })
  })

  it('S5 GQ-11 shows what a filter answers, to introspection only', async () => {
    const small = buildSchema('type Query { only: Int }')
    const seen: unknown[] = []
    const auth = createAuth({
      token,
      default: 'allow',
      introspection: (_schema, asked) => {
        seen.push(asked?.claims.sub)
        return small
      },
    })
    const schema = auth.apply(buildSchema(`${auth.typeDefs} type Query { only: Int hidden: Int @auth }`))
    const execute = (text: string) =>
      auth.execute({ schema, document: parse(text), token: undefined, rootValue: { only: 1, hidden: 2 } })
    const { data } = await execute('{ __type(name: "Query") { fields { name } } }')
    expect(data).toMatchObject({ __type: { fields: [{ name: 'only' }] } })
    expect((await execute('{ only }')).data).toEqual({ only: 1 })
    expect(seen).toEqual([undefined])
    expect(printSchema(schema)).toContain('hidden')
  })

  it('S12 refuses options that say nothing', () => {
    for (const introspection of ['none', {}, { scope: [] }, { scope: 'notes:raed' }, { scope: ' ' }, 1])
      expect(() => build({ introspection })).toThrow(/introspection/)
    for (const option of [{ abstract: 'lazy' }, { abstractTypename: 'on' }, { mode: 'warn' }, { errors: 'none' }])
      expect(() => build(option)).toThrow(/createAuth takes/)
  })
})
