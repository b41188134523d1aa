import { createVerifier, localKeys, type NoClaims, type Verifier } from '@scopewise/token-core'
import { parseChallenges } from '@scopewise/token-core/challenge'
import { GraphQLError } from 'graphql'
import { createSchema, createYoga, type Plugin } from 'graphql-yoga'
import { describe, expect, it } from 'vitest'
import { createAuth } from './auth.js'
import { scopes, typeDefs } from './testing/notes.js'
import { createRealm, RESOURCE_METADATA } from './testing/realm.js'
import { useAuth } from './yoga.js'

type Scope = (typeof scopes.values)[number]
const realm = await createRealm(scopes)
const { token, verifier, issue } = realm

interface ServerOptions {
  readonly plugins?: readonly object[]
  readonly pluginsBefore?: readonly object[]
  readonly verifier?: Verifier<Scope, NoClaims>
  readonly isApplied?: boolean
}

function createServer(options: ServerOptions = {}) {
  const started: string[] = []
  const subjects: unknown[] = []
  const auth = createAuth({
    token,
    policies: (policy) => ({ ownsNote: policy.field<{ id: string }>(async ({ args }) => args.id === 'mine') }),
  })
  const start = (name: string, value: unknown) => (_: unknown, _args: unknown, context: { token?: unknown }) => {
    started.push(name)
    subjects.push(context.token)
    return value
  }
  const me = (_: unknown, _args: unknown, context: { token?: { claims: { sub: string } } }) => ({
    id: context.token?.claims.sub,
  })
  const schema = createSchema({
    typeDefs: [auth.typeDefs, typeDefs],
    resolvers: {
      Query: {
        health: start('health', 'ok'),
        me,
        notes: start('notes', [{ id: 'n', title: 'N' }]),
        users: start('users', []),
      },
      Mutation: { deleteNote: start('deleteNote', true) },
      Subscription: {
        noteAdded: {
          async *subscribe() {
            started.push('noteAdded')
            yield { noteAdded: { id: 'n', title: 'N' } }
          },
        },
        tick: {
          async *subscribe() {
            yield { tick: 1 }
          },
        },
      },
    },
  })
  const yoga = createYoga({
    schema: options.isApplied === false ? schema : auth.apply(schema),
    plugins: [
      ...(options.pluginsBefore ?? []),
      useAuth({ auth, verifier: options.verifier ?? verifier }),
      ...(options.plugins ?? []),
    ],
    batching: true,
    logging: false,
  })
  const send = async (body: unknown, { jwt, headers = {} }: { jwt?: string; headers?: Record<string, string> } = {}) =>
    yoga.fetch('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(jwt && { authorization: `Bearer ${jwt}` }), ...headers },
      body: JSON.stringify(body),
    })
  return { auth, yoga, send, started, subjects }
}

const challengesOf = (response: Response) => parseChallenges(response.headers)

const ACCEPTS = ['application/json', 'application/graphql-response+json', '*/*']

