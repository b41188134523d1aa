import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { createMembers, token } from '../testing/members.js'
import { run } from '../testing/run.js'

const { member } = await createMembers()

describe('policies of many objects', () => {
  const notes = Array.from({ length: 5 }, (_, at) => ({ id: at, author: at % 2 === 0 ? 'alice' : 'bob' }))
  const sdl = `type Query { notes: [Note] @public later: [Note] @public }
    type Note @public { id: Int body(tail: String): String @auth(policy: "authors") other: Int @auth(policy: "authors") }`

  function build(ask: (parents: readonly { author: string }[]) => unknown, timeout = 5) {
    const calls: number[][] = []
    const auth = createAuth({
      token,
      mode: 'null',
      policyTimeout: timeout,
      policies: (policy) => ({
        authors: policy.objects<{ id: number; author: string }>(({ parents, args, element, token: asked }) => {
          expect([asked.claims.sub, element.startsWith('Note.'), typeof args]).toEqual(['alice', true, 'object'])
          calls.push(parents.map(({ id }) => id))
          // What types forbid, plain JavaScript may do.
          return ask(parents) as readonly boolean[]
        }),
      }),
    })
    const resolvers = {
      Query: { notes: () => notes, later: () => notes.map((note) => Promise.resolve(note)) },
      Note: { body: ({ author }: { author: string }) => author, other: () => 1 },
    }
    const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers }))
    return { auth, schema, calls }
  }
  const isAlice = (parents: readonly { author: string }[]) => parents.map(({ author }) => author === 'alice')

  it.each(['notes', 'later'])('S8 are asked once per tick, in order, for %s', async (field) => {
    const { auth, schema, calls } = build(async (parents) => isAlice(parents))
    const { result } = await run(auth, schema, `{ ${field} { id body } }`, await member())
    expect(calls).toEqual([[0, 1, 2, 3, 4]])
    expect(result?.data?.[field]).toEqual(
      notes.map(({ id, author }) => ({ id, body: author === 'alice' ? 'alice' : null })),
    )
  })

  it('S8 GQ-13 are asked apart for each field node', async () => {
    const { auth, schema, calls } = build(isAlice)
    await run(auth, schema, '{ notes { a: body(tail: "x") b: body other } }', await member())
    expect(calls).toHaveLength(3)
  })

  it.each<[string, (parents: readonly { author: string }[]) => unknown]>([
    ['too few answers', (parents) => isAlice(parents).slice(1)],
    ['too many answers', (parents) => [...isAlice(parents), true]],
    ['one answer for all', () => true],
    ['no list', () => ({ length: 5 })],
    ['truthy answers', (parents) => parents.map(() => 1)],
    ['a rejection', () => Promise.reject(new Error('secret detail'))],
    [
      'a throw',
      () => {
        throw new Error('secret detail')
      },
    ],
    ['no answer', () => new Promise(() => {})],
  ])('S8 deny all on %s', async (_name, ask) => {
    const { auth, schema } = build(ask, 0.02)
    const { result } = await run(auth, schema, '{ notes { id body } }', await member())
    expect(result?.data?.['notes']).toEqual(notes.map(({ id }) => ({ id, body: null })))
    expect(JSON.stringify(result)).not.toContain('secret detail')
  })
})

describe('what was decided about', () => {
  const sdl = `type Query { a: Int @public }
    type Mutation { remove(id: ID!): Boolean @auth(policy: "mine") make(input: In): Boolean @public }
    input In { title: String pinned: Boolean @auth(scope: "admin") }`
  const started: string[] = []
  const auth = createAuth({
    token,
    policies: (policy) => ({ mine: policy.field<{ id: string }>(({ args }) => args.id === 'mine') }),
  })
  const start = (name: string) => () => {
    started.push(name)
    return true
  }
  const resolvers = { Mutation: { remove: start('remove'), make: start('make') } }
  const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers }))

  it.each([
    ['mutation ($id: ID!) { remove(id: $id) }', { id: 'mine' }, { id: 'theirs' }],
    ['mutation ($i: In) { make(input: $i) }', { i: { title: 't' } }, { i: { title: 't', pinned: true } }],
    ['mutation ($p: Boolean) { make(input: { pinned: $p }) }', {}, { p: true }],
    ['mutation ($i: In!) { make(input: $i) }', { i: 1 }, { i: { pinned: true } }],
  ])('GQ-13 S8 is what runs: %s refuses other variables', async (query, checked, other) => {
    started.length = 0
    const document = parse(query)
    const context = {}
    const analysis = auth.analyze(schema, document)
    const decision = await auth.check(analysis, await member(), { context, variables: checked })
    expect(decision.isAllowed).toBe(true)
    const result = await execute({ schema, document, contextValue: context, variableValues: other })
    expect(result.errors?.[0]?.message).toMatch(/was not checked/)
    expect(started).toEqual([])
  })

  it('S6 lets an operation run whose variables are equal but not the same', async () => {
    started.length = 0
    const document = parse('mutation ($id: ID!, $i: In) { remove(id: $id) make(input: $i) }')
    const context = {}
    const variables = () => ({ id: 'mine', i: { title: 't' } })
    await auth.check(auth.analyze(schema, document), await member(), { context, variables: variables() })
    const result = await execute({ schema, document, contextValue: context, variableValues: variables() })
    expect(result).toEqual({ data: { remove: true, make: true } })
  })
})

