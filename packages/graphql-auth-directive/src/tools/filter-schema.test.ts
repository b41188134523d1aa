import { defineScopes } from '@scopewise/token-core'
import fc from 'fast-check'
import {
  buildSchema,
  execute,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
  printSchema,
  specifiedRules,
  validate,
  validateSchema,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import type { Decision } from '../decide/denial.js'
import { isAuthDirectiveError } from '../errors.js'
import { randomQuery, randomSdl, randomVariables, SCOPES } from '../testing/random.js'
import { createRealm } from '../testing/realm.js'
import { runs } from '../testing/runs.js'
import { createNotesAuth, notesAuth, notesSchema } from '../testing/schema.js'
import { filterSchema } from './filter-schema.js'

const allow = createNotesAuth('allow')
const filtered = (sdl: string, scope?: readonly string[]) =>
  printSchema(
    filterSchema(allow, buildSchema(`${allow.typeDefs} ${sdl}`), scope && { scope: scope as readonly 'admin'[] }),
  ).replaceAll(/\s+/g, ' ')

describe('filterSchema', () => {
  it('GQ-11 shows each caller what its scopes are enough for', () => {
    const schema = notesSchema()
    const anonymous = filterSchema(notesAuth, schema, undefined)
    expect(Object.keys(anonymous.getQueryType()?.getFields() ?? {})).toEqual(['health', 'greeting'])
    expect(anonymous.getMutationType()).toBeUndefined()
    expect(anonymous.getType('Note')).toBeUndefined()
    const reader = filterSchema(notesAuth, schema, { scope: ['notes:read'] })
    expect(Object.keys(reader.getQueryType()?.getFields() ?? {})).toEqual(['health', 'me', 'notes', 'node', 'greeting'])
    expect(Object.keys((reader.getType('Note') as GraphQLObjectType).getFields())).toEqual(['id', 'title'])
    expect(reader.getType('AuditEntry')).toBeUndefined()
    const writer = filterSchema(notesAuth, schema, { scope: ['notes:write', 'admin'] })
    expect(Object.keys((writer.getType('Note') as GraphQLObjectType).getFields())).toContain('internalNote')
    expect(Object.keys((writer.getType('CreateNoteInput') as GraphQLObjectType).getFields())).toContain('pinned')
  })

  it('answers introspection', async () => {
    const schema = filterSchema(notesAuth, notesSchema(), { scope: ['email'] })
    const result = await execute({ schema, document: parse(getIntrospectionQuery()) })
    expect(result.errors).toBeUndefined()
    expect(JSON.stringify(result.data)).toContain('"email"')
    expect(JSON.stringify(result.data)).not.toContain('internalNote')
  })

  it('remembers the result per set of scopes that matter', () => {
    const schema = notesSchema()
    const of = (scope: readonly string[] | undefined) =>
      filterSchema(notesAuth, schema, scope && { scope: scope as readonly 'admin'[] })
    expect(of(['admin', 'email'])).toBe(of(['email', 'admin']))
    expect(of(['admin', 'unrelated'])).toBe(of(['admin']))
    expect(of(['notes:write'])).toBe(of(['notes:write', 'notes:read']))
    expect(of([])).not.toBe(of(undefined))
  })

  it('forgets the one not used for longest beyond a hundred', () => {
    const names = Array.from({ length: 102 }, (_, at) => `s${at}`)
    const scopes = defineScopes(Object.fromEntries(names.map((name) => [name, name])))
    const auth = createAuth({ token: { ...allow.token, scopes } as typeof allow.token, default: 'allow' })
    const fields = names.map((name) => `${name}: Int @auth(scope: "${name}")`).join(' ')
    const schema = buildSchema(`${auth.typeDefs} type Query { ${fields} }`)
    const of = (at: number) => filterSchema(auth, schema, { scope: [`s${at}` as 'admin'] })
    const [first, second] = [of(0), of(1)]
    for (let at = 2; at < 100; at++) of(at)
    expect(of(0)).toBe(first)
    of(100)
    expect(of(0)).toBe(first)
    expect(of(1)).not.toBe(second)
  })

  it('keeps an interface field only if it is usable on each object', () => {
    const sdl = `type Query { i: I u: U } interface I { a: Int b: Int }
      type A implements I { a: Int b: Int @auth(scope: "admin") } type B implements I { a: Int b: Int } union U = A | C
      type C @auth { c: Int }`
    expect(filtered(sdl)).toBe(
      'type Query { i: I u: U } interface I { a: Int } type A implements I { a: Int } type B implements I { a: Int b: Int } union U = A',
    )
  })

  it('leaves nothing empty and nothing dangling', () => {
    expect(
      filtered(
        'type Query { a: Int i: I u: U e: E } interface I { b: Int @auth } type A implements I { b: Int } union U = A type X { e: E @auth } enum E { V @deprecated }',
      ),
    ).toBe('type Query { a: Int e: E } enum E { V @deprecated }')
    expect(filtered('type Query { a(i: In, e: Int): Int b(i: In!): Int } input In { x: Int! @auth }')).toBe(
      'type Query { a(e: Int): Int }',
    )
    expect(filtered('type Query @auth { a: Int } type Mutation { b: Int @auth }')).toBe(
      'type Query { """Nothing else is visible to this caller.""" nothing: Boolean }',
    )
  })

  it('does not show a default that names what is hidden, and hands it to the resolver all the same', async () => {
    const schema = allow.apply(
      buildSchema(`${allow.typeDefs}
        type Query { a(e: E! = SECRET, i: I = { e: OPEN, s: 1 }, l: [E] = [OPEN], n: Int = 7): String b(i: J): Int }
        enum E { OPEN SECRET @auth(scope: "admin") }
        input I { e: E s: Int @auth(scope: "admin") } input J { e: E = SECRET f: E! = SECRET o: E = OPEN }`),
    )
    const query = schema.getQueryType()?.getFields()
    if (query?.['a']) query['a'].resolve = (_, args) => JSON.stringify(args)
    const shown = filterSchema(allow, schema, undefined)
    expect(printSchema(shown).replaceAll(/\s+/g, ' ')).toMatch(
      /type Query \{ a\(e: E!, i: I, l: \[E\] = \[OPEN\], n: Int = 7\): String .* input J \{ e: E f: E! o: E = OPEN \}/,
    )
    const introspected = await execute({ schema: shown, document: parse(getIntrospectionQuery()) })
    expect([introspected.errors, JSON.stringify(introspected.data).includes('SECRET')]).toEqual([undefined, false])
    const { data } = await execute({ schema: shown, document: parse('{ a(e: OPEN) }') })
    const args = { i: { e: 'OPEN', s: 1 }, e: 'OPEN', l: ['OPEN'], n: 7 }
    expect(JSON.parse(String(data?.['a']))).toEqual(args)
    expect(printSchema(filterSchema(allow, schema, { scope: ['admin'] }))).toContain('e: E! = SECRET')
  })

  it('executes with the resolvers of the schema', async () => {
    const schema = notesSchema()
    const query = schema.getQueryType()?.getFields()
    if (query?.['health']) query['health'].resolve = () => 'fine'
    const result = await execute({ schema: filterSchema(notesAuth, schema, undefined), document: parse('{ health }') })
    expect(result).toEqual({ data: { health: 'fine' } })
  })

  it('can be applied again: what was public stays so', () => {
    expect(() => notesAuth.apply(filterSchema(notesAuth, notesSchema(), { scope: ['email'] }))).not.toThrow()
  })
})

const scopes = defineScopes({ s0: 'zero', s1: 'one', s2: 'two', s3: { description: 'three', implies: ['s1'] } })
const realm = await createRealm(scopes)
const tokens = await Promise.all(
  Array.from({ length: 16 }, (_, bits) => realm.verified(SCOPES.filter((_scope, at) => bits & (1 << at)))),
)
const rules = specifiedRules.filter(({ name }) => !/NoUnusedVariables|OverlappingFields/.test(name))

/** `assumeValid` is for speed: here nothing is assumed. */
function problemsOf(schema: GraphQLSchema): readonly string[] {
  return validateSchema(buildSchema(printSchema(schema), { assumeValidSDL: true })).map(({ message }) => message)
}

function emptyTypes(schema: GraphQLSchema): readonly string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => {
      if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
        return Object.keys(type.getFields()).length === 0
      return (isUnionType(type) && type.getTypes().length === 0) || (isEnumType(type) && type.getValues().length === 0)
    })
    .map(({ name }) => name)
}