describe('useAuth over HTTP', () => {
  it('puts the verified token into the context', async () => {
    const { send } = createServer()
    const response = await send({ query: '{ me { id } }' }, { jwt: await issue([], { subject: 'alice' }) })
    expect([response.status, await response.json()]).toEqual([200, { data: { me: { id: 'alice' } } }])
  })

  it.each(ACCEPTS)('GQ-04 GQ-05 answers 401 without a token, for accept %s', async (accept) => {
    const { send, started } = createServer()
    const response = await send({ query: '{ health notes { id internalNote } }' }, { headers: { accept } })
    expect(response.status).toBe(401)
    expect(challengesOf(response)).toEqual([
      { scheme: 'Bearer', parameters: { scope: 'notes:read admin', resource_metadata: RESOURCE_METADATA } },
    ])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'This operation needs an access token.',
          path: ['notes'],
          extensions: {
            code: 'UNAUTHENTICATED',
            element: 'Query.notes',
            requiredScopes: [['notes:read', 'admin']],
            missingScopes: ['notes:read', 'admin'],
            challenge: response.headers.get('www-authenticate'),
          },
        },
      ],
    })
    expect(started).toEqual([])
  })

  it.each(ACCEPTS)('GQ-04 GQ-05 answers 403 with all that the operation needs, for accept %s', async (accept) => {
    const { send, started } = createServer()
    const jwt = await issue(['notes:read'])
    const response = await send({ query: '{ notes { id internalNote } users { name } }' }, { jwt, headers: { accept } })
    expect(response.status).toBe(403)
    expect(challengesOf(response)).toEqual([
      {
        scheme: 'Bearer',
        parameters: { error: 'insufficient_scope', scope: 'notes:read admin', resource_metadata: RESOURCE_METADATA },
      },
    ])
    expect(await response.json()).toMatchObject({
      errors: [
        {
          extensions: {
            code: 'FORBIDDEN',
            element: 'Note.internalNote',
            requiredScopes: [['notes:read', 'admin']],
            missingScopes: ['admin'],
          },
        },
      ],
    })
    expect(started).toEqual([])
  })

  it('answers 403 without a challenge where a larger token would not help', async () => {
    const { send, started } = createServer()
    const query = 'mutation { deleteNote(id: "theirs") }'
    const response = await send({ query }, { jwt: await issue(['notes:write']) })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, null])
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN', element: 'Mutation.deleteNote' } }],
    })
    expect(started).toEqual([])
    expect(
      (await send({ query: 'mutation { deleteNote(id: "mine") }' }, { jwt: await issue(['notes:write']) })).status,
    ).toBe(200)
  })

  it('needs no token for public operations and for introspection', async () => {
    const { send } = createServer()
    for (const query of ['{ health }', '{ __schema { queryType { name } } }'])
      expect((await send({ query })).status).toBe(200)
  })

  it.each([
    ['a syntax error', { query: '{ health' }],
    ['an unknown field', { query: '{ nothing }' }],
    ['an unknown operation', { query: 'query A { me { id } } query B { health }', operationName: 'C' }],
    ['several operations and no name', { query: 'query A { me { id } } query B { health }' }],
  ])('leaves %s a GraphQL error with 400', async (_name, body) => {
    const { send } = createServer()
    const response = await send(body, { headers: { accept: 'application/graphql-response+json' } })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([400, null])
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.not.stringContaining('Unexpected') }] })
  })

  it('GQ-11 reveals nothing of variables that can not be coerced', async () => {
    const { send, started } = createServer()
    const query = 'mutation ($id: ID!) { deleteNote(id: $id) }'
    expect((await send({ query, variables: { id: {} } })).status).toBe(401)
    const response = await send({ query, variables: { id: {} } }, { jwt: await issue(['notes:write']) })
    expect(response.status).toBeGreaterThanOrEqual(200)
    expect(started).toEqual([])
  })

  it('answers a GET like a POST', async () => {
    const { yoga } = createServer()
    const get = (query: string) => yoga.fetch(`http://localhost/graphql?query=${encodeURIComponent(query)}`)
    expect((await get('{ health }')).status).toBe(200)
    const response = await get('{ notes { id } }')
    expect([response.status, challengesOf(response)[0]?.parameters['scope']]).toEqual([401, 'notes:read'])
  })

  it('answers multipart requests alike', async () => {
    const { yoga } = createServer()
    const body = new FormData()
    body.set('operations', JSON.stringify({ query: '{ notes { id } }' }))
    body.set('map', '{}')
    expect((await yoga.fetch('http://localhost/graphql', { method: 'POST', body })).status).toBe(401)
  })

  it('shows GraphiQL to a browser without a token', async () => {
    const { yoga } = createServer()
    const response = await yoga.fetch('http://localhost/graphql', { headers: { accept: 'text/html' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html'])
  })
})

describe('useAuth with a token that is worth nothing', () => {
  it('GQ-12 answers 401 invalid_token whatever is asked', async () => {
    const { send, started } = createServer()
    const past = await createRealm(scopes, () => Date.now() / 1000 - 86_400)
    for (const jwt of ['garbage', `${await issue([])}x`, await past.issue(['notes:read'])])
      for (const query of ['{ health }', '{ notes { id } }', 'mutation { deleteNote(id: "mine") }']) {
        const response = await send({ query }, { jwt })
        expect(response.status).toBe(401)
        expect(challengesOf(response)).toMatchObject([
          { scheme: 'Bearer', parameters: { error: 'invalid_token', resource_metadata: RESOURCE_METADATA } },
        ])
        const text = await response.text()
        expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
        expect(text).not.toContain(jwt)
      }
    expect(started).toEqual([])
  })

  it('GQ-12 answers 400 to two tokens', async () => {
    const { send } = createServer()
    const jwt = await issue([])
    const response = await send({ query: '{ health }' }, { headers: { authorization: `Bearer ${jwt}, Bearer ${jwt}` } })
    expect(response.status).toBe(400)
  })

  it('GQ-12 answers 503 where a token is needed and no key can be had, and goes on without identity elsewhere', async () => {
    const unavailable = createVerifier({
      token,
      audience: 'https://api.example/graphql',
      issuers: {
        'https://auth.example': localKeys(() => {
          throw new Error('down')
        }),
      },
    })
    const { send, subjects, started } = createServer({ verifier: unavailable })
    const jwt = await issue(['notes:read'])
    const closed = await send({ query: '{ notes { id } }' }, { jwt })
    expect([closed.status, closed.headers.get('www-authenticate')]).toEqual([503, null])
    expect(started).toEqual([])
    const open = await send({ query: '{ health }' }, { jwt })
    expect([open.status, await open.json(), subjects]).toEqual([200, { data: { health: 'ok' } }, [undefined]])
  })

  it('GQ-12 answers 500 without a word of it where the verifier breaks', async () => {
    const broken = { ...verifier, authenticate: () => Promise.reject(new Error('a detail of the database')) }
    const { send, started } = createServer({ verifier: broken })
    const response = await send({ query: '{ health }' }, { jwt: 'x' })
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('detail')
    expect(started).toEqual([])
  })
})

describe('useAuth with a batch', () => {
  it('GQ-20 answers each entry, and 200', async () => {
    const { send } = createServer()
    const response = await send([{ query: '{ health }' }, { query: '{ notes { id } }' }], {
      jwt: await issue(['email']),
    })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([200, null])
    expect(await response.json()).toMatchObject([
      { data: { health: 'ok' } },
      { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    ])
  })

  it('GQ-20 gives one challenge with the union when all entries were denied for scope', async () => {
    const { send } = createServer()
    const queries = ['{ users { name } }', '{ notes { id } }', '{ notes { title } }'].map((query) => ({ query }))
    const response = await send(queries, { jwt: await issue(['email']) })
    expect(response.status).toBe(200)
    expect(challengesOf(response)).toEqual([
      {
        scheme: 'Bearer',
        parameters: {
          error: 'insufficient_scope',
          scope: 'users:read notes:read',
          resource_metadata: RESOURCE_METADATA,
        },
      },
    ])
    const mixed = [...queries, { query: 'mutation { deleteNote(id: "theirs") }' }]
    expect((await send(mixed, { jwt: await issue(['notes:write']) })).headers.get('www-authenticate')).toBeNull()
  })

  it('GQ-20 answers 401 to a bad token, once', async () => {
    const { send, started } = createServer()
    const response = await send([{ query: '{ health }' }, { query: '{ notes { id } }' }], { jwt: 'garbage' })
    expect([response.status, challengesOf(response)[0]?.parameters['error']]).toEqual([401, 'invalid_token'])
    expect(started).toEqual([])
  })
})

describe('useAuth with subscriptions', () => {
  const stream = { headers: { accept: 'text/event-stream' } }
  const query = 'subscription { noteAdded { id } }'

  it('GQ-03 refuses before the stream starts', async () => {
    const { send, started } = createServer()
    for (const [jwt, status, scope] of [
      [undefined, 401, 'notes:read'],
      [await issue(['email']), 403, 'notes:read'],
    ] as const) {
      const response = await send({ query }, { ...(jwt && { jwt }), ...stream })
      expect([response.status, challengesOf(response)[0]?.parameters['scope']]).toEqual([status, scope])
      expect(await response.text()).toMatch(/event: next\ndata: \{"errors"/)
    }
    expect(started).toEqual([])
  })

  it('streams what is allowed', async () => {
    const { send } = createServer()
    const response = await send({ query }, { jwt: await issue(['notes:read']), ...stream })
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('data: {"data":{"noteAdded":{"id":"n"}}}')
    expect(await (await send({ query: 'subscription { tick }' }, stream)).text()).toContain('{"tick":1}')
  })

  it('ends a stream when its token expires, also while nothing comes', async () => {
    let now = 1_000
    const timers: (() => void)[] = []
    const clock = {
      now: () => now,
      schedule(run: () => void, seconds: number) {
        expect(seconds).toBe(60)
        timers.push(run)
        return () => undefined
      },
    }
    const timed = await createRealm(scopes, () => now)
    const auth = createAuth({ token: timed.token, default: 'allow' })
    let isClosed = false
    const schema = createSchema({
      typeDefs: [auth.typeDefs, 'type Query { a: Int } type Subscription { ev: Int @auth }'],
      resolvers: {
        Subscription: {
          ev: {
            subscribe: () => ({
              [Symbol.asyncIterator]() {
                return this
              },
              count: 0,
              next() {
                if (this.count++ === 0) return Promise.resolve({ done: false, value: { ev: 1 } })
                return new Promise(() => {})
              },
              return() {
                isClosed = true
                return Promise.resolve({ done: true, value: undefined })
              },
            }),
          },
        },
      },
    })
    const yoga = createYoga({ schema, plugins: [useAuth({ auth, verifier: timed.verifier, clock })], logging: false })
    const jwt = await timed.issue([], { lifetime: 60 })
    const response = await yoga.fetch('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}`, accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { ev }' }),
    })
    const text = response.text()
    await new Promise((resolve) => setTimeout(resolve, 50))
    now += 60
    for (const run of timers) run()
    expect(await text).toMatch(
      /\{"ev":1\}[\s\S]*The access token has expired[\s\S]*"code":"UNAUTHENTICATED"[\s\S]*event: complete/,
    )
    expect([isClosed, timers.length]).toEqual([true, 1])
  })
})

