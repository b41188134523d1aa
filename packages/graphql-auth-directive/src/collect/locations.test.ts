import { makeExecutableSchema } from '@graphql-tools/schema'
import {
  buildSchema,
  execute,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  parse,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { scopes } from '../testing/notes.js'
import { createRealm } from '../testing/realm.js'
import { run } from '../testing/run.js'
import { sampleFields } from '../testing/sample.js'

const { token, verified } = await createRealm(scopes)
const createOne = () =>
  createAuth({ token, default: 'allow', policies: (policy) => ({ ask: policy.field(() => true) }) })

const ROOT = 'health: String'

/** Where the directive stands, in SDL; an operation that is charged for it; one that is not. */
const LOCATIONS: readonly (readonly [location: string, sdl: string, charged: string, free: string])[] = [
  ['OBJECT', `type Query { ${ROOT} t: T } type T @auth(scope: "admin") { a: Int }`, '{ t { a } }', '{ health }'],
  [
    'INTERFACE',
    `type Query { ${ROOT} t: T } interface I @auth(scope: "admin") { a: Int } type T implements I { a: Int }`,
    '{ t { a } }',
    '{ health }',
  ],
  [
    'UNION',
    `type Query { ${ROOT} u: U t: T } union U @auth(scope: "admin") = T type T { a: Int }`,
    '{ u { ... on T { a } } }',
    '{ t { a } }',
  ],
  ['SCALAR, output', `type Query { ${ROOT} s: S } scalar S @auth(scope: "admin")`, '{ s }', '{ health }'],
  ['SCALAR, input', `type Query { ${ROOT} f(s: S): Int } scalar S @auth(scope: "admin")`, '{ f(s: 1) }', '{ f }'],
  ['SCALAR, null', `type Query { ${ROOT} f(s: S): Int } scalar S @auth(scope: "admin")`, '{ f(s: null) }', '{ f }'],
  ['ENUM, output', `type Query { ${ROOT} e: E } enum E @auth(scope: "admin") { A }`, '{ e }', '{ health }'],
  ['ENUM, input', `type Query { ${ROOT} f(e: E): Int } enum E @auth(scope: "admin") { A }`, '{ f(e: A) }', '{ f }'],
  ['FIELD_DEFINITION', `type Query { ${ROOT} a: Int @auth(scope: "admin") }`, '{ a }', '{ health }'],
  [
    'FIELD_DEFINITION, extended',
    `type Query { ${ROOT} } extend type Query { a: Int @auth(scope: "admin") }`,
    '{ a }',
    '{ health }',
  ],
  ['ARGUMENT_DEFINITION', `type Query { ${ROOT} f(a: Int @auth(scope: "admin")): Int }`, '{ f(a: 1) }', '{ f }'],
  [
    'ARGUMENT_DEFINITION, default of the schema',
    `type Query { ${ROOT} f(a: Int = 1 @auth(scope: "admin")): Int }`,
    '{ f(a: 1) }',
    '{ f }',
  ],
  [
    'ARGUMENT_DEFINITION of an interface',
    `type Query { ${ROOT} t: T } interface I { f(a: Int @auth(scope: "admin")): Int } type T implements I { f(a: Int): Int }`,
    '{ t { f(a: 1) } }',
    '{ t { f } }',
  ],
  [
    'ARGUMENT_DEFINITION, default of a variable',
    `type Query { ${ROOT} f(a: Int @auth(scope: "admin")): Int }`,
    'query ($a: Int = 1) { f(a: $a) }',
    'query ($a: Int) { f(a: $a) }',
  ],
  [
    'INPUT_OBJECT',
    `type Query { ${ROOT} f(i: I): Int } input I @auth(scope: "admin") { a: Int }`,
    '{ f(i: {}) }',
    '{ f }',
  ],
  [
    'INPUT_OBJECT, nested in a list',
    `type Query { ${ROOT} f(o: O): Int } input O { l: [I] b: Int } input I @auth(scope: "admin") { a: Int }`,
    '{ f(o: { l: [{ a: 1 }] }) }',
    '{ f(o: { b: 1 }) }',
  ],
  [
    'INPUT_OBJECT, extended',
    `type Query { ${ROOT} f(i: I): Int } input I { a: Int } extend input I @auth(scope: "admin")`,
    '{ f(i: { a: 1 }) }',
    '{ f }',
  ],
  [
    'INPUT_FIELD_DEFINITION',
    `type Query { ${ROOT} f(i: I): Int } input I { a: Int @auth(scope: "admin") b: Int = 2 @auth(scope: "admin") }`,
    '{ f(i: { a: null }) }',
    '{ f(i: {}) }',
  ],
  [
    'ENUM_VALUE, literal',
    `type Query { ${ROOT} f(e: E): Int } enum E { A B @auth(scope: "admin") }`,
    '{ f(e: B) }',
    '{ f(e: A) }',
  ],
  [
    'ENUM_VALUE, in a list of a default',
    `type Query { ${ROOT} f(i: I): Int } input I { l: [E] } enum E { A B @auth(scope: "admin") }`,
    'query ($e: E = B) { f(i: { l: [A, $e] }) }',
    'query ($e: E = A) { f(i: { l: [A, $e] }) }',
  ],
]

describe('every location', () => {
  it.each(LOCATIONS)('GQ-08 GQ-18 S6 charges %s', async (_location, sdl, charged, free) => {
    for (const build of [
      (typeDefs: string) => makeExecutableSchema({ typeDefs: [typeDefs, sdl] }),
      (typeDefs: string) => buildSchema(`${typeDefs} ${sdl}`),
    ]) {
      const auth = createOne()
      const started: string[] = []
      const schema = build(auth.typeDefs)
      sampleFields(schema, started)
      auth.apply(schema)
      const refused = await run(auth, schema, charged, await verified(['email']))
      expect(refused.decision).toMatchObject({ isAllowed: false, reason: 'scope', requiredScopes: [['admin']] })
      expect(started).toEqual([])
      // Around the check the field itself refuses, too.
      const around = await execute({ schema, document: parse(charged), contextValue: {} })
      expect(around.errors?.[0]?.message).toMatch(/was not checked/)
      expect((await run(auth, schema, charged, await verified(['admin']))).result?.errors).toBeUndefined()
      expect(await run(auth, schema, free, undefined)).toMatchObject({ decision: { isAllowed: true } })
      expect(started).not.toEqual([])
    }
  })

  it('S6 charges an enum value that a variable carries', async () => {
    const auth = createOne()
    const sdl = 'type Query { f(i: I): Int } input I { e: [E!] next: I } enum E { A B @auth(scope: "admin") }'
    const schema = auth.apply(buildSchema(`${auth.typeDefs} ${sdl}`))
    const ask = async (i: unknown) =>
      (await run(auth, schema, 'query ($i: I) { f(i: $i) }', undefined, { variables: { i } })).decision.isAllowed
    expect(await ask({ e: ['A'], next: { e: 'A' } })).toBe(true)
    expect(await ask({ e: ['A', 'B'] })).toBe(false)
    expect(await ask({ next: { e: 'B' } })).toBe(false)
  })

  it('GQ-18 S6 fails the field that an enum value with a demand comes out of', async () => {
    const auth = createOne()
    const sdl = `type Query { one(v: Int): E many: [E] later: [E!] free: Int }
      enum E { OPEN SECRET @auth(scope: "admin") @auth(roles: "boss") }`
    const resolvers = {
      E: { OPEN: 10, SECRET: 20 },
      Query: {
        one: (_: unknown, { v }: { v: number }) => v,
        many: () => [10, Promise.resolve(20), 10],
        later: async () => [10, 20],
        free: () => 1,
      },
    }
    const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers }))
    const allowed = await run(auth, schema, '{ one(v: 10) free }', undefined)
    expect(allowed.result).toEqual({ data: { one: 'OPEN', free: 1 } })
    const denied = await run(auth, schema, '{ one(v: 20) free }', undefined)
    expect(denied.result).toMatchObject({
      data: null,
      errors: [
        { path: ['one'], extensions: { code: 'UNAUTHENTICATED', element: 'E.SECRET', requiredScopes: [['admin']] } },
      ],
    })
    for (const query of ['{ many }', '{ later }']) {
      const { result } = await run(auth, schema, query, await verified(['email']))
      expect(result).toMatchObject({ data: null, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    }
    const around = await execute({ schema, document: parse('{ one(v: 20) }'), contextValue: {} })
    expect(around).toMatchObject({ data: { one: null }, errors: [{ message: expect.stringMatching(/not checked/) }] })
  })

  it('GQ-18 S6 nulls in mode null only the place of a list that holds such a value', async () => {
    const auth = createAuth({ token, default: 'allow', mode: 'null' })
    const sdl = 'type Query { many: [E] } enum E { OPEN SECRET @auth(scope: "admin") }'
    const resolvers = { Query: { many: () => ['OPEN', 'SECRET', Promise.resolve('SECRET')] } }
    const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers }))
    const { result } = await run(auth, schema, '{ many }', await verified(['email']))
    expect(result).toMatchObject({
      data: { many: ['OPEN', null, null] },
      errors: [{ path: ['many', 1] }, { path: ['many', 2] }],
    })
  })

  it('GQ-08 S12 refuses what can not be enforced', () => {
    const apply = (sdl: string) => () => {
      const auth = createOne()
      return auth.apply(buildSchema(`${auth.typeDefs} ${sdl}`, { assumeValidSDL: true }))
    }
    expect(apply('schema @auth { query: Query } type Query { a: Int }')).toThrow(
      /schema: @auth can't be enforced on SCHEMA/,
    )
    expect(apply('type Query { a: Int } directive @d(b: Int @auth) on FIELD')).toThrow(
      /@d\(b:\): .*argument of a directive/,
    )
    expect(apply('type Query { a: Int } directive @d(b: S) on FIELD scalar S @auth')).toThrow(/@d\(b:\): takes S/)
    expect(apply('type Query { a: Int } directive @d(b: I) on FIELD input I { c: Int @auth }')).toThrow(/takes I/)
    expect(apply('type Query { e: E } enum E { A @auth(policy: "ask") }')).toThrow(/E\.A: a policy can't be asked/)
    for (const location of [
      'scalar X @public',
      'enum X @public { A }',
      'union X @public = Query',
      'input X @public { a: Int }',
    ])
      expect(apply(`type Query { a: Int } ${location}`)).toThrow(/X: @public can't be enforced/)
    // An operation's own directives leave no place where values of E come out.
    expect(apply('type Query { f(e: E): Int } enum E { A @auth(policy: "ask") }')).not.toThrow()
  })
})

