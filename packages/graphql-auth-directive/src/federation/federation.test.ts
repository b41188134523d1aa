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
