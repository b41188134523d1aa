import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createAuth } from './auth.js'
import { createClock } from './testing/clock.js'
import { createMembers, token } from './testing/members.js'
import { socketAuth } from './ws.js'

const SDL = `type Query { open: Int @public closed: Int @auth(scope: "admin") who: String @auth }
  type Subscription { ev: Int @auth(scope: "notes:read") recent: Int @auth(maxAge: 30) tick: Int @public }`

/** Looks until it holds: how long that takes is for the test's own limit. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function createSocketServer() {
  const { clock, advance, timers } = createClock(Math.floor(Date.now() / 1000))
  const { verifier, issue } = await createMembers(clock.now)
  const started: string[] = []
  const closed: string[] = []
  const revocations = new Set<() => void>()
  const auth = createAuth({ token, now: clock.now })
  const silent = (name: string) => ({
    subscribe: () => {
      started.push(name)
      let count = 0
      return {
        [Symbol.asyncIterator]() {
          return this
        },
        next: () => (count++ === 0 ? Promise.resolve({ done: false, value: { [name]: 1 } }) : new Promise(() => {})),
        return: () => {
          closed.push(name)
          return Promise.resolve({ done: true, value: undefined })
        },
      }
    },
  })
  const resolvers = {
    Query: {
      open: () => 1,
      closed: () => 2,
      who: (_: unknown, _args: unknown, context: { token: { claims: { sub: string } } }) => context.token.claims.sub,
    },
    Subscription: { ev: silent('ev'), recent: silent('recent'), tick: silent('tick') },
  }
  const schema = makeExecutableSchema({ typeDefs: [auth.typeDefs, SDL], resolvers })
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  const disposable = useServer(
    {
      ...socketAuth({
        auth,
        verifier,
        schema,
        clock,
        onRevoke: (_token, end) => {
          revocations.add(end)
          return () => revocations.delete(end)
        },
      }),
    },
    sockets,
  )
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  cleanups.push(async () => {
    await disposable.dispose()
    await new Promise((resolve) => http.close(resolve))
  })
  const revoke = () => {
    for (const end of [...revocations]) end()
  }
  return { url: `ws://127.0.0.1:${port}`, issue, started, closed, advance, revoke, timers, revocations }
}

/** A client whose events can be waited for. */
function connect(url: string, params: Record<string, unknown> = {}) {
  const seen: unknown[] = []
  const waiting = new Set<() => void>()
  const note = (event: unknown) => {
    seen.push(event)
    for (const wake of waiting) wake()
  }
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: params,
    retryAttempts: 0,
    on: { closed: (event) => note({ closed: (event as { code: number }).code }) },
    lazy: true,
    // Else the client closes the socket when its last stream is done, and may be faster than the server.
    lazyCloseTimeout: 60_000,
  })
  cleanups.push(() => client.dispose())
  const subscribe = (query: string, variables?: Record<string, unknown>) =>
    client.subscribe(
      { query, ...(variables && { variables }) },
      {
        next: ({ data, errors }) =>
          note({ data, ...(errors && { codes: errors.map(({ extensions }) => extensions?.['code']) }) }),
        error: (error) =>
          note({ error: Array.isArray(error) ? error.map(({ extensions }) => extensions?.['code']) : 'closed' }),
        complete: () => note('complete'),
      },
    )
  const until = async (match: (event: unknown) => boolean) => {
    while (!seen.some(match))
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          resolve()
        }
        waiting.add(wake)
      })
    return seen
  }
  return { subscribe, until, seen, close: () => void client.dispose() }
}

const isClosed = (event: unknown) => typeof event === 'object' && event !== null && 'closed' in event
const isDone = (event: unknown) =>
  event === 'complete' || (typeof event === 'object' && event !== null && 'error' in event)
const hasData = (event: unknown) =>
  typeof event === 'object' && event !== null && 'data' in event && Boolean(event.data)

