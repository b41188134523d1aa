import { makeExecutableSchema } from '@graphql-tools/schema'
import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { scopes, typeDefs } from '../testing/notes.js'
import { createRealm } from '../testing/realm.js'

const { token } = await createRealm(scopes)
const create = (limits = {}) =>
  createAuth({ token, limits, policies: (policy) => ({ ownsNote: policy.field(() => true) }) })
const auth = create()
const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, typeDefs] }))
const required = (query: string, variables?: Record<string, unknown>) =>
  auth.analyze(schema, parse(query), { variables }).requiredScopes

describe('analyze', () => {
  it.each([
    ['{ health }', []],
    ['{ me { id } }', [[]]],
    ['{ users { name } }', [['users:read'], ['admin']]],
    ['{ auditLog { at } }', [['admin', 'audit:read']]],
    ['{ node(id: 1) { id } }', [['notes:read']]],
    ['{ node(id: 1) { __typename } }', [[]]],
    ['{ node(id: 1) { ... on Note { internalNote } } }', [['notes:read', 'admin']]],
    ['{ __schema { types { name } } __typename }', []],
    ['{ __type(name: "User") { name } }', []],
    ['mutation { deleteNote(id: 1) }', [['notes:write']]],
    ['{ greeting { text } }', []],
  ])('says what %s needs', (query, expected) => {
    expect(required(query)).toEqual(expected)
  })

  it('GQ-01 GQ-03 finds one protected field through every shape', () => {
    const shapes = [
      '{ me { email } }',
      '{ me { health: email } }',
      '{ me { __proto__: email } }',
      '{ me { ... { email } } }',
      '{ me { ... on User { email } } }',
      '{ me { ... on Node { ... on User { email } } } }',
      '{ me { ...F } } fragment F on User { email }',
      '{ me { ...F } } fragment F on Node { ...G } fragment G on User { email }',
      '{ ...Q } fragment Q on Query { me { email } }',
      '{ me { id } again: me { email } }',
      'query ($v: Boolean!) { me { email @skip(if: $v) @include(if: true) } }',
      '{ me { ... @include(if: true) { ... @skip(if: false) { email } } } }',
      'query A { health } query B { me { email } }',
    ]
    for (const shape of shapes) {
      const analysis = auth.analyze(schema, parse(shape), {
        operationName: shape.includes('query B') ? 'B' : undefined,
        variables: { v: false },
      })
      expect([shape, analysis.requiredScopes]).toEqual([shape, [['email']]])
    }
  })

  it('S7 counts only the operation that is executed', () => {
    const document = parse('query A { health } query B { users { name } }')
    expect(auth.analyze(schema, document, { operationName: 'A' }).requiredScopes).toEqual([])
    expect(auth.analyze(schema, document, { operationName: 'B' }).requiredScopes).toEqual([['users:read'], ['admin']])
    for (const operationName of [undefined, 'C', '__proto__', 'constructor'])
      expect(auth.analyze(schema, document, { operationName })).toMatchObject({
        operation: undefined,
        needsToken: true,
        refused: expect.any(String),
      })
  })

  it('charges an input field that a request supplies, and only that', () => {
    const literal = (input: string) => required(`mutation { createNote(input: ${input}) { id } }`)
    const variable = (input: unknown) =>
      required('mutation ($input: CreateNoteInput!) { createNote(input: $input) { id } }', { input })
    const inner = (variables: Record<string, unknown>) =>
      required('mutation ($p: Boolean) { createNote(input: { title: "t", pinned: $p }) { id } }', variables)
    const free = [['notes:write', 'notes:read']]
    const charged = [['notes:write', 'admin', 'notes:read']]
    const sort = (found: readonly (readonly string[])[]) => found.map((one) => [...one].sort())
    for (const found of [
      literal('{ title: "t" }'),
      variable({ title: 't' }),
      variable({ title: 't', pinned: undefined }),
      inner({}),
    ])
      expect(sort(found)).toEqual(sort(free))
    for (const found of [
      literal('{ title: "t", pinned: null }'),
      variable({ title: 't', pinned: false }),
      variable({ title: 't', pinned: null }),
      inner({ p: null }),
    ])
      expect(sort(found)).toEqual(sort(charged))
  })

  it('finds a guarded input field behind types that carry nothing', () => {
    const one = createAuth({ token, default: 'allow' })
    const sdl =
      'type Query { a(i: A): Int } input A { b: [B] } input B { c: C a: A } input C { d: Int @auth(scope: "admin") }'
    const own = one.apply(makeExecutableSchema({ typeDefs: [one.typeDefs, sdl] }))
    const query = parse('query ($i: A) { a(i: $i) }')
    const needs = (i: unknown) => one.analyze(own, query, { variables: { i } }).requiredScopes
    expect(needs({ b: [{ a: { b: { c: { d: 1 } } } }] })).toEqual([['admin']])
    expect(needs({ b: [{ a: { b: { c: {} } } }] })).toEqual([])
    expect(one.analyze(own, parse('{ a(i: { b: { c: { d: 1 } } }) }')).requiredScopes).toEqual([['admin']])
  })

  it('GQ-01 charges what an object inherits, also where it is reached through something else', () => {
    const one = createAuth({ token, default: 'allow' })
    const sdl = `type Query { u: U o: Other } union U = A interface Other { x: Int }
      interface Base @auth(scope: "admin") { v: Int } interface I implements Base { v: Int }
      type A implements I & Base & Other { v: Int x: Int }`
    const own = one.apply(makeExecutableSchema({ typeDefs: [one.typeDefs, sdl] }))
    for (const query of [
      '{ u { ... on A { v } } }',
      '{ o { x } }',
      '{ o { ... on U { ... on A { x } } } }',
      '{ u { ... on U { ... on Other { x } } } }',
    ])
      expect([query, one.analyze(own, parse(query)).requiredScopes]).toEqual([query, [['admin']]])
    expect(one.analyze(own, parse('{ o { __typename } u { __typename } }')).requiredScopes).toEqual([])
  })

  it('says what holds for any variables, and that they may add to it', () => {
    const document = parse('query ($v: Boolean!) { me { id email @include(if: $v) } }')
    expect(auth.analyze(schema, document)).toMatchObject({ requiredScopes: [[]], isConditional: true })
    expect(auth.analyze(schema, document, { variables: { v: true } })).toMatchObject({
      requiredScopes: [['email']],
      isConditional: false,
      elements: ['Query.me', 'User.id', 'User.email'],
    })
    expect(auth.analyze(schema, document, { variables: { v: false } }).requiredScopes).toEqual([[]])
  })

  it('S7 takes all conditions as true when the variables can not be coerced', () => {
    const query = 'query ($v: Boolean!) { me { id email @include(if: $v) } }'
    expect(required(query, { v: 'maybe' })).toEqual([['email']])
    expect(required(query, {})).toEqual([['email']])
  })

  it('S14 is made once per document', () => {
    const document = parse('{ users { name } }')
    expect(auth.analyze(schema, document)).toBe(auth.analyze(schema, document))
  })
})