describe('directives that code places', () => {
  const demand = { directives: { auth: { scope: 'admin' } } }

  it('GQ-08 are enforced at every location', async () => {
    const auth = createOne()
    const S = new GraphQLScalarType({ name: 'S', extensions: demand })
    const E = new GraphQLEnumType({ name: 'E', values: { A: {}, B: { extensions: demand } } })
    const F = new GraphQLEnumType({ name: 'F', values: { A: {} }, extensions: demand })
    const In = new GraphQLInputObjectType({ name: 'In', fields: { a: { type: GraphQLString, extensions: demand } } })
    const Whole = new GraphQLInputObjectType({
      name: 'Whole',
      fields: { a: { type: GraphQLString } },
      extensions: demand,
    })
    const I = new GraphQLInterfaceType({ name: 'I', fields: { a: { type: GraphQLString } }, extensions: demand })
    const T = new GraphQLObjectType({ name: 'T', interfaces: [I], fields: { a: { type: GraphQLString } } })
    const O = new GraphQLObjectType({ name: 'O', fields: { a: { type: GraphQLString } }, extensions: demand })
    const Free = new GraphQLObjectType({ name: 'Free', fields: { a: { type: GraphQLString } } })
    const U = new GraphQLUnionType({ name: 'U', types: [Free], extensions: demand })
    const text = (args: object = {}) => ({ type: GraphQLString, args: args as Record<string, never> })
    const Query = new GraphQLObjectType({
      name: 'Query',
      fields: {
        field: { ...text(), extensions: demand },
        arg: text({ a: { type: GraphQLString, extensions: demand } }),
        s: { type: S },
        f: { type: F },
        e: text({ e: { type: E } }),
        in: text({ in: { type: In } }),
        whole: text({ in: { type: Whole } }),
        t: { type: T },
        o: { type: O },
        u: { type: U },
      },
    })
    const schema = auth.apply(new GraphQLSchema({ query: Query, types: [T] }))
    const operations = [
      '{ field }',
      '{ arg(a: "x") }',
      '{ s }',
      '{ f }',
      '{ e(e: B) }',
      '{ in(in: { a: "x" }) }',
      '{ whole(in: {}) }',
      '{ t { a } }',
      '{ o { a } }',
      '{ u { ... on Free { a } } }',
    ]
    for (const query of operations) {
      const { decision } = await run(auth, schema, query, await verified(['email']))
      expect([query, decision]).toMatchObject([query, { isAllowed: false, requiredScopes: [['admin']] }])
    }
    for (const query of ['{ arg }', '{ e(e: A) }', '{ in(in: {}) }', '{ whole }'])
      expect((await run(auth, schema, query, undefined)).decision.isAllowed).toBe(true)
  })
})

