import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute, parse, subscribe } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from './auth.js'
import type { PolicyHelpersFor } from './policy.js'
import { scopes, typeDefs } from './testing/notes.js'
import { createRealm } from './testing/realm.js'
import { run } from './testing/run.js'

const { token, verified } = await createRealm(scopes)

interface World {
  readonly owned: ReadonlySet<string>
}
const world = (...owned: string[]): World => ({ owned: new Set(owned) })

function createServer() {
  const started: string[] = []
  const asked: string[] = []
  const auth = createAuth({
    token,
    policies: (policy: PolicyHelpersFor<typeof token, World>) => ({
      ownsNote: policy.field<{ id: string }>(async ({ args, context, element }) => {
        asked.push(`${element} ${args.id}`)
        return context.owned.has(args.id)
      }),
    }),
  })
  const start =
    <T>(name: string, value: T) =>
    () => {
      started.push(name)
      return value
    }
  const resolvers = {
    Query: {
      health: start('health', 'ok'),
      me: start('me', { id: 'u', name: 'Alice', email: 'a@example.com' }),
      notes: start('notes', [{ id: 'n', title: 'Note' }]),
      node: start('node', { __typename: 'Note', id: 'n', title: 'Note' }),
    },
    Mutation: { createNote: start('createNote', { id: 'n', title: 't' }), deleteNote: start('deleteNote', true) },
    Subscription: {
      noteAdded: {
        async *subscribe() {
          started.push('noteAdded')
          yield { noteAdded: { id: 'n', title: 'Note' } }
        },
      },
    },
  }
  const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, typeDefs], resolvers }))
  return { auth, schema, started, asked }
}

describe('check', () => {
  it('lets a public operation run without a token', async () => {
    const { auth, schema } = createServer()
    expect((await run(auth, schema, '{ health __typename }', undefined)).result).toEqual({
      data: { health: 'ok', __typename: 'Query' },
    })
  })

  it('GQ-05 GQ-06 tells without a token what the operation needs, and starts nothing', async () => {
    const { auth, schema, started } = createServer()
    const { decision } = await run(auth, schema, '{ health notes { id internalNote } }', undefined)
    expect(decision).toEqual({
      isAllowed: false,
      isHidden: false,
      acrValues: undefined,
      maxAge: undefined,
      reason: 'token',
      code: 'UNAUTHENTICATED',
      status: 401,
      element: 'Query.notes',
      path: ['notes'],
      requiredScopes: [['notes:read', 'admin']],
      missingScopes: ['notes:read', 'admin'],
      message: 'This operation needs an access token.',
    })
    expect(started).toEqual([])
  })

  it('GQ-05 GQ-06 tells which scopes a token lacks, where, and starts nothing', async () => {
    const { auth, schema, started } = createServer()
    const { decision } = await run(
      auth,
      schema,
      '{ all: notes { id secret: internalNote } }',
      await verified(['notes:read']),
    )
    expect(decision).toMatchObject({
      reason: 'scope',
      code: 'FORBIDDEN',
      status: 403,
      element: 'Note.internalNote',
      path: ['all', 'secret'],
      requiredScopes: [['notes:read', 'admin']],
      missingScopes: ['admin'],
    })
    expect(started).toEqual([])
  })

  it('GQ-17 looks at the closure of the granted scopes and names the demanded one', async () => {
    const { auth, schema } = createServer()
    expect((await run(auth, schema, '{ notes { id } }', await verified(['notes:write']))).decision.isAllowed).toBe(true)
    const { decision } = await run(auth, schema, '{ notes { id } }', await verified(['email']))
    expect(decision).toMatchObject({ requiredScopes: [['notes:read']], missingScopes: ['notes:read'] })
  })

  it('GQ-16 asks for the alternative that is written first', async () => {
    const { auth, schema } = createServer()
    const { decision } = await run(auth, schema, '{ users { name } }', await verified(['notes:read']))
    expect(decision).toMatchObject({ requiredScopes: [['users:read'], ['admin']], missingScopes: ['users:read'] })
  })

  it('GQ-02 charges the protected object on the way to its fields', async () => {
    const { auth, schema } = createServer()
    const { decision } = await run(auth, schema, '{ node(id: 1) { ... on Note { title } } }', await verified(['email']))
    expect(decision).toMatchObject({ isAllowed: false, element: 'Note' })
  })

  it('ATT-085 does not let a fragment on an implementation pass by the directive of its interface', async () => {
    const auth = createAuth({ token, default: 'allow' })
    const sdl =
      'type Query { i: I a: A } interface I @auth(scope: "admin") { id: ID secret: Int @auth(scope: "email") } type A implements I { id: ID secret: Int }'
    const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl] }))
    const shapes = [
      '{ i { secret } }',
      '{ i { ... on A { secret } } }',
      '{ a { secret } }',
      '{ a { ...F } } fragment F on I { secret }',
    ]
    for (const query of shapes)
      for (const [held, allowed] of [
        [['admin'], false],
        [['email'], false],
        [['admin', 'email'], true],
      ] as const)
        expect((await run(auth, schema, query, await verified(held))).decision.isAllowed).toBe(allowed)
  })

  it('ATT-064 GQ-21 treats a token whose subject is its client as that of a client', async () => {
    const auth = createAuth({
      token,
      policies: (policy) => ({ user: policy.operation(({ token: asked }) => !asked.isClient) }),
    })
    const sdl = 'type Query { any: Int @auth me: Int @auth(policy: "user") }'
    const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl] }))
    const client = await verified([], 'web')
    expect((await run(auth, schema, '{ any }', client)).decision.isAllowed).toBe(true)
    expect((await run(auth, schema, '{ me }', client)).decision).toMatchObject({ code: 'FORBIDDEN', reason: 'policy' })
    expect((await run(auth, schema, '{ me }', await verified([]))).decision.isAllowed).toBe(true)
  })

  it('refuses a token that no verifier made, and a context that is none', () => {
    const { auth, schema } = createServer()
    const analysis = auth.analyze(schema, parse('{ notes { id } }'))
    const claims = { sub: 'a', scope: 'notes:read' }
    // @ts-expect-error claims are no token
    expect(() => auth.check(analysis, claims, { context: world() })).toThrow(/a verifier returned/)
    // @ts-expect-error a context is an object
    expect(() => auth.check(analysis, undefined, {})).toThrow(/needs `context`/)
    expect(() => auth.check({ ...analysis }, undefined, { context: world() })).toThrow(
      /an analysis that the same auth made/,
    )
  })
})

