import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { createMembers, token } from '../testing/members.js'
import { run } from '../testing/run.js'
import { nullPaths, sampleFields } from '../testing/sample.js'

const { member } = await createMembers()

const SDL = `
  type Query {
    open: Int @public
    closed: Int @auth(scope: "admin")
    strict: Strict @public
    list: [Item] @public
    node: Node @public
    asked(id: ID): Int @auth(policy: "mine")
    input(a: Int @auth(scope: "admin"), b: Int): Int @public
    guarded: [Owned] @public
  }
  type Strict @public { a: Int b: Int! @auth(scope: "admin") }
  type Item @public { id: Int secret: Int @auth(scope: "admin") }
  interface Node @public { id: Int }
  type Free implements Node @public { id: Int }
  type Secret implements Node @auth(scope: "admin") { id: Int }
  type Owned @public { id: Int body: Int @auth(policy: "owner") }
  type Mutation { one: Int @public two: Int @auth(scope: "admin") }
  type Subscription { ev: Int @auth(scope: "admin") }`

function build(mode: 'null' | 'dryRun' | 'reject', sdl = SDL) {
  const auth = createAuth({
    token,
    mode,
    policies: (policy) => ({
      mine: policy.field<{ id?: string }>(({ args }) => args.id === 'mine'),
      owner: policy.object<{ id: number }>(({ parent }) => parent.id === 1),
    }),
  })
  const started: string[] = []
  const schema = makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl] })
  sampleFields(schema, started)
  const fields = schema.getQueryType()?.getFields()
  if (fields?.['guarded']) fields['guarded'].resolve = () => [{ id: 1 }, { id: 2 }]
  return { auth, schema: auth.apply(schema), started }
}

describe('mode null', () => {
  it.each([
    ['{ open closed }', ['closed'], ['Query.open']],
    ['{ open strict { a b } }', ['strict'], ['Query.open', 'Query.strict', 'Strict.a']],
    ['{ list { id secret } }', ['list.secret'], ['Query.list', 'Item.id']],
    ['{ a: asked(id: "mine") b: asked(id: "theirs") }', ['b'], ['Query.asked']],
    ['{ a: input(b: 1) b: input(a: 1) }', ['b'], ['Query.input']],
    ['query ($a: Int = 1) { b: input(a: $a) }', ['b'], []],
  ])('S9 GQ-04 nulls what is denied and starts no resolver for it: %s', async (query, nulled, expected) => {
    const { auth, schema, started } = build('null')
    const { decision, result } = await run(auth, schema, query, await member({ scope: ['email'] }))
    expect(nullPaths(result?.data)).toEqual(nulled)
    expect(result?.errors).toHaveLength(1)
    expect(result?.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', element: expect.any(String) })
    expect(started).toEqual(expected)
    expect(decision).toMatchObject({ isAllowed: true, denials: [{ isAllowed: false }] })
  })

  it('S4 S9 denies a field of an interface for every object, since nobody knows before which one turns up', async () => {
    const { auth, schema } = build('null')
    const fields = schema.getQueryType()?.getFields()
    if (fields?.['node']) fields['node'].resolve = () => ({ __typename: 'Free', id: 1 })
    const { result } = await run(auth, schema, '{ node { id } }', await member({ scope: ['email'] }))
    expect(result).toMatchObject({ data: { node: { id: null } }, errors: [{ path: ['node', 'id'] }] })
    expect((await run(auth, schema, '{ node { id } }', await member({ scope: ['admin'] }))).result).toEqual({
      data: { node: { id: 1 } },
    })
  })

  it.each(['mutation { one two }', 'subscription { ev }'])('S9 rejects %s whole', async (query) => {
    const { auth, schema, started } = build('null')
    const { decision } = await run(auth, schema, query, await member({ scope: ['email'] }))
    expect([decision.isAllowed, started]).toEqual([false, []])
  })

  it('S5 S9 rejects introspection whole, since no field of the schema stands for it', async () => {
    const { auth, schema } = build('null', 'type Query @auth(scope: "admin") { a: Int }')
    const { decision } = await run(auth, schema, '{ a __schema { queryType { name } } }', await member())
    expect(decision).toMatchObject({ isAllowed: false, reason: 'scope' })
  })

  it('S9 nulls the objects that a guard denies, and keeps the others', async () => {
    const { auth, schema } = build('null')
    const { result } = await run(auth, schema, '{ guarded { id body } }', await member())
    expect(result).toMatchObject({
      data: {
        guarded: [
          { id: 1, body: 1 },
          { id: 1, body: null },
        ],
      },
      errors: [{ path: ['guarded', 1, 'body'] }],
    })
  })

  it('S9 refuses what runs around the check all the same', async () => {
    const { schema, started } = build('null')
    const result = await execute({ schema, document: parse('{ closed }'), contextValue: {} })
    expect(result.errors?.[0]?.message).toMatch(/not checked/)
    expect(started).toEqual([])
  })
})

describe('mode dryRun', () => {
  it('S9 executes everything and lists what would be denied', async () => {
    const { auth, schema, started } = build('dryRun')
    const query = '{ open closed asked(id: "theirs") guarded { body } input(a: 1) }'
    const { decision, result } = await run(auth, schema, query, await member({ scope: ['email'] }))
    expect(result?.errors).toBeUndefined()
    expect(nullPaths(result?.data)).toEqual([])
    expect(started).toContain('Query.closed')
    expect(decision.isAllowed).toBe(true)
    const elements = ['Query.closed', 'Query.input(a:)', 'Query.asked', 'Owned.body']
    expect(result?.extensions).toEqual({
      auth: { denials: elements.map((element) => expect.objectContaining({ code: 'FORBIDDEN', element })) },
    })
  })

  it.each(['mutation { one two }', '{ closed }'])('S9 lets %s run without a token, too', async (query) => {
    const { auth, schema } = build('dryRun')
    const { result } = await run(auth, schema, query, undefined)
    expect(nullPaths(result?.data)).toEqual([])
    expect(result?.extensions).toMatchObject({ auth: { denials: [{ code: 'UNAUTHENTICATED' }] } })
  })

  it('S9 says nothing where nothing would be denied', async () => {
    const { auth, schema } = build('dryRun')
    expect((await run(auth, schema, '{ open }', undefined)).result).toEqual({ data: { open: 1 } })
  })

  it('S9 still refuses what was not checked, and what can not be', async () => {
    const { auth, schema } = build('dryRun')
    expect((await execute({ schema, document: parse('{ closed }'), contextValue: {} })).errors).toHaveLength(1)
    const analysis = auth.analyze(schema, parse('{ closed }'), { operationName: 'other' })
    expect(auth.check(analysis, undefined, { context: {} })).toMatchObject({ isAllowed: false, reason: 'document' })
  })
})
