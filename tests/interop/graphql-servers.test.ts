import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { createAuth } from '@scopewise/graphql-auth-directive'
import { createAuthPlugin } from '@scopewise/graphql-auth-directive/apollo'
import { createExecutor, httpAnswerOf } from '@scopewise/graphql-auth-directive/server'
import { filterIntrospection } from '@scopewise/graphql-auth-directive/tools'
import { useAuth } from '@scopewise/graphql-auth-directive/yoga'
import {
  createIssuer,
  createVerifier,
  defineAccessToken,
  defineScopes,
  generatePrivateJwk,
  importSigningKey,
  localKeys,
} from '@scopewise/token-core'
import { buildSchema, type ExecutionResult, execute, parse, validate } from 'graphql'
import { createHandler } from 'graphql-http'
import { createYoga, envelop, type Plugin, useSchema } from 'graphql-yoga'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../packaging/workspace.js'

const ISSUER = 'https://auth.example'
const AUDIENCE = 'https://api.example/graphql'
const scopes = defineScopes({ 'notes:read': 'Read your notes', admin: 'Everything' })
const token = defineAccessToken({ scopes, lifetime: 600 })
const key = await importSigningKey(await generatePrivateJwk('ES256'))
const issuer = createIssuer({ token, issuer: ISSUER, keys: key })
const verifier = createVerifier({
  token,
  audience: AUDIENCE,
  issuers: { [ISSUER]: localKeys({ keys: [key.publicJwk] }) },
  resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource/graphql',
})
const issue = (scope: readonly ('notes:read' | 'admin')[]) =>
  issuer.issue({ subject: 'alice', clientId: 'web', audience: AUDIENCE, scope, claims: {} })

/** What started: no resolver may of an operation that is refused. */
const started: string[] = []

function createDomain() {
  const auth = createAuth({
    token,
    policies: (policy) => ({
      never: policy.object(() => false),
      own: policy.field<{ id: string }>(({ args }) => args.id === '1'),
    }),
  })
  const schema = buildSchema(`${auth.typeDefs}
    type Query {
      health: String @public
      notes: [String!]! @auth(scope: "notes:read")
      log: [String!]! @auth(scope: ["admin", "notes:read admin"])
      secret: String @auth(policy: "never")
    }
    type Mutation { remove(id: ID!): Boolean @auth(policy: "own") }`)
  for (const type of [schema.getQueryType(), schema.getMutationType()])
    for (const field of Object.values(type?.getFields() ?? {}))
      field.resolve = () => {
        started.push(field.name)
        return { health: 'fine', notes: ['a'], log: ['b'], secret: 'c', remove: true }[field.name]
      }
  return { auth, schema }
}

interface Served {
  readonly status: number
  readonly challenge: string | null
  readonly body: {
    readonly data?: unknown
    readonly errors?: readonly { readonly extensions?: object; readonly path?: unknown }[]
  }
}

type Server = (query: string, jwt?: string) => Promise<Served>

async function ask(url: string, query: string, jwt: string | undefined): Promise<Served> {
  const headers = { 'content-type': 'application/json', ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
  // Whatever the server answers is looked at by the tests.
  const body = (await response.json()) as Served['body']
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body }
}

const closers: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(closers.map((close) => close())))

async function serveYoga(): Promise<Server> {
  const { auth, schema } = createDomain()
  const yoga = createYoga({ schema, plugins: [useAuth({ auth, verifier })], logging: false })
  return listen((request) => yoga.fetch(request))
}

async function serveApollo(): Promise<Server> {
  const { auth, schema } = createDomain()
  const server = new ApolloServer({
    schema,
    plugins: [createAuthPlugin({ auth, verifier })],
    includeStacktraceInErrorResponses: false,
  })
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
  closers.push(() => server.stop())
  return (query, jwt) => ask(url, query, jwt)
}