describe('useAuth beside other plugins', () => {
  it('applies a schema that nobody applied', async () => {
    const { send } = createServer({ isApplied: false })
    expect((await send({ query: '{ notes { id } }' })).status).toBe(401)
    expect((await send({ query: '{ notes { id } }' }, { jwt: await issue(['notes:read']) })).status).toBe(200)
  })

  it('checks again what another plugin changed after the check', async () => {
    const swap: Plugin = {
      onExecute({ args }) {
        args.variableValues = { id: 'theirs' }
      },
    }
    const { send, started } = createServer({ plugins: [swap] })
    const query = 'mutation ($id: ID!) { deleteNote(id: $id) }'
    const response = await send({ query, variables: { id: 'mine' } }, { jwt: await issue(['notes:write']) })
    expect([response.status, started]).toEqual([403, []])
  })

  it('does not trust a token that another plugin puts into the context', async () => {
    const forge: Plugin<{ token?: object }> = {
      onContextBuilding({ extendContext }) {
        extendContext({ token: { claims: { sub: 'mallory' }, scope: ['notes:read'], has: () => true } })
      },
    }
    for (const place of ['plugins', 'pluginsBefore'] as const) {
      const { send, started } = createServer({ [place]: [forge] })
      expect((await send({ query: '{ notes { id } }' })).status).toBe(401)
      expect(started).toEqual([])
    }
  })

  it('puts its token in place of what came into the context before it', async () => {
    const early: Plugin<{ token?: object }> = {
      onContextBuilding({ extendContext }) {
        extendContext({ token: { claims: { sub: 'mallory' } } })
      },
    }
    const { send } = createServer({ pluginsBefore: [early] })
    const response = await send({ query: '{ me { id } }' }, { jwt: await issue([], { subject: 'alice' }) })
    expect(await response.json()).toEqual({ data: { me: { id: 'alice' } } })
  })

  it('lets others see and answer results', async () => {
    const seen: unknown[] = []
    const watch: Plugin = {
      onExecutionResult({ result }) {
        seen.push(result)
      },
    }
    const { send } = createServer({ plugins: [watch] })
    await send({ query: '{ health }' })
    await send({ query: '{ notes { id } }' })
    expect(seen).toMatchObject([{ data: { health: 'ok' } }, { errors: [expect.any(GraphQLError)] }])
  })

  it('GQ-14 answers 403 where a guard discards the data', async () => {
    const auth = createAuth({ token, policies: (policy) => ({ never: policy.object(() => false) }) })
    const schema = createSchema({
      typeDefs: [
        auth.typeDefs,
        'type Query { a: Int @public t: T @public } type T @public { v: Int @auth(policy: "never") }',
      ],
      resolvers: { Query: { a: () => 1, t: () => ({ v: 1 }) } },
    })
    const yoga = createYoga({ schema, plugins: [useAuth({ auth, verifier })], logging: false })
    const response = await yoga.fetch('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await issue([])}` },
      body: JSON.stringify({ query: '{ a t { v } }' }),
    })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      data: null,
      errors: [{ path: ['t', 'v'], extensions: { code: 'FORBIDDEN' } }],
    })
  })

  it('GQ-07 tells 200 users apart, ten requests each at once', { timeout: 180_000 }, async () => {
    const { send } = createServer()
    const jwts = await Promise.all(Array.from({ length: 200 }, (_, at) => issue([], { subject: `user${at}` })))
    const answers = await Promise.all(
      Array.from({ length: 2_000 }, async (_, at) => {
        const response = await send({ query: '{ me { id } }' }, { jwt: jwts[at % 200] ?? '' })
        return response.json()
      }),
    )
    const wrong = answers.filter((answer, at) => answer.data?.me?.id !== `user${at % 200}`)
    expect(wrong).toEqual([])
  })

  it('GQ-07 gives each request an identity of its own, also where a server hands in one context for all', async () => {
    const { yoga } = createServer()
    const shared = {}
    const ask = async (subject: string) => {
      const jwt = await issue([], { subject })
      const headers = { authorization: `Bearer ${jwt}` }
      const response = await yoga.fetch('http://localhost/graphql?query={me{id}}', { headers }, shared)
      return (await response.json()).data.me.id
    }
    expect(await Promise.all(['alice', 'bob', 'carol'].map(ask))).toEqual(['alice', 'bob', 'carol'])
  })
})

