import { defineAccessToken } from '@scopewise/token-core'
import { buildSchema, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { federationDefinitions } from '../testing/federation.js'
import { scopes } from '../testing/notes.js'
import { createRealm } from '../testing/realm.js'
import { run } from '../testing/run.js'

const realm = await createRealm(scopes)
const token = defineAccessToken({ scopes, lifetime: 600 })
const auth = createAuth({
  token,
  default: 'allow',
  policies: (policy) => ({
    yes: policy.operation(() => true),
    no: policy.field(() => false),
    object: policy.object(() => true),
    broken: policy.operation(() => {
      throw new Error('broken')
    }),
  }),
})
const LINK = 'https://specs.apollo.dev/federation/v2.9'

const build = (sdl: string, names = {}) => auth.apply(buildSchema(`${federationDefinitions(names)} ${sdl}`))
const required = (sdl: string, query: string, names = {}) =>
  auth.analyze(build(sdl, names), parse(query)).requiredScopes
const problems = (sdl: string) => {
  try {
    build(sdl)
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('the directives of federation', () => {
  it('demand a token, scopes and policies like @auth', () => {
    const sdl = `extend schema @link(url: "${LINK}", import: ["@authenticated", "@requiresScopes", "@policy"])
      type Query { a: Int @authenticated b: Int @requiresScopes(scopes: [["notes:read", "email"], ["admin"]]) c: T d: Int }
      type T @requiresScopes(scopes: ["users:read"]) { e: Int @requiresScopes(scopes: "email") }`
    expect(required(sdl, '{ a }')).toEqual([[]])
    expect(required(sdl, '{ b }')).toEqual([['admin'], ['notes:read', 'email']].toReversed())
    expect(required(sdl, '{ c { e } }')).toEqual([['users:read', 'email']])
    expect(required(sdl, '{ d }')).toEqual([])
  })

  it('ATT-088 are enforced under whatever name a link gives them', () => {
    const aliased = [
      [
        `@link(url: "${LINK}", import: [{ name: "@authenticated", as: "@login" }, { name: "@requiresScopes", as: "@needs" }])`,
        'login',
        'needs',
      ],
      [`@link(url: "${LINK}")`, 'federation__authenticated', 'federation__requiresScopes'],
      [`@link(url: "${LINK}", as: "fed")`, 'fed__authenticated', 'fed__requiresScopes'],
      [
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1", as: "login") @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", as: "needs")',
        'login',
        'needs',
      ],
      [
        '@link(url: "https://specs.apollo.dev/authenticated/v0.1/") @link(url: "https://specs.apollo.dev/requiresScopes")',
        'authenticated',
        'requiresScopes',
      ],
      // A name of ours may be taken by a link: what the link says counts.
      [
        `@link(url: "${LINK}", import: [{ name: "@authenticated", as: "@public" }, { name: "@requiresScopes", as: "@auth" }])`,
        'public',
        'auth',
      ],
    ] as const
    for (const [link, authenticated, requiresScopes] of aliased) {
      const sdl = `extend schema ${link} type Query { a: Int @${authenticated} b: Int @${requiresScopes}(scopes: [["admin"]]) }`
      expect(required(sdl, '{ a }', { authenticated, requiresScopes }), link).toEqual([[]])
      expect(required(sdl, '{ b }', { authenticated, requiresScopes }), link).toEqual([['admin']])
    }
  })

  it('ATT-088 are enforced when @link itself is renamed', () => {
    const sdl = `directive @core(feature: String, as: String, import: [link__Import], url: String) repeatable on SCHEMA
      schema @core(url: "https://specs.apollo.dev/link/v1.0", as: "core") @core(url: "${LINK}", import: [{ name: "@authenticated", as: "@login" }]) { query: Query }
      type Query { a: Int @login }`
    expect(required(sdl, '{ a }', { authenticated: 'login' })).toEqual([[]])
  })

  it.each([
    ['requires', '', '@requires(fields: "secret")'],
    ['needs', '{ name: "@requires", as: "@needs" }', '@needs(fields: "secret")'],
    ['fed__requires', '', '@fed__requires(fields: "secret")'],
  ])('GQ-02 ATT-086 ATT-088 charge for what @%s names', (name, imports, written) => {
    const sdl = `extend schema @link(url: "${LINK}", as: "fed", import: [${imports}])
      ${name === 'requires' ? '' : `directive @${name}(fields: FieldSet!) on FIELD_DEFINITION`}
      type Query { a: A } type A @key(fields: "id") { id: ID secret: Int @external @fed__requiresScopes(scopes: "admin") sum: Int ${written} }`
    expect(required(sdl, '{ a { sum } }', { requiresScopes: 'fed__requiresScopes' })).toEqual([['admin']])
    expect(required(sdl, '{ a { id } }', { requiresScopes: 'fed__requiresScopes' })).toEqual([])
  })

  const context = (field: string, names = ['context', 'fromContext'], link = '') => `${link}
    type Query { a: Top b: Other } union Any @${names[0]}(name: "any") = Top | Other
    type Top @${names[0]}(name: "top") { secret: Int @auth(scope: "admin") free: Int deep: Deep low: Low }
    type Deep @auth(scope: "email") { x: Int } type Other { secret: Int @auth(scope: "users:read") }
    type Low { sum(s: Int @${names[1]}(field: "${field}")): Int other: Int }`

  it.each([
    ['$top { secret }', [['admin']]],
    ['$top { s: secret }', [['admin']]],
    [' $top{free}', []],
    ['$top { deep { x } }', [['email']]],
    ['$any ... on Top { free } ... on Other { secret }', [['users:read']]],
    ['$any { secret }', [['admin', 'users:read']]],
  ])('GQ-02 ATT-086 charge an argument that comes from the context %s', (field, expected) => {
    const sdl = `${auth.typeDefs} ${context(field)}`
    expect(required(sdl, '{ a { low { sum } } }')).toEqual(expected)
    expect(required(sdl, '{ a { low { other } } }')).toEqual([])
  })

  it('GQ-02 ATT-086 ATT-088 charge it under whatever name a link gives it', () => {
    const link = `extend schema @link(url: "${LINK}", import: [{ name: "@context", as: "@gives" }, { name: "@fromContext", as: "@takes" }])
      directive @gives(name: String!) repeatable on OBJECT | UNION directive @takes(field: ContextFieldValue) on ARGUMENT_DEFINITION`
    const sdl = `${auth.typeDefs} ${context('$top { secret }', ['gives', 'takes'], link)}`
    expect(required(sdl, '{ a { low { sum } } }')).toEqual([['admin']])
  })

  it.each(['$none { secret }', '$top { gone }', '$top', 'secret', '$top { secret'])(
    'ATT-086 S12 refuse the context %s, which can not be told',
    (field) => {
      expect(problems(`${auth.typeDefs} ${context(field)}`)).toMatch(/Low\.sum: @fromContext of s names/)
    },
  )

  it('are enforced without a link, under their own names', () => {
    expect(required('type Query { a: Int @authenticated }', '{ a }')).toEqual([[]])
  })

  it('leave a directive alone that only has the name', () => {
    const schema = buildSchema(
      `directive @policy(name: String) on FIELD_DEFINITION type Query { a: Int @policy(name: "cached") }`,
    )
    expect(auth.analyze(auth.apply(schema), parse('{ a }')).requiredScopes).toEqual([])
  })

  it('ATT-087 are added to an @auth on the same element', () => {
    const sdl = `${auth.typeDefs} type Query { a: Int @auth(scope: "email") @requiresScopes(scopes: [["admin"]]) }`
    expect(required(sdl, '{ a }')).toEqual([['email', 'admin']])
  })

  it.each([
    ['@requiresScopes(scopes: [])', /names nothing/],
    ['@requiresScopes(scopes: [[]])', /blank scope/],
    ['@requiresScopes(scopes: [["admin"], []])', /blank scope/],
    ['@requiresScopes(scopes: [["nobody:knows"]])', /not declared/],
    ['@policy(policies: [["unknown"]])', /policy "unknown"/],
    ['@policy(policies: [["yes"], ["unknown"]])', /policy "yes \| unknown"/],
    ['@policy(policies: [[]])', /takes strings/],
  ])('refuse %s when the schema is built', (directive, message) => {
    expect(problems(`type Query { a: Int ${directive} }`)).toMatch(message)
  })
})

describe('@policy with alternatives', () => {
  it.each([
    ['[["yes"]]', true],
    ['[["no"]]', false],
    ['[["yes", "no"]]', false],
    ['[["no"], ["yes"]]', true],
    ['[["yes", "no"], ["broken"]]', false],
    ['[["broken"], ["yes"]]', true],
    ['[["object", "no"], ["yes"]]', true],
    ['[["object", "no"], ["broken"]]', false],
  ])('%s answers %s', async (policies, isAllowed) => {
    const schema = build(`type Query { a: Int @policy(policies: ${policies}) }`)
    const { decision, result } = await run(auth, schema, '{ a }', await realm.verified([]), { rootValue: { a: 1 } })
    expect(decision.isAllowed && result?.data?.['a'] === 1).toBe(isAllowed)
  })
})