async function serveGraphqlHttp(): Promise<Server> {
  const { auth, schema } = createDomain()
  const executor = createExecutor({ auth, verifier })
  const toResponse = (result: ExecutionResult) => {
    const answer = httpAnswerOf(result)
    if (!answer) return undefined
    const headers = { 'content-type': 'application/json; charset=utf-8', ...answer.headers }
    return [JSON.stringify(answer.result), { status: answer.status, statusText: '', headers }] as const
  }
  const handler = createHandler<Request, undefined, Record<string, unknown>>({
    schema: auth.apply(schema),
    async context({ raw }) {
      const context: Record<string, unknown> = {}
      const refusal = await executor.authenticate(raw, context)
      return (refusal && toResponse(refusal)) ?? context
    },
    execute: executor.execute,
    onOperation: (_request, _args, result) => toResponse(result),
  })
  return listen(async (request) => {
    const { url, method, headers } = request
    const [body, { status, headers: own }] = await handler({
      url,
      method,
      headers,
      raw: request,
      context: undefined,
      body: () => request.text(),
    })
    return new Response(body, { status, ...(own && { headers: own }) })
  })
}

/** The least that a server on envelop can be. */
async function serveEnvelop(): Promise<Server> {
  const { auth, schema } = createDomain()
  const engine: Plugin = {
    onParse: ({ setParseFn }) => setParseFn(parse),
    onValidate: ({ setValidationFn }) => setValidationFn(validate),
    onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
  }
  const plugins = [engine, useSchema(schema), useAuth({ auth, verifier })]
  // Yoga's plugins are envelop's with more hooks, which nobody calls here.
  const getEnveloped = envelop({ plugins: plugins as Parameters<typeof envelop>[0]['plugins'] })
  return listen(async (request) => {
    const { parse: read, validate: check, contextFactory, execute: run, schema: enveloped } = getEnveloped({ request })
    const { query } = (await request.json()) as { query: string }
    const document = read(query)
    const errors = check(enveloped, document)
    const result: ExecutionResult =
      errors.length > 0
        ? { errors }
        : await Promise.resolve(contextFactory())
            .then((contextValue) => run({ schema: enveloped, document, contextValue }))
            .catch((error) => ({ errors: [error] }))
    const answer = httpAnswerOf(result)
    return Response.json(answer?.result ?? result, { status: answer?.status ?? 200, headers: answer?.headers ?? {} })
  })
}

async function listen(handle: (request: Request) => Promise<Response> | Response): Promise<Server> {
  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const headers = new Headers(
      Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const response = await handle(
      new Request('http://localhost/graphql', { method: 'POST', headers, body: Buffer.concat(chunks) }),
    )
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text())
  }
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise((resolve) => server.close(resolve)))
  // A TCP server has an address with a port.
  const { port } = server.address() as AddressInfo
  return (query, jwt) => ask(`http://127.0.0.1:${port}/graphql`, query, jwt)
}

const servers = {
  yoga: serveYoga,
  'Apollo Server': serveApollo,
  'graphql-http': serveGraphqlHttp,
  envelop: serveEnvelop,
}

describe.each(Object.entries(servers))('%s', (_name, serve) => {
  let server: Server
  let reference: Server
  beforeAll(async () => {
    server = await serve()
    reference = await serveYoga()
  })

  const METADATA = 'resource_metadata="https://api.example/.well-known/oauth-protected-resource/graphql"'
  const cases: readonly [string, string, () => Promise<string | undefined>, number, readonly string[] | null][] = [
    ['no token', '{ notes }', async () => undefined, 401, [METADATA, 'scope="notes:read"']],
    ['a token that is none', '{ notes }', async () => 'x.y.z', 401, ['error="invalid_token"', METADATA]],
    ['a bad token for what is public', '{ health }', async () => 'x.y.z', 401, ['error="invalid_token"', METADATA]],
    [
      'a scope that is missing',
      '{ notes log }',
      () => issue(['notes:read']),
      403,
      ['error="insufficient_scope"', 'scope="notes:read admin"', METADATA],
    ],
    ['a policy of a field that denies', 'mutation { remove(id: 2) }', () => issue([]), 403, null],
  ]

  it.each(cases)(
    'GQ-12 GQ-20 refuses %s, with the answer of Yoga, and starts no resolver',
    async (_, query, tokenOf, status, challenge) => {
      const jwt = await tokenOf()
      const expected = await reference(query, jwt)
      started.length = 0
      const answer = await server(query, jwt)
      expect(started).toEqual([])
      expect(answer.status).toBe(status)
      if (challenge === null) expect(answer.challenge).toBeNull()
      for (const part of challenge ?? []) expect(answer.challenge).toContain(part)
      expect(answer.challenge).toBe(expected.challenge)
      expect(answer.body.errors?.map(({ extensions }) => extensions)).toEqual(
        expected.body.errors?.map(({ extensions }) => extensions),
      )
      expect(answer.body.errors?.[0]?.extensions).not.toHaveProperty('http')
      expect(answer.body.data ?? null).toBeNull()
    },
  )

  it('answers what is allowed', async () => {
    expect(await server('{ health }')).toMatchObject({ status: 200, body: { data: { health: 'fine' } } })
    expect(await server('{ notes }', await issue(['notes:read']))).toMatchObject({
      status: 200,
      body: { data: { notes: ['a'] } },
    })
    expect(await server('mutation { remove(id: 1) }', await issue([]))).toMatchObject({
      status: 200,
      body: { data: { remove: true } },
    })
  })

  it('GQ-14 discards the data when a policy of an object denies', async () => {
    const { status, body } = await server('{ health secret }', await issue([]))
    expect(status).toBe(403)
    expect(body).toMatchObject({ data: null, errors: [{ extensions: { code: 'FORBIDDEN', element: 'Query.secret' } }] })
    expect(body.errors).toHaveLength(1)
  })
})