describe('useAuth in mode null', () => {
  it('GQ-20 S10 answers 200 with what is allowed, and a challenge for the rest', async () => {
    const { ask } = createModeServer('null')
    const response = await ask('{ open closed }')
    expect([response.status, challengesOf(response)]).toEqual([
      200,
      [{ scheme: 'Bearer', parameters: { scope: 'admin', resource_metadata: RESOURCE_METADATA } }],
    ])
    expect(await response.json()).toMatchObject({
      data: { open: 1, closed: null },
      errors: [{ path: ['closed'], extensions: { code: 'UNAUTHENTICATED' } }],
    })
    const whole = await ask('{ open }')
    expect([whole.status, whole.headers.get('www-authenticate')]).toEqual([200, null])
  })

  it('GQ-12 S10 answers 503 rather than with fewer rights, when no key can be had', async () => {
    const { ask } = createModeServer('null', unavailable)
    const jwt = await issue(['admin'])
    expect((await ask('{ open closed }', jwt)).status).toBe(503)
    expect((await ask('{ open }', jwt)).status).toBe(200)
  })
})

describe('useAuth in mode dryRun', () => {
  it('S9 answers 200 without a challenge, and lists what it would deny', async () => {
    const { ask } = createModeServer('dryRun')
    const response = await ask('{ open closed }')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([200, null])
    expect(await response.json()).toMatchObject({
      data: { open: 1, closed: 2 },
      extensions: { auth: { denials: [{ code: 'UNAUTHENTICATED', element: 'Query.closed' }] } },
    })
    expect((await ask('{ open }', 'garbage')).status).toBe(401)
  })
})