describe('execute and subscribe', () => {
  const sdl = `type Query { a: Int @auth(scope: "admin") open: Int @public } type Subscription { ev: Ev @auth }
    type Ev @public { id: Int @auth(policy: "odd") }`
  let isClosed = false
  const auth = createAuth({
    token,
    policies: (policy) => ({ odd: policy.object<{ id: number }>(({ parent }) => parent.id % 2 === 1) }),
  })
  const resolvers = {
    Query: { a: () => 1, open: () => 2 },
    Subscription: {
      ev: {
        async *subscribe() {
          try {
            for (let id = 1; id < 4; id++) yield { ev: { id } }
          } finally {
            isClosed = true
          }
        },
      },
    },
  }
  const schema = makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers })

  it('S10 check first, and answer a denial without data', async () => {
    const document = parse('{ a }')
    const denied = await auth.execute({
      schema,
      document,
      token: undefined,
      challenge: { resourceMetadata: 'https://api.example/m' },
    })
    expect(denied).toEqual({ errors: [expect.objectContaining({ path: ['a'] })] })
    expect(denied.errors?.[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      challenge: 'Bearer scope="admin", resource_metadata="https://api.example/m"',
    })
    expect(await auth.execute({ schema, document, token: await member({ scope: ['admin'] }) })).toEqual({
      data: { a: 1 },
    })
    expect(await auth.execute({ schema, document: parse('{ open }'), token: undefined })).toEqual({ data: { open: 2 } })
  })

  it('S9 GQ-14 finish each event, and close the source when the reader leaves', async () => {
    const document = parse('subscription { ev { id } }')
    expect(await auth.subscribe({ schema, document, token: undefined })).toMatchObject({ errors: [{}] })
    const stream = await auth.subscribe({ schema, document, token: await member() })
    if (!(Symbol.asyncIterator in stream)) throw new Error('no stream')
    const seen: unknown[] = []
    for await (const { data } of stream) if (seen.push(data) === 2) break
    expect([seen, isClosed]).toEqual([[{ ev: { id: 1 } }, null], true])
  })
})

describe('auth.resolvers', () => {
  const auth = createAuth({ token })
  const { authenticated, user } = auth.resolvers
  const sdl = 'type Query { any: String @public user: String @public scoped: String @public }'
  const subject = (_: unknown, _args: unknown, context: { token: { claims: { sub: string } } }) =>
    context.token.claims.sub
  const resolvers = {
    Query: { any: authenticated(subject), user: user(subject), scoped: authenticated(subject, 'notes:read', 'email') },
  }
  const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers }))
  const ask = async (field: string, who?: Parameters<typeof member>[0]) => {
    const contextValue = who ? { token: await member(who) } : {}
    const { data, errors } = await execute({ schema, document: parse(`{ ${field} }`), contextValue })
    return errors?.[0]?.extensions['code'] ?? data?.[field]
  }

  it('GQ-21 S10 hold a third time what their types say', async () => {
    expect(await ask('any')).toBe('UNAUTHENTICATED')
    expect(await ask('any', { subject: 'web', clientId: 'web' })).toBe('web')
    expect(await ask('user', { subject: 'web', clientId: 'web' })).toBe('FORBIDDEN')
    expect(await ask('user', { subject: 'alice' })).toBe('alice')
    expect(await ask('scoped', { scope: ['email'] })).toBe('FORBIDDEN')
    expect(await ask('scoped', { scope: ['email', 'notes:write'] })).toBe('alice')
  })
})
