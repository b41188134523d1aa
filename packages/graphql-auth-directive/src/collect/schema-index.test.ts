import { makeExecutableSchema } from '@graphql-tools/schema'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import {
  buildASTSchema,
  extendSchema,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  lexicographicSortSchema,
  parse,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { scopes } from '../testing/notes.js'
import { createRealm } from '../testing/realm.js'
import { run } from '../testing/run.js'

const { token, verified } = await createRealm(scopes)
const auth = (options: Partial<Parameters<typeof createAuth<string, object>>[0]> = {}) =>
  createAuth({
    token,
    default: 'allow',
    policies: (policy) => ({ owner: policy.object(() => true), office: policy.operation(() => true) }),
    ...options,
  })

/** Applies SDL without graphql's own look at where directives stand, as servers with `assumeValidSDL` do. */
function apply(sdl: string, one = auth()) {
  return () => one.apply(makeExecutableSchema({ typeDefs: [one.typeDefs, sdl], assumeValidSDL: true }))
}

describe('apply', () => {
  it.each([
    ['an empty list', 'type Query { a: String @auth(scope: []) }', /Query\.a: .*names nothing/],
    ['an empty list of policies', 'type Query { a: String @auth(policy: []) }', /Query\.a: .*names nothing/],
    ['an empty string', 'type Query { a: String @auth(scope: "") }', /Query\.a: .*blank scope/],
    ['a blank alternative', 'type Query { a: String @auth(scope: ["admin", " "]) }', /blank scope/],
    ['a stray space', 'type Query { a: String @auth(scope: "admin  email") }', /stray space/],
    ['null', 'type Query { a: String @auth(scope: null) }', /takes strings/],
    ['a number', 'type Query { a: String @auth(scope: 1) }', /takes strings/],
    [
      'an undeclared scope',
      'type Query { a: String @auth(scope: "notes:raed") }',
      /"notes:raed", which is not declared/,
    ],
    ['a letter in the wrong case', 'type Query { a: String @auth(scope: "Admin") }', /not declared/],
    ['illegal characters', 'type Query { a: String @auth(scope: "adm\\"in") }', /RFC 6749/],
    ['an unknown policy', 'type Query { a: String @auth(policy: "ownr") }', /"ownr".*It has: owner, office/],
    ['a policy called like a member of objects', 'type Query { a: String @auth(policy: "toString") }', /"toString"/],
    ['an unknown argument', 'type Query { a: String @auth(role: "admin") }', /no argument "role"/],
    ['an empty list of roles', 'type Query { a: String @auth(roles: []) }', /names nothing/],
    ['a blank role', 'type Query { a: String @auth(roles: [" "]) }', /@auth\(roles:\) has a blank entry/],
    ['an empty list of acr', 'type Query { a: String @auth(acr: []) }', /names nothing/],
    ['an acr with a space', 'type Query { a: String @auth(acr: "a b") }', /without spaces/],
    ['a maxAge of nothing', 'type Query { a: String @auth(maxAge: 0) }', /whole number of seconds above 0/],
    ['a maxAge that is no number', 'type Query { a: String @auth(maxAge: "60") }', /whole number of seconds/],
    ['null as maxAge', 'type Query { a: String @auth(maxAge: null) }', /whole number of seconds/],
    ['@public beside @auth', 'type Query { a: String @public @auth }', /says two things/],
    ['@public on an extension beside @auth', 'type Query @auth { a: String } extend type Query @public', /two things/],
    [
      'a policy of an object on an input',
      'type Query { a(i: I): String } input I { b: Int @auth(policy: "owner") }',
      /I\.b: .*INPUT_FIELD_DEFINITION has none/,
    ],
    [
      '@public on a field whose interface demands',
      'type Query implements I { a: String @public } interface I { a: String @auth }',
      /Query\.a: @public has no effect.*I\.a/,
    ],
    [
      '@public on a type whose interface demands',
      'type Query { a: T } interface I @auth { b: Int } type T implements I @public { b: Int }',
      /T: @public has no effect/,
    ],
  ])('S12 refuses %s', (_name, sdl, message) => {
    expect(apply(sdl)).toThrow(message)
  })

  it.each([
    [{ auth: { scope: 'admin' } }],
    [{ auth: [{ scope: ['admin'] }] }],
    [[{ name: 'auth', args: { scope: 'admin' } }]],
  ])('GQ-08 enforces directives that code places on a field: %j', async (directives) => {
    const one = auth()
    const Query = new GraphQLObjectType({
      name: 'Query',
      fields: { a: { type: GraphQLString, extensions: { directives }, resolve: () => 'a' } },
    })
    const schema = one.apply(new GraphQLSchema({ query: Query }))
    expect(await run(one, schema, '{ a }', await verified(['email']))).toMatchObject({
      decision: { isAllowed: false, requiredScopes: [['admin']] },
    })
  })

  it('S12 names all problems at once', () => {
    const sdl = 'type Query { a: String @auth(scope: "x") b: String @auth(scope: "y") }'
    expect(apply(sdl)).toThrow(
      expect.objectContaining({
        code: 'invalid_schema',
        problems: [
          expect.objectContaining({ coordinate: 'Query.a' }),
          expect.objectContaining({ coordinate: 'Query.b' }),
        ],
      }),
    )
  })

  it.each(['auht', 'Auth', 'aut', 'authh', 'publc', 'requires'])('ATT-088 refuses the undefined @%s', (name) => {
    expect(apply(`type Query { a: String @${name}(scope: "admin") }`)).toThrow(`@${name} is not defined`)
  })

  it('leaves directives of others alone', () => {
    const sdl =
      'directive @cost(scope: String) on FIELD_DEFINITION type Query { a: String @cost(scope: "x") b: Int @cached }'
    expect(apply(sdl)).not.toThrow()
  })

  it('ATT-088 enforces a directive of another name, and refuses the usual one beside it', async () => {
    const one = auth({ directiveName: 'needs' })
    const schema = apply('type Query { a: String @needs(scope: "admin") }', one)()
    const { decision } = await run(one, schema, '{ a }', await verified(['email']))
    expect(decision).toMatchObject({ isAllowed: false, requiredScopes: [['admin']] })
    expect(apply('type Query { a: String @auth(scope: "admin") }', one)).toThrow(/@auth is not defined/)
  })

  it('is done once, however often it is called', async () => {
    const one = auth()
    const schema = apply('type Query { a: String @auth }', one)()
    const { resolve } = schema.getQueryType()?.getFields()['a'] ?? {}
    expect(one.apply(schema)).toBe(schema)
    expect(schema.getQueryType()?.getFields()['a']?.resolve).toBe(resolve)
  })
})

describe("default: 'deny'", () => {
  it('GQ-15 S15 is the default', () => {
    const one = createAuth({ token })
    expect(apply('type Query { a: String }', one)).toThrow(/Query\.a: with default: 'deny'/)
  })

  it.each(['Query { a: Int @auth }', 'Query { a: Int @public }', 'Query @auth { a: Int }', 'Query @public { a: Int }'])(
    'GQ-15 takes type %s',
    (type) => {
      expect(apply(`type ${type}`, auth({ default: 'deny' }))).not.toThrow()
    },
  )

  it.each(['Mutation', 'Subscription'])('GQ-15 asks the same of %s', (type) => {
    const sdl = `type Query { a: Int @public } type ${type} { b: Int }`
    expect(apply(sdl, auth({ default: 'deny' }))).toThrow(`${type}.b: with default: 'deny'`)
  })

  it.each([
    ['T { v: Int }', true],
    ['T { v: Int @public }', false],
    ['T @public { v: Int }', false],
    ['T implements I { v: Int } interface I @public { v: Int }', false],
    ['T implements I { v: Int } interface I { v: Int @public }', false],
    ['T implements I { v: Int @auth } interface I @public { v: Int }', true],
    ['T @public { v: Int @auth }', true],
  ])('GQ-15 demands a token for a field of type %s: %s', (type, needsToken) => {
    const one = auth({ default: 'deny' })
    const schema = apply(`type Query { t: T @public } type ${type}`, one)()
    expect(one.analyze(schema, parse('{ t { v } }'))).toMatchObject({
      needsToken,
      requiredScopes: needsToken ? [[]] : [],
      elements: needsToken ? ['T.v'] : [],
    })
  })
})

describe('a schema that was transformed', () => {
  const sdl = `type Query { open: String closed: String @auth(scope: "admin") other: T } type T { v: Int } extend type T @auth(scope: "email") extend type Query { later: Int @auth(scope: "admin") }`
  const build = (one: ReturnType<typeof auth>) => makeExecutableSchema({ typeDefs: [one.typeDefs, sdl] })

  it.each([
    ['lexicographicSortSchema', lexicographicSortSchema],
    [
      'mapSchema',
      (schema: GraphQLSchema) => mapSchema(schema, { [MapperKind.OBJECT_FIELD]: (config) => ({ ...config }) }),
    ],
    ['extendSchema', (schema: GraphQLSchema) => extendSchema(schema, parse('extend type Query { more: Int }'))],
  ])('GQ-10 demands the same after %s, before and after it was applied', async (_name, transform) => {
    for (const order of ['before', 'after']) {
      const one = auth()
      const schema = order === 'before' ? one.apply(transform(build(one))) : one.apply(transform(one.apply(build(one))))
      for (const [query, allowed] of [
        ['{ open }', true],
        ['{ closed }', false],
        ['{ other { v } }', false],
        ['{ later }', false],
      ] as const)
        expect((await run(one, schema, query, await verified(['users:read']))).decision.isAllowed).toBe(allowed)
      expect(await run(one, schema, '{ closed other { v } }', await verified(['admin', 'email']))).toMatchObject({
        decision: { isAllowed: true },
        result: { data: { closed: null } },
      })
    }
  })

  it('GQ-10 still demands what a transformation lost, as long as resolvers were kept', async () => {
    const one = auth()
    const lost = mapSchema(one.apply(build(one)), {
      [MapperKind.OBJECT_FIELD]: (config) => ({ ...config, astNode: undefined }),
      [MapperKind.OBJECT_TYPE]: (type) =>
        new GraphQLObjectType({ ...type.toConfig(), astNode: null, extensionASTNodes: [] }),
    })
    const { decision } = await run(one, one.apply(lost), '{ closed }', await verified(['email']))
    expect(decision).toMatchObject({ isAllowed: false, requiredScopes: [['admin']] })
  })

  it('ATT-087 adds up the demands of the same field in two schemas', async () => {
    const one = auth()
    const typeDefs = [
      one.typeDefs,
      'type Query { a: T @auth(scope: "admin") } type T @auth(scope: "admin") { v: Int }',
      'extend type T @auth(scope: "email")',
    ]
    const schema = one.apply(makeExecutableSchema({ typeDefs }))
    for (const [held, allowed] of [
      [['admin'], false],
      [['email'], false],
      [['admin', 'email'], true],
    ] as const)
      expect((await run(one, schema, '{ a { v } }', await verified(held))).decision.isAllowed).toBe(allowed)
  })

  it('ATT-087 adds up repeated directives', () => {
    const one = auth()
    const sdl =
      'type Query { a: Int @auth(scope: ["admin", "email"]) @auth(scope: "audit:read") @auth(policy: "office") }'
    const schema = one.apply(buildASTSchema(parse(`${one.typeDefs} ${sdl}`)))
    expect(one.analyze(schema, parse('{ a }')).requiredScopes).toEqual([
      ['admin', 'audit:read'],
      ['email', 'audit:read'],
    ])
  })
})