describe('socketAuth', () => {
  it('S13 authenticates the socket once and gives the token to each operation', async () => {
    const { url, issue } = await createSocketServer()
    const { subscribe, until } = connect(url, { authorization: `Bearer ${await issue({ subject: 'alice' })}` })
    subscribe('{ who open }')
    expect(await until(isDone)).toEqual([{ data: { who: 'alice', open: 1 } }, 'complete'])
  })

  it('S13 reads the token of the upgrade request, too', async () => {
    const { url, issue } = await createSocketServer()
    const headers = { authorization: `Bearer ${await issue({ subject: 'bob' })}` }
    const socket = new WebSocket(url, 'graphql-transport-ws', { headers })
    cleanups.push(() => socket.terminate())
    const answers = new Promise((resolve) => {
      socket.on('message', (text) => {
        const message = JSON.parse(String(text)) as { type: string; payload?: unknown }
        if (message.type === 'connection_ack')
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ who }' } }))
        if (message.type === 'next') resolve(message.payload)
      })
    })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })))
    expect(await answers).toEqual({ data: { who: 'bob' } })
  })

  it.each([
    ['garbage', 'Bearer garbage', 4401],
    ['two tokens', 'Bearer a, Bearer b', 4400],
    ['a token that no header can carry', 'Bearer \u0000', 4400],
    ['something else than text', 7, 4400],
  ])('S10 GQ-12 closes the socket on %s', async (_name, authorization, code) => {
    const { url, started } = await createSocketServer()
    const { subscribe, until } = connect(url, { authorization })
    subscribe('{ open }')
    expect(await until(isClosed)).toContainEqual({ closed: code })
    expect(started).toEqual([])
  })

  it('S10 S13 checks before it subscribes, tells the code, and leaves the socket open', async () => {
    const { url, issue, started } = await createSocketServer()
    const { subscribe, until, seen } = connect(url, { authorization: `Bearer ${await issue({ scope: ['email'] })}` })
    subscribe('subscription { ev }')
    await until(isDone)
    expect(seen).toEqual([{ error: ['FORBIDDEN'] }])
    subscribe('{ who }')
    await until(hasData)
    expect(started).toEqual([])
    const anonymous = connect(url)
    anonymous.subscribe('subscription { ev }')
    expect(await anonymous.until(isDone)).toEqual([{ error: ['UNAUTHENTICATED'] }])
  })

  it('S10 answers what does not parse and what is not valid', async () => {
    const { url } = await createSocketServer()
    for (const query of ['{', '{ nothing }']) {
      const { subscribe, until } = connect(url)
      subscribe(query)
      expect(await until(isDone)).toMatchObject([{ error: [undefined] }])
    }
  })

  it('S13 ends streams and socket when the token expires, also while nothing comes', async () => {
    const { url, issue, closed, advance, started } = await createSocketServer()
    const { subscribe, until } = connect(url, {
      authorization: `Bearer ${await issue({ scope: ['notes:read'], lifetime: 60 })}`,
    })
    subscribe('subscription { ev }')
    await until(hasData)
    advance(60)
    const seen = await until(isClosed)
    expect(seen).toContainEqual({ data: undefined, codes: ['UNAUTHENTICATED'] })
    expect(seen).toContainEqual({ closed: 4401 })
    expect([started, closed]).toEqual([['ev'], ['ev']])
  })

  it('S13 ends a stream whose sign-in is too old, and not the socket', async () => {
    const { url, issue, advance, closed } = await createSocketServer()
    const authTime = Math.floor(Date.now() / 1000)
    const { subscribe, until, seen } = connect(url, { authorization: `Bearer ${await issue({ authTime })}` })
    subscribe('subscription { recent }')
    await until(hasData)
    advance(31)
    await until(isDone)
    expect(seen).toContainEqual({ data: undefined, codes: ['UNAUTHENTICATED'] })
    expect([closed, seen.some(isClosed)]).toEqual([['recent'], false])
  })

  it('S13 ends streams and socket of a revoked token with 4403', async () => {
    const { url, issue, revoke, closed, revocations } = await createSocketServer()
    const { subscribe, until } = connect(url, { authorization: `Bearer ${await issue({ scope: ['notes:read'] })}` })
    subscribe('subscription { ev }')
    await until(hasData)
    revoke()
    const seen = await until(isClosed)
    expect(seen).toContainEqual({ data: undefined, codes: ['UNAUTHENTICATED'] })
    expect(seen).toContainEqual({ closed: 4403 })
    expect(closed).toEqual(['ev'])
    await eventually(() => revocations.size === 0)
  })

  it('S13 forgets its timers when a socket closes', async () => {
    const { url, issue, timers } = await createSocketServer()
    const { subscribe, until, close } = connect(url, { authorization: `Bearer ${await issue()}` })
    subscribe('{ who }')
    await until(isDone)
    close()
    await until(isClosed)
    await eventually(() => timers.size === 0)
  })
})