describe('a batch at Apollo Server', () => {
  it('GQ-20 is answered entry by entry, and a bad token refuses all of it', async () => {
    const { auth, schema } = createDomain()
    const server = new ApolloServer({
      schema,
      plugins: [createAuthPlugin({ auth, verifier })],
      allowBatchedHttpRequests: true,
      includeStacktraceInErrorResponses: false,
    })
    const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
    closers.push(() => server.stop())
    const post = async (authorization: string) => {
      const body = JSON.stringify([{ query: '{ health }' }, { query: '{ log }' }])
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body,
      })
      return { status: response.status, body: await response.json() }
    }
    expect(await post(`Bearer ${await issue(['notes:read'])}`)).toMatchObject({
      status: 200,
      body: [
        { data: { health: 'fine' } },
        { errors: [{ extensions: { code: 'FORBIDDEN', missingScopes: ['admin'] } }] },
      ],
    })
    expect(await post('Bearer x.y.z')).toMatchObject({ status: 401 })
  })
})

describe('introspection at Apollo Server', () => {
  it('GQ-11 shows what the token may use, when it is filtered', async () => {
    const auth = createAuth({ token, introspection: filterIntrospection })
    const schema = buildSchema(
      `${auth.typeDefs} type Query { health: String @public notes: String @auth(scope: "notes:read") }`,
    )
    const server = new ApolloServer({ schema, plugins: [createAuthPlugin({ auth, verifier })], introspection: true })
    const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })
    closers.push(() => server.stop())
    const fields = async (jwt?: string) => (await ask(url, '{ __type(name: "Query") { fields { name } } }', jwt)).body
    expect(await fields()).toEqual({ data: { __type: { fields: [{ name: 'health' }] } } })
    const all = { data: { __type: { fields: [{ name: 'health' }, { name: 'notes' }] } } }
    expect(await fields(await issue(['notes:read']))).toEqual(all)
  })
})