describe('analyze of what validation would refuse', () => {
  it.each([
    ['an unknown fragment', '{ ...F }'],
    ['an unknown field', '{ nothing }'],
    ['an unknown field of one possible type', '{ node(id: 1) { title } }'],
    ['an unknown type condition', '{ ... on Nothing { health } }'],
    ['a fragment that is defined twice', '{ ...F } fragment F on Query { health } fragment F on Query { me { id } }'],
    ['an operation type that the schema does not have', 'subscription { nothing }'],
    ['introspection inside a type', '{ me { __schema { types { name } } } }'],
  ])('GQ-12 refuses %s', (_name, query) => {
    const analysis = auth.analyze(schema, parse(query))
    expect(analysis).toMatchObject({ needsToken: true, refused: expect.any(String) })
    expect(auth.check(analysis, undefined, { context: {} })).toMatchObject({ isAllowed: false, reason: 'document' })
  })

  it('ends on fragments in a ring', () => {
    const ring = '{ me { ...A } } fragment A on User { id ...B } fragment B on User { email ...A }'
    expect(required(ring)).toEqual([['email']])
  })
})

describe('analyze of what is made to be expensive', () => {
  /** Analyses by an auth that reads no more than so many selections. */
  const within = (selections: number, query: string) => {
    const one = create({ selections })
    const own = one.apply(makeExecutableSchema({ typeDefs: [one.typeDefs, typeDefs] }))
    return one.analyze(own, parse(query))
  }

  it('GQ-09 S14 reads each selection once, on 2^24 paths through fragments', () => {
    const fragments = Array.from({ length: 24 }, (_, at) => `fragment F${at} on User { ...F${at + 1} ...F${at + 1} }`)
    const query = `{ me { ...F0 } } ${fragments.join(' ')} fragment F24 on User { email }`
    // One of the operation, one of `me`, two in each of 24 fragments, one in the last.
    expect(within(51, query).requiredScopes).toEqual([['email']])
    expect(within(50, query).refused).toMatch(/more than 50 selections/)
  })

  it('GQ-09 ATT-089 S14 reads each selection once, with 10,000 aliases', () => {
    const query = `{ ${Array.from({ length: 10_000 }, (_, at) => `a${at}: users { name }`).join(' ')} }`
    expect(within(20_000, query).requiredScopes).toEqual([['users:read'], ['admin']])
    expect(within(19_999, query).refused).toMatch(/more than 19999 selections/)
  })

  it('S14 refuses more selections than the limit, and deeper ones', () => {
    const small = createAuth({ token, default: 'allow', limits: { selections: 100, depth: 10 } })
    const own = small.apply(makeExecutableSchema({ typeDefs: [small.typeDefs, 'type Query { q: Query v: Int }'] }))
    const nested = (depth: number) => parse(`${'{ q '.repeat(depth)}{ v }${' }'.repeat(depth)}`)
    const wide = (count: number) => parse(`{ ${Array.from({ length: count }, (_, at) => `a${at}: v`).join(' ')} }`)
    expect(small.analyze(own, nested(9)).refused).toBeUndefined()
    expect(small.analyze(own, nested(10)).refused).toMatch(/nested deeper than 10/)
    expect(small.analyze(own, wide(100)).refused).toBeUndefined()
    expect(small.analyze(own, wide(101)).refused).toMatch(/more than 100 selections/)
  })

  it('survives deep literals and deep variables', () => {
    const one = createAuth({ token, default: 'allow' })
    const sdl = 'type Query { a(i: I): Int } input I { next: I many: [I] b: Int @auth(scope: "admin") }'
    const own = one.apply(makeExecutableSchema({ typeDefs: [one.typeDefs, sdl] }))
    let deep: object = { b: 1 }
    for (let depth = 0; depth < 2_000; depth++) deep = { next: deep }
    const document = parse('query ($i: I) { a(i: $i) }')
    expect(one.analyze(own, document, { variables: { i: deep } }).requiredScopes).toEqual([['admin']])
    const ring: Record<string, unknown> = {}
    ring['many'] = [ring, ring]
    expect(one.analyze(own, document, { variables: { i: ring } }).refused).toMatch(/too many values/)
  })
})
