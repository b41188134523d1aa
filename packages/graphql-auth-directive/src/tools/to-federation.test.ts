import { defineScopes } from '@scopewise/token-core'
import fc from 'fast-check'
import { buildSchema, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { isAuthDirectiveError } from '../errors.js'
import { federationDefinitions } from '../testing/federation.js'
import { randomSdl } from '../testing/random.js'
import { createRealm } from '../testing/realm.js'
import { runs } from '../testing/runs.js'
import { createNotesAuth, notesAuth, notesSchema } from '../testing/schema.js'
import { compareRules } from './compare.js'
import { demandsOf } from './demands.js'
import { toFederation } from './to-federation.js'

const allow = createNotesAuth('allow')
const federate = (sdl: string, names = {}) =>
  toFederation(allow, buildSchema(`${federationDefinitions(names)} ${allow.typeDefs} ${sdl}`))

describe('toFederation', () => {
  it('writes what each element demands, with a link that imports what is used', () => {
    const { typeDefs, problems } = toFederation(notesAuth, notesSchema())
    expect(typeDefs).toContain(
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@authenticated", "@requiresScopes", "@policy"])',
    )
    expect(typeDefs).toContain('health: String!\n')
    expect(typeDefs).toContain('me: User @authenticated')
    expect(typeDefs).toContain('users: [User!]! @requiresScopes(scopes: [["users:read"], ["admin"]])')
    expect(typeDefs).toContain(
      'deleteNote(id: ID!): Boolean! @requiresScopes(scopes: [["notes:write"]]) @policy(policies: [["ownsNote"]])',
    )
    expect(typeDefs).not.toMatch(/@auth\b|@public/)
    expect(problems).toEqual([
      { coordinate: 'CreateNoteInput.pinned', message: expect.stringMatching(/INPUT_FIELD_DEFINITION/) },
    ])
    expect(() => parse(typeDefs)).not.toThrow()
  })

  it('writes what is charged by default, and what other scopes imply', () => {
    const { typeDefs } = toFederation(notesAuth, notesSchema())
    expect(typeDefs).toMatch(/type AuditEntry \{\s+at: String! @authenticated/)
    expect(typeDefs).toContain('notes: [Note!]! @requiresScopes(scopes: [["notes:read"], ["notes:write"]])')
  })

  it('names roles and sign-ins, which no directive of federation says', () => {
    const { typeDefs, problems } = federate(
      'type Query { a: Int @auth(scope: "admin", roles: ["r"], acr: ["x"]) b: Int @auth(maxAge: 60) c: Int @auth }',
    )
    expect(typeDefs).toContain('a: Int @requiresScopes(scopes: [["admin"]])')
    expect(typeDefs).toContain('b: Int @authenticated')
    expect(problems).toEqual([
      { coordinate: 'Query.a', message: 'federation has no directive for roles, acr. Only this subgraph enforces it.' },
      { coordinate: 'Query.b', message: 'federation has no directive for maxAge. Only this subgraph enforces it.' },
    ])
  })

  it('repeats on objects what stands on their interfaces', () => {
    const { typeDefs } = federate(
      'type Query { a: A } interface I @auth(scope: "admin") { x: Int @auth(scope: "email") } type A implements I { x: Int }',
    )
    expect(typeDefs).toContain('type A implements I @requiresScopes(scopes: [["admin"]])')
    expect(typeDefs.match(/x: Int @requiresScopes\(scopes: \[\["email"\]\]\)/g)).toHaveLength(2)
  })

  it('keeps the link and the directives that are there, and their names', () => {
    const { typeDefs } = federate(
      `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", { name: "@authenticated", as: "@login" }]) @link(url: "https://other.example/v1.0")
       type Query { a: A @auth b: Int @auth(scope: "admin") } type A @key(fields: "x") { x: Int @deprecated(reason: "old") y: Int @login }`,
      { authenticated: 'login' },
    )
    expect(typeDefs).toContain(
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@requiresScopes", "@key", {name: "@authenticated", as: "@login"}]) @link(url: "https://other.example/v1.0")',
    )
    expect(typeDefs).toContain('a: A @login')
    expect(typeDefs).toContain('y: Int @login\n')
    expect(typeDefs).toContain('type A @key(fields: "x")')
    expect(typeDefs.match(/@deprecated/g)).toHaveLength(1)
  })

  it('adds an import list to a link that has none, and leaves a link alone that needs nothing', () => {
    const bare = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")'
    expect(federate(`${bare} type Query { a: Int @auth }`).typeDefs).toContain(
      '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])',
    )
    expect(federate(`${bare} type Query { a: Int }`).typeDefs).toContain(bare)
    expect(federate('type Query { a: Int }').typeDefs).not.toContain('@link(')
  })

  it('leaves out what the gateway adds itself', () => {
    const { typeDefs } = federate(
      'scalar _Any union _Entity = A type _Service { sdl: String } type A @auth { x: Int } type Query { a: A _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }',
    )
    expect(typeDefs).not.toMatch(/_Any|_Entity|_Service|_service|_entities|federation__Scope/)
  })

  it('writes alternatives of policies', () => {
    const auth = createAuth({
      token: allow.token,
      default: 'allow',
      policies: (policy) => ({
        a: policy.operation(() => true),
        b: policy.operation(() => true),
        c: policy.operation(() => true),
      }),
    })
    const sdl = `${federationDefinitions({})} ${auth.typeDefs} type Query { x: Int @policy(policies: [["a", "b"], ["c"]]) @auth(policy: "b") }`
    expect(toFederation(auth, buildSchema(sdl)).typeDefs).toContain('@policy(policies: [["a", "b"], ["c", "b"]])')
  })
})

const scopes = defineScopes({ s0: 'zero', s1: 'one', s2: 'two', s3: { description: 'three', implies: ['s1'] } })
const realm = await createRealm(scopes)

describe('toFederation of random schemas', () => {
  it('demands the same of every field when it is read again', { timeout: 120_000 }, () => {
    let compared = 0
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const pick = (below: number) => g(fc.nat, { max: below - 1 })
        const create = (fallback: 'deny' | 'allow') =>
          createAuth({
            token: realm.token,
            default: fallback,
            policies: (policy) => ({ yes: policy.field(() => true), no: policy.field(() => true) }),
          })
        const [auth, reader] = [create(pick(2) === 0 ? 'deny' : 'allow'), create('allow')]
        const schema = buildSchema(`${auth.typeDefs} ${randomSdl(pick)}`)
        try {
          auth.apply(schema)
        } catch (error) {
          fc.pre(!isAuthDirectiveError(error))
          throw error
        }
        const { typeDefs } = toFederation(auth, schema)
        const again = buildSchema(`${federationDefinitions({})} ${typeDefs}`)
        const before = demandsOf(auth['~inside'].indexOf(schema)).fields
        const after = demandsOf(reader['~inside'].indexOf(again)).fields
        expect([...after.keys()]).toEqual([...before.keys()])
        for (const [coordinate, { rules }] of before) {
          const comparison = compareRules(rules, after.get(coordinate)?.rules ?? [], scopes.closure)
          expect(`${coordinate} ${comparison}`).toBe(`${coordinate} equal`)
          if (rules.length > 0) compared++
        }
      }),
      { numRuns: runs(60), endOnFailure: true },
    )
    expect(compared).toBeGreaterThan(runs(100))
  })
})
