import { createSchema, createYoga } from 'graphql-yoga'
import { describe, expect, it } from 'vitest'
import { createAuth } from './auth.js'
import { createClock } from './testing/clock.js'
import { createMembers, type Member, token } from './testing/members.js'
import { useAuth } from './yoga.js'

const SDL = `
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
  type Query {
    open: Int @public
    note: Note @public
    numbers: [Int!]! @auth(scope: "notes:read")
    endless: [Int!]! @auth(scope: "notes:read")
  }
  type Note @public { title: String secret: String @auth(scope: "notes:read") never: String @auth(scope: "notes:read") }
  type Subscription { recent: Int @auth(acr: "phr", maxAge: 30) }`

async function createServer() {
  const { clock, advance } = createClock(Math.floor(Date.now() / 1000))
  const { verifier, issue } = await createMembers(clock.now)
  const started: string[] = []
  const closed: string[] = []
  const auth = createAuth({ token, now: clock.now })
  const start = (name: string, value: unknown) => () => {
    started.push(name)
    return value
  }
  /** One value, and nothing more ever. */
  const silent = (name: string, value: unknown) => () => {
    started.push(name)
    let count = 0
    return {
      [Symbol.asyncIterator]() {
        return this
      },
      next: () => (count++ === 0 ? Promise.resolve({ done: false, value }) : new Promise(() => {})),
      return: async () => {
        closed.push(name)
        return { done: true, value: undefined }
      },
    }
  }
  const resolvers = {
    Query: {
      open: start('open', 1),
      note: start('note', {}),
      numbers: start('numbers', [1, 2, 3]),
      endless: silent('endless', 1),
    },
    Note: {
      title: start('title', 'a title'),
      secret: start('secret', 'a secret'),
      never: start('never', new Promise(() => {})),
    },
    Subscription: { recent: { subscribe: silent('recent', { recent: 1 }) } },
  }
  const yoga = createYoga({
    schema: createSchema({ typeDefs: [auth.typeDefs, SDL], resolvers }),
    plugins: [useAuth({ auth, verifier, clock })],
    logging: false,
  })
  const ask = async (query: string, accept: string, member?: Member) => {
    const jwt = member && (await issue(member))
    const response = await yoga.fetch('http://localhost/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...(jwt && { authorization: `Bearer ${jwt}` }) },
      body: JSON.stringify({ query }),
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    /** Reads until a text has come, or to the end. */
    const read = async (until?: string) => {
      while (until === undefined || !text.includes(until)) {
        const part = await reader?.read()
        if (!part || part.done) return text
        text += part.value
      }
      return text
    }
    return { status: response.status, read }
  }
  return { ask, advance, started, closed, now: clock.now }
}

const SSE = 'text/event-stream'
const MULTIPART = 'multipart/mixed'
const reader = { scope: ['notes:read'] } as const

describe('a stream over SSE', () => {
  it('S13 ends when the sign-in is too old, before the token does', async () => {
    const { ask, advance, closed, now } = await createServer()
    const { status, read } = await ask('subscription { recent }', SSE, { acr: 'phr', authTime: now(), lifetime: 300 })
    expect(status).toBe(200)
    await read('{"recent":1}')
    advance(31)
    const text = await read()
    expect(text).toMatch(
      /The sign-in is too old[\s\S]*"code":"UNAUTHENTICATED"[\s\S]*max_age=\\"30\\"[\s\S]*event: complete/,
    )
    expect(closed).toEqual(['recent'])
  })

  it('S13 does not start with a sign-in that is too old already', async () => {
    const { ask, started, now } = await createServer()
    const member = { acr: 'phr', authTime: now() - 31, lifetime: 300 }
    const { status, read } = await ask('subscription { recent }', SSE, member)
    expect([status, started]).toEqual([401, []])
    expect(await read()).toContain('insufficient_user_authentication')
  })
})

describe('@defer and @stream', () => {
  it.each([
    '{ note { title ... @defer { secret } } }',
    '{ note { ...F @defer } } fragment F on Note { title ... @defer { secret } }',
    '{ note { title ... @defer(if: false) { secret } } }',
    '{ open numbers @stream(initialCount: 1) }',
  ])('GQ-03 S13 are charged like any field: %s', async (query) => {
    const { ask, started } = await createServer()
    for (const [member, status] of [
      [undefined, 401],
      [{ scope: ['email'] }, 403],
    ] as const) {
      const { status: answered, read } = await ask(query, MULTIPART, member)
      expect(answered).toBe(status)
      expect(await read()).toContain('"requiredScopes":[["notes:read"]]')
    }
    expect(started).toEqual([])
  })

  it('S13 come bit by bit to who may have them', async () => {
    const { ask } = await createServer()
    const deferred = await (await ask('{ note { title ... @defer { secret } } }', MULTIPART, reader)).read()
    expect(deferred).toMatch(/"title":"a title"[\s\S]*"hasNext":true[\s\S]*"secret":"a secret"/)
    const streamed = await (await ask('{ numbers @stream(initialCount: 1) }', MULTIPART, reader)).read()
    expect(streamed).toMatch(/"numbers":\[1\][\s\S]*"items":\[2/)
  })

  it.each([
    ['{ note { title ... @defer { never } } }', '"title":"a title"'],
    ['{ endless @stream }', '[1]'],
  ])('S13 end with the token: %s', async (query, first) => {
    const { ask, advance } = await createServer()
    const { read } = await ask(query, MULTIPART, { ...reader, lifetime: 60 })
    await read(first)
    advance(61)
    const text = await read()
    expect(text).toContain('The access token has expired')
    expect(text).toContain('UNAUTHENTICATED')
  })
})