describe('useAuth and the sign-in', () => {
  it('S10 answers 401 with acr_values and max_age', async () => {
    const { ask } = createModeServer('reject')
    const response = await ask('{ recent }', await issue([]))
    const parameters = {
      error: 'insufficient_user_authentication',
      scope: 'admin',
      acr_values: 'phr',
      max_age: '60',
      resource_metadata: RESOURCE_METADATA,
    }
    expect([response.status, challengesOf(response)]).toEqual([401, [{ scheme: 'Bearer', parameters }]])
  })
})

describe('useAuth with members that are decided about at run time', () => {
  it('S4 S10 answers 401 and 403 for a query that met one', async () => {
    const { ask } = createModeServer('reject')
    const anonymous = await ask('{ any { ... on Secret { id } } }')
    expect([anonymous.status, (await anonymous.json()).data]).toEqual([401, null])
    expect((await ask('{ any { ... on Secret { id } } }', await issue(['email']))).status).toBe(403)
    expect((await ask('{ any { ... on Secret { id } } }', await issue(['admin']))).status).toBe(200)
  })
})

describe('useAuth with revocation', () => {
  it('S13 ends a stream when its token is revoked', async () => {
    const { ask, revoke } = createModeServer('reject')
    const response = await ask('subscription { ev }', await issue([]), 'text/event-stream')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('{"ev":1}')) text += (await reader?.read())?.value ?? ''
    revoke()
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) text += part.value
    expect(text).toContain('UNAUTHENTICATED')
    expect(text).toContain('has been revoked')
  })
})