describe('an executor', () => {
  it('ends a stream when its token expires', async () => {
    const auth = createAuth({ token })
    const schema = auth.apply(
      buildSchema(`${auth.typeDefs} type Query { a: Int @public } type Subscription { tick: Int @auth }`),
    )
    const source = (async function* () {
      yield { tick: 1 }
      await new Promise(() => undefined)
    })()
    let expire: (() => void) | undefined
    const schedule = (run: () => void) => {
      expire = run
      return () => undefined
    }
    const clock = { now: () => Date.now() / 1000, schedule }
    const executor = createExecutor({ auth, verifier, clock })
    const contextValue = {}
    const headers = new Headers({ authorization: `Bearer ${await issue([])}` })
    expect(await executor.authenticate({ headers, url: '/', method: 'GET' }, contextValue)).toBeUndefined()
    const document = parse('subscription { tick }')
    const stream = await executor.subscribe({ schema, document, contextValue, rootValue: { tick: () => source } })
    if (!(Symbol.asyncIterator in stream)) throw new Error(`no stream: ${JSON.stringify(stream)}`)
    expect(await stream.next()).toEqual({ done: false, value: { data: { tick: 1 } } })
    const next = stream.next()
    expire?.()
    expect(await next).toMatchObject({ value: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  it('refuses a subscription before its source starts', async () => {
    const auth = createAuth({ token })
    const schema = auth.apply(
      buildSchema(`${auth.typeDefs} type Query { a: Int @public } type Subscription { tick: Int @auth }`),
    )
    let isStarted = false
    const start = () => {
      isStarted = true
      return undefined
    }
    const rootValue = { tick: start }
    const executor = createExecutor({ auth, verifier })
    const result = await executor.subscribe({
      schema,
      document: parse('subscription { tick }'),
      contextValue: {},
      rootValue,
    })
    expect(result).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(isStarted).toBe(false)
  })
})

describe('servers in a process of their own', () => {
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(join(root, 'apps', 'graphql-api', 'dist', 'servers-'))
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  const program = (modules: string) => `${modules}
    async function main() {
      const scopes = core.defineScopes({ admin: 'All' })
      const token = core.defineAccessToken({ scopes, lifetime: 600 })
      const key = await core.importSigningKey(await core.generatePrivateJwk('ES256'))
      const issuer = core.createIssuer({ token, issuer: '${ISSUER}', keys: key })
      const verifier = core.createVerifier({ token, audience: 'api', issuers: { '${ISSUER}': core.localKeys({ keys: [key.publicJwk] }) } })
      const auth = directive.createAuth({ token })
      const schema = graphql.buildSchema(auth.typeDefs + ' type Query { a: Int @auth(scope: "admin") }')
      schema.getQueryType().getFields().a.resolve = () => 1
      // From code, as NestJS makes its schemas.
      const fields = { a: { type: graphql.GraphQLInt, resolve: () => 1, extensions: { directives: { auth: { scope: 'admin' } } } } }
      const fromCode = new graphql.GraphQLSchema({ query: new graphql.GraphQLObjectType({ name: 'Query', fields }) })
      const server = new apollo.ApolloServer({ schema, plugins: [plugin.createAuthPlugin({ auth, verifier })] })
      const apolloUrl = (await standalone.startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } })).url
      const handler = yoga.createYoga({ schema: fromCode, plugins: [useAuth.useAuth({ auth, verifier })], logging: false })
      const http = node.createServer(handler)
      await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
      const statuses = []
      for (const url of [apolloUrl, 'http://127.0.0.1:' + http.address().port + '/graphql']) for (const scope of [undefined, [], ['admin']]) {
        const jwt = scope && (await issuer.issue({ subject: 's', clientId: 'c', audience: 'api', scope, claims: {} }))
        const headers = { 'content-type': 'application/json', ...(jwt && { authorization: 'Bearer ' + jwt }) }
        const response = await fetch(url, { method: 'POST', headers, body: '{"query":"{ a }"}' })
        statuses.push([response.status, (await response.json()).data ?? null])
      }
      await server.stop()
      http.close()
      http.closeAllConnections()
      console.log(JSON.stringify(statuses))
    }
    main()`
  const NAMES = {
    core: '@scopewise/token-core',
    directive: '@scopewise/graphql-auth-directive',
    plugin: '@scopewise/graphql-auth-directive/apollo',
    apollo: '@apollo/server',
    standalone: '@apollo/server/standalone',
    yoga: 'graphql-yoga',
    useAuth: '@scopewise/graphql-auth-directive/yoga',
    graphql: 'graphql',
    node: 'node:http',
  }

  it.each([
    ['CommonJS', 'server.cjs', (name: string, from: string) => `const ${name} = require('${from}')`],
    ['ESM', 'server.mjs', (name: string, from: string) => `import * as ${name} from '${from}'`],
  ])('%s: one copy of graphql, the same answers of Apollo Server and of Yoga', async (_, file, load) => {
    const modules = Object.entries(NAMES).map(([name, from]) => load(name, from))
    await writeFile(join(dir, file), program(modules.join('\n')))
    const { stdout } = await promisify(execFile)(process.execPath, [join(dir, file)], { timeout: 60_000 })
    const answers = [
      [401, null],
      [403, null],
      [200, { a: 1 }],
    ]
    expect(JSON.parse(stdout)).toEqual([...answers, ...answers])
  })
})