describe('policies', () => {
  const remove = (mine: string, theirs: string) =>
    `mutation { a: deleteNote(id: "${mine}") b: deleteNote(id: "${theirs}") }`

  it.each([
    ['first', remove('theirs', 'mine')],
    ['last', remove('mine', 'theirs')],
    [
      'in a fragment',
      'mutation { a: deleteNote(id: "mine") ...F } fragment F on Mutation { b: deleteNote(id: "theirs") }',
    ],
    ['in a variable', 'mutation ($id: ID = "theirs") { a: deleteNote(id: "mine") b: deleteNote(id: $id) }'],
  ])('GQ-13 GQ-14 asks for each field and its arguments before any resolver: denied %s', async (_where, query) => {
    const { auth, schema, started, asked } = createServer()
    const { decision } = await run(auth, schema, query, await verified(['notes:write']), { context: world('mine') })
    expect(decision).toMatchObject({
      reason: 'policy',
      code: 'FORBIDDEN',
      status: 403,
      element: 'Mutation.deleteNote',
      missingScopes: [],
    })
    expect(started).toEqual([])
    expect([...asked].sort()).toEqual(['Mutation.deleteNote mine', 'Mutation.deleteNote theirs'])
  })

  it('GQ-13 lets pass what all policies agree to, and asks once per field node', async () => {
    const { auth, schema, started, asked } = createServer()
    const query = 'mutation { ...F ...F } fragment F on Mutation { a: deleteNote(id: "mine") }'
    const { result } = await run(auth, schema, query, await verified(['notes:write']), { context: world('mine') })
    expect(result).toEqual({ data: { a: true } })
    expect(asked).toEqual(['Mutation.deleteNote mine'])
    expect(started).toEqual(['deleteNote'])
  })

  it('GQ-13 ask once for a field that several directives name them for', async () => {
    let count = 0
    const one = createAuth({ token, policies: (policy) => ({ p: policy.field(() => ++count > 0) }) })
    const sdl = 'type Query @auth(policy: "p") { a: Int @auth(policy: "p") b: Int }'
    const schema = one.apply(makeExecutableSchema({ typeDefs: [one.typeDefs, sdl] }))
    expect((await run(one, schema, '{ a b }', await verified([]))).decision.isAllowed).toBe(true)
    expect(count).toBe(2)
  })

  it('are not asked when the scopes do not suffice', async () => {
    const { auth, schema, asked } = createServer()
    await run(auth, schema, 'mutation { deleteNote(id: "mine") }', await verified(['notes:read']), {
      context: world('mine'),
    })
    expect(asked).toEqual([])
  })

  it.each<[string, () => unknown]>([
    ['answers something truthy', () => 1],
    ['answers an object', () => ({ allowed: true })],
    ['answers nothing', () => undefined],
    [
      'throws',
      () => {
        throw new Error('secret detail')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret detail'))],
    ['resolves to something truthy', async () => 'yes'],
    ['never answers', () => new Promise(() => {})],
  ])('deny when one %s', async (_name, ask) => {
    const one = createAuth({
      token,
      policyTimeout: 0.02,
      // What types forbid, plain JavaScript may do.
      policies: (policy) => ({ p: policy.operation(ask as () => boolean), q: policy.object(ask as () => boolean) }),
    })
    const sdl = 'type Query { p: Int @auth(policy: "p") q: Int @auth(policy: "q") }'
    const schema = one.apply(
      makeExecutableSchema({ typeDefs: [one.typeDefs, sdl], resolvers: { Query: { p: () => 1, q: () => 1 } } }),
    )
    const { decision } = await run(one, schema, '{ p }', await verified([]))
    expect(decision).toMatchObject({ isAllowed: false, reason: 'policy' })
    expect(JSON.stringify(decision)).not.toContain('secret detail')
    const { result } = await run(one, schema, '{ q }', await verified([]))
    expect(result?.data).toBeNull()
    expect(JSON.stringify(result)).not.toContain('secret detail')
  })

  it('ask once per operation where a policy reads nothing else', async () => {
    let count = 0
    const one = createAuth({ token, policies: (policy) => ({ office: policy.operation(() => ++count > 0) }) })
    const schema = one.apply(
      makeExecutableSchema({ typeDefs: [one.typeDefs, 'type Query @auth(policy: "office") { a: Int b: Int }'] }),
    )
    expect((await run(one, schema, '{ a b c: a }', await verified([]))).decision.isAllowed).toBe(true)
    expect(count).toBe(1)
    expect((await run(one, schema, '{ __schema { types { name } } }', await verified([]))).decision.isAllowed).toBe(
      true,
    )
    expect(count).toBe(2)
  })

  it('ATT-089 refuses to ask a thousand and one questions', async () => {
    const { auth, schema, started } = createServer()
    const aliases = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, at) => `a${at}: deleteNote(id: "mine")`).join(' ')} }`
    const token = await verified(['notes:write'])
    expect((await run(auth, schema, aliases(1000), token, { context: world('mine') })).decision.isAllowed).toBe(true)
    started.length = 0
    expect((await run(auth, schema, aliases(1001), token, { context: world('mine') })).decision.isAllowed).toBe(false)
    expect(started).toEqual([])
  })

  it('deny introspection for a root type that only an object can open', async () => {
    const one = createAuth({ token, policies: (policy) => ({ root: policy.object(() => true) }) })
    const schema = one.apply(
      makeExecutableSchema({ typeDefs: [one.typeDefs, 'type Query @auth(policy: "root") { a: Int }'] }),
    )
    expect((await run(one, schema, '{ a }', await verified([]))).result).toEqual({ data: { a: null } })
    expect((await run(one, schema, '{ __schema { types { name } } }', await verified([]))).decision.isAllowed).toBe(
      false,
    )
  })
})

describe('guards of objects', () => {
  const sdl = `
    type Query { notes: [Note] @public open: Int @public strict: Strict @public }
    type Mutation { touch: Note @public }
    type Subscription { note: Note @public }
    type Note @public { id: ID body: String @auth(policy: "author") }
    type Strict @public { a: String! b: String! @auth(policy: "author") }`
  const notes = [
    { id: 1, author: 'alice', body: 'a' },
    { id: 2, author: 'bob', body: 'b' },
  ]

  function createGuarded(isAsync: boolean) {
    const auth = createAuth({
      token,
      policies: (policy) => ({
        author: policy.object<{ author: string }>(({ token: asked, parent }) => {
          const isAuthor = parent.author === asked.claims.sub
          return isAsync ? Promise.resolve(isAuthor) : isAuthor
        }),
      }),
    })
    const resolvers = {
      Query: {
        notes: () => notes,
        open: () => 1,
        strict: () => ({ author: 'bob', a: Promise.reject(new Error('other')), b: 'b' }),
      },
      Mutation: { touch: () => notes[1] },
      Subscription: {
        note: {
          async *subscribe() {
            for (const note of notes) yield { note }
          },
        },
      },
    }
    return { auth, schema: auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers })) }
  }

  it.each([false, true])('GQ-14 discard the data of a query that one denied (async: %s)', async (isAsync) => {
    const { auth, schema } = createGuarded(isAsync)
    const { result } = await run(auth, schema, '{ open notes { id body } }', await verified([]))
    expect(result).toMatchObject({
      data: null,
      errors: [{ path: ['notes', 1, 'body'], extensions: { code: 'FORBIDDEN', element: 'Note.body' } }],
    })
    expect((await run(auth, schema, '{ notes { id } }', await verified([]))).result?.data).toMatchObject({
      notes: [{ id: '1' }, { id: '2' }],
    })
  })

  it('GQ-14 discard it also when graphql reports another error of the same object', async () => {
    const { auth, schema } = createGuarded(true)
    const { result } = await run(auth, schema, '{ open strict { a b } }', await verified([]))
    expect(result?.data).toBeNull()
    expect(result?.errors?.map(({ extensions }) => extensions['code'])).toContain('FORBIDDEN')
  })

  it('GQ-14 leave what a mutation answers, since it has happened', async () => {
    const { auth, schema } = createGuarded(false)
    const { result } = await run(auth, schema, 'mutation { touch { id body } }', await verified([]))
    expect(result).toMatchObject({ data: { touch: { id: '2', body: null } }, errors: [{ path: ['touch', 'body'] }] })
  })

  it('GQ-14 discard one event of a subscription, not the others', async () => {
    const { auth, schema } = createGuarded(true)
    const document = parse('subscription { note { id body } }')
    const analysis = auth.analyze(schema, document)
    const context = {}
    expect(await auth.check(analysis, await verified([]), { context })).toEqual({ isAllowed: true })
    const stream = await subscribe({ schema, document, contextValue: context })
    const seen: unknown[] = []
    if (!(Symbol.asyncIterator in stream)) throw new Error('no stream')
    for await (const event of stream) seen.push(auth.finish(event, analysis, context).data)
    expect(seen).toEqual([{ note: { id: '1', body: 'a' } }, null])
  })
})

describe('resolvers of protected fields', () => {
  it.each(['{ me { id } }', '{ notes { id } }', 'mutation { createNote(input: { title: "t" }) { id } }'])(
    'refuse %s around the check',
    async (query) => {
      const { schema, started } = createServer()
      for (const contextValue of [undefined, null, {}, { token: await verified(['admin']) }]) {
        const result = await execute({ schema, document: parse(query), contextValue })
        expect(result.errors?.[0]?.message).toMatch(/was not checked/)
      }
      expect(started).toEqual([])
    },
  )

  it('refuse a subscription around the check', async () => {
    const { schema, started } = createServer()
    const result = await subscribe({ schema, document: parse('subscription { noteAdded { id } }'), contextValue: {} })
    expect(result).toMatchObject({
      errors: [{ message: expect.stringMatching(/Subscription\.noteAdded is protected/) }],
    })
    expect(started).toEqual([])
  })

  it('refuse another operation than the one that was checked', async () => {
    const { auth, schema, started } = createServer()
    const contextValue = world()
    const allowed = auth.analyze(schema, parse('{ notes { id } }'))
    expect(await auth.check(allowed, await verified(['notes:read']), { context: contextValue })).toEqual({
      isAllowed: true,
    })
    const result = await execute({ schema, document: parse('{ notes { id } }'), contextValue })
    expect(result.errors).toHaveLength(1)
    expect(started).toEqual([])
  })

  it.each([
    ['a scope', 'mutation ($v: Boolean!) { createNote(input: { title: "t" }) @include(if: $v) { id } }', ['email']],
    ['a policy', 'mutation ($v: Boolean!) { deleteNote(id: "mine") @include(if: $v) }', ['notes:write']],
  ] as const)('look once more at %s, when an operation runs with other variables', async (_name, query, held) => {
    const { auth, schema, started } = createServer()
    const document = parse(query)
    const contextValue = world('mine')
    const checked = { context: contextValue, variables: { v: false } }
    expect(await auth.check(auth.analyze(schema, document), await verified(held), checked)).toEqual({ isAllowed: true })
    const result = await execute({ schema, document, contextValue, variableValues: { v: true } })
    expect(result.errors?.[0]?.message).toMatch(/was not checked/)
    expect(started).toEqual([])
  })

  it('refuse an operation whose check was denied after it had been allowed', async () => {
    const { auth, schema, started } = createServer()
    const document = parse('mutation ($id: ID!) { deleteNote(id: $id) }')
    const analysis = auth.analyze(schema, document)
    const contextValue = world('mine')
    const token = await verified(['notes:write'])
    expect(await auth.check(analysis, token, { context: contextValue, variables: { id: 'mine' } })).toEqual({
      isAllowed: true,
    })
    expect(await auth.check(analysis, token, { context: contextValue, variables: { id: 'theirs' } })).toMatchObject({
      isAllowed: false,
    })
    const result = await execute({ schema, document, contextValue, variableValues: { id: 'theirs' } })
    expect(result.errors?.[0]?.message).toMatch(/was not checked/)
    expect(started).toEqual([])
  })

  it('GQ-07 refuse to serve two tokens with one context', async () => {
    const { auth, schema } = createServer()
    const analysis = auth.analyze(schema, parse('{ notes { id } }'))
    const shared = world()
    await auth.check(analysis, await verified(['notes:read'], 'alice'), { context: shared })
    const second = await verified(['notes:read'], 'bob')
    expect(() => auth.check(analysis, second, { context: shared })).toThrow(/one context per request/)
  })

  it('stay as they are where nothing is demanded', () => {
    const auth = createAuth({ token, default: 'allow' })
    const sdl = 'type Query { open: Int closed: Int @auth }'
    const resolvers = { Query: { open: () => 1, closed: () => 1 } }
    const schema = makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], resolvers })
    const resolverOf = (name: string) => schema.getQueryType()?.getFields()[name]?.resolve
    const before = ['open', 'closed'].map(resolverOf)
    auth.apply(schema)
    expect(resolverOf('open')).toBe(before[0])
    expect(resolverOf('closed')).not.toBe(before[1])
  })

  it('get no promise added', () => {
    const { auth, schema } = createServer()
    const document = parse('{ me { id name } }')
    const contextValue = world()
    return verified(['email']).then((token) => {
      expect(auth.check(auth.analyze(schema, document), token, { context: contextValue })).toEqual({ isAllowed: true })
      expect(execute({ schema, document, contextValue })).toEqual({ data: { me: { id: 'u', name: 'Alice' } } })
    })
  })
})

describe('createAuth', () => {
  it.each<[string, object, RegExp]>([
    ['no token type', { token: undefined }, /defineAccessToken/],
    ['another default', { default: 'maybe' }, /default: 'deny'/],
    ['a directive name with an @', { directiveName: '@auth' }, /without the @/],
    ['the name of the other directive', { directiveName: 'public' }, /other than "public"/],
    ['a timeout of nothing', { policyTimeout: 0 }, /`policyTimeout`/],
    ['a limit that is none', { limits: { depth: Number.NaN } }, /`depth`/],
    ['a policy made by hand', { policies: () => ({ p: () => true }) }, /policy "p" is not made by/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => createAuth({ token, ...options })).toThrow(message)
  })
})