describe('a subgraph', () => {
  const GATEWAY = `
    scalar _Any scalar FieldSet
    directive @key(fields: FieldSet!) repeatable on OBJECT | INTERFACE
    directive @requires(fields: FieldSet!) on FIELD_DEFINITION
    directive @external on FIELD_DEFINITION
    type _Service { sdl: String }
    union _Entity = User`
  const build = (user: string, mode: 'deny' | 'allow' = 'deny') => {
    const auth = createAuth({ token, default: mode, policies: (policy) => ({ own: policy.object(() => true) }) })
    const sdl = `${GATEWAY}
      type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! me: User @auth }
      type User @key(fields: "id") { id: ID! ${user} }`
    return { auth, apply: () => auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl] })) }
  }
  const entities = (fields: string) => `{ _entities(representations: []) { ... on User { ${fields} } } }`

  it('GQ-15 S15 builds with the fields that a gateway needs', async () => {
    const { auth, apply } = build('email: String @auth(scope: "email")')
    const schema = apply()
    expect((await run(auth, schema, '{ _service { sdl } }', undefined)).decision.isAllowed).toBe(true)
    expect((await run(auth, schema, entities('id'), undefined)).decision).toMatchObject({ reason: 'token' })
    expect((await run(auth, schema, entities('email'), await verified([]))).decision).toMatchObject({
      reason: 'scope',
      requiredScopes: [['email']],
    })
  })

  it('GQ-02 ATT-086 charges a field for what it is computed from', async () => {
    const { auth, apply } = build(
      'email: String @external @auth(scope: "email") home: Home @external label: String @requires(fields: "email home { street }")',
    )
    expect(apply).toThrow(/Home/)
    const { auth: second, apply: build2 } = build(
      'email: String @external @auth(scope: "email") label: String @requires(fields: "email") free: String',
    )
    const schema = build2()
    void auth
    const ask = async (field: string) => (await run(second, schema, entities(field), await verified([]))).decision
    expect(await ask('label')).toMatchObject({ reason: 'scope', requiredScopes: [['email']] })
    expect(await ask('free')).toMatchObject({ isAllowed: true })
  })

  it('GQ-02 ATT-086 S12 refuses a dependence that can not be told or asked about', () => {
    expect(build('label: String @requires(fields: "emial")').apply).toThrow(/User\.label: @requires names fields/)
    expect(build('label: String @requires(fields: "{")').apply).toThrow(/User\.label: @requires names fields/)
    expect(build('email: String @auth(policy: "own") label: String @requires(fields: "email")').apply).toThrow(
      /User\.label: it is computed from what User\.email protects/,
    )
  })
})