const unavailable = createVerifier({
  token,
  audience: 'https://api.example/graphql',
  issuers: {
    'https://auth.example': localKeys(() => {
      throw new Error('down')
    }),
  },
})

function createModeServer(mode: 'reject' | 'null' | 'dryRun', by = verifier) {
  const auth = createAuth({ token, mode, abstract: 'runtime' })
  const sdl = `type Query { open: Int @public closed: Int @auth(scope: "admin") any: Any @public
      recent: Int @auth(scope: "admin") @auth(acr: "phr", maxAge: 60) }
    union Any = Secret | Free type Secret @auth(scope: "admin") { id: Int } type Free @public { id: Int }
    type Subscription { ev: Int @auth }`
  const ends: (() => void)[] = []
  const events = {
    [Symbol.asyncIterator]: () => events,
    count: 0,
    next: () => next(),
    return: async () => ({ done: true, value: undefined }),
  }
  const next = () => (events.count++ === 0 ? Promise.resolve({ done: false, value: { ev: 1 } }) : new Promise(() => {}))
  const resolvers = {
    Query: { open: () => 1, closed: () => 2, any: () => ({ __typename: 'Secret', id: 1 }) },
    Subscription: { ev: { subscribe: () => events } },
  }
  const onRevoke = (_token: unknown, end: () => void) => {
    ends.push(end)
    return () => undefined
  }
  const yoga = createYoga({
    schema: createSchema({ typeDefs: [auth.typeDefs, sdl], resolvers }),
    plugins: [useAuth({ auth, verifier: by, onRevoke })],
    logging: false,
  })
  const ask = async (query: string, jwt?: string, accept = 'application/json') =>
    yoga.fetch('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...(jwt && { authorization: `Bearer ${jwt}` }) },
      body: JSON.stringify({ query }),
    })
  return { ask, revoke: () => ends.map((end) => end()) }
}