describe('filterSchema of random schemas', () => {
  it('is a valid schema, and every operation that it accepts is allowed', { timeout: 120_000 }, () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const pick = (below: number) => g(fc.nat, { max: Math.max(0, below - 1) })
        const auth = createAuth({
          token: realm.token,
          default: pick(2) === 0 ? 'deny' : 'allow',
          policies: (policy) => ({ yes: policy.field(() => true), no: policy.field(() => true) }),
        })
        const schema = buildSchema(`${auth.typeDefs} ${randomSdl(pick)}`)
        try {
          auth.apply(schema)
        } catch (error) {
          fc.pre(!isAuthDirectiveError(error))
          throw error
        }
        const token = [undefined, tokens[pick(16)], tokens[pick(16)], tokens[15]][pick(4)]
        const visible = filterSchema(auth, schema, token)
        expect(problemsOf(visible)).toEqual([])
        expect(emptyTypes(visible)).toEqual([])
        for (let operation = 0; operation < 3; operation++) {
          const document = parse(randomQuery(visible, pick))
          if (visible.getQueryType()?.getFields()['nothing'] || validate(visible, document, rules).length > 0) continue
          const variables = randomVariables(pick)
          // Values of variables can't be seen in a schema: only what it shows is supplied.
          const decision = auth.check(auth.analyze(schema, document), token, {
            context: {},
            variables: { w: variables['w'] },
          }) as Decision
          expect(decision).toMatchObject({ isAllowed: true })
          accepted++
        }
      }),
      { numRuns: runs(60), endOnFailure: true },
    )
    expect(accepted).toBeGreaterThan(0)
  })
})
