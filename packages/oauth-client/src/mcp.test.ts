import { describe, expect, it } from 'vitest'
import { finishAuthorization } from './authorization/finish.js'
import { startAuthorization } from './authorization/start.js'
import { createMcpFetch, type McpOptions } from './mcp.js'
import { createClock } from './testing/clock.js'
import { createTestServer, json, REDIRECT_URI } from './testing/server.js'

const SERVER = 'https://mcp.example/mcp'
const PLACE = 'https://mcp.example/.well-known/oauth-protected-resource/mcp'
const AUTH = 'https://auth.example'

/** An MCP server that wants a token, its authorization server, and a user who agrees. */
function world(options: Partial<McpOptions> = {}, document: Readonly<Record<string, unknown>> = {}) {
  const clock = createClock()
  const server = createTestServer(clock.now, AUTH)
  server.metadata['registration_endpoint'] = `${AUTH}/register`
  const log: string[] = []
  const prompts: (readonly string[])[] = []
  const registered: string[] = []
  let needed = 'tools:read'
  async function answer(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url)
    log.push(`${request.method} ${origin}${pathname}`)
    if (request.url === PLACE)
      return json({ resource: SERVER, authorization_servers: [AUTH], scopes_supported: ['tools:read'], ...document })
    if (pathname === '/register') {
      registered.push(origin)
      return json({ ...(await request.json()), client_id: 'web' }, 201)
    }
    if (origin === AUTH) return server.fetch(request)
    if (origin !== 'https://mcp.example') return new Response(request.headers.get('authorization'))
    const token = request.headers.get('authorization')
    if (token === null) return challenge(401, `Bearer resource_metadata="${PLACE}"`)
    const granted = server.forms.length > 0 && prompts.at(-1)?.includes(needed)
    return granted
      ? json({ token, body: await request.text() })
      : challenge(403, `Bearer error="insufficient_scope", scope="${needed}"`)
  }
  const all: McpOptions = {
    approve: (issuer) => issuer === AUTH,
    registration: { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' },
    redirectUri: REDIRECT_URI,
    now: clock.now,
    fetch: answer,
    signIn: (client) => async (request) => {
      prompts.push(request.scope)
      clock.advance(1)
      const { url } = await startAuthorization(client, request)
      return (await finishAuthorization(client, await server.authorize(url))).tokens
    },
    ...options,
  }
  const need = (scope: string) => {
    needed = scope
  }
  return { ...createMcpFetch(SERVER, all), all, server, log, prompts, registered, need, clock }
}

const challenge = (status: number, text: string) =>
  new Response('{}', { status, headers: { 'www-authenticate': text } })
const post = { method: 'POST', body: '{"jsonrpc":"2.0"}' }

describe('createMcpFetch', () => {
  it('goes from the challenge to a token that is for this server, once for all who come at once', async () => {
    const { fetch, server, prompts, registered, log } = world()
    const responses = await Promise.all([1, 2, 3].map(() => fetch(SERVER, post)))
    expect(await Promise.all(responses.map((response) => response.json()))).toEqual(
      Array(3).fill({ token: 'Bearer access-2', body: '{"jsonrpc":"2.0"}' }),
    )
    expect([prompts, registered]).toEqual([[['tools:read']], [AUTH]])
    expect(server.forms.map((form) => form.get('resource'))).toEqual([SERVER])
    expect(log.filter((line) => line === `GET ${PLACE}`)).toHaveLength(1)
  })

  it('asks for what a tool needs beyond that, and sends the call again', async () => {
    const { fetch, prompts, need, manager } = world()
    await fetch(SERVER, post)
    need('tools:write')
    expect((await fetch(new Request(SERVER, post))).status).toBe(200)
    expect(prompts).toEqual([['tools:read'], ['tools:read', 'tools:write']])
    expect((await manager())?.tokens?.scope).toEqual(['tools:read', 'tools:write'])
  })

  it('asks for offline_access where there is such a scope, and renews', async () => {
    const { fetch, prompts, server, clock } = world()
    server.metadata['scopes_supported'] = ['offline_access']
    await fetch(SERVER, post)
    clock.advance(600)
    expect((await (await fetch(SERVER, post)).json()).token).toBe('Bearer access-3')
    expect(prompts).toEqual([['tools:read', 'offline_access']])
  })

  it('finds tokens and registration again in the next run, without a prompt', async () => {
    const store = (await import('./manager.js')).memoryStore()
    const first = world({ store })
    await first.fetch(SERVER, post)
    const { fetch } = createMcpFetch(SERVER, { ...first.all, store })
    expect((await (await fetch(SERVER, post)).json()).token).toBe('Bearer access-2')
    expect([first.prompts.length, first.registered.length]).toEqual([1, 1])
    const doubted = createMcpFetch(SERVER, { ...first.all, store, approve: () => false })
    await expect(doubted.fetch(SERVER, post)).rejects.toMatchObject({ code: 'issuer_mismatch' })
  })

  it('CL-17 asks no authorization server that was not approved of, and registers at none', async () => {
    const { fetch, prompts, log } = world({}, { authorization_servers: ['https://evil.example'] })
    await expect(fetch(SERVER, post)).rejects.toMatchObject({ code: 'issuer_mismatch' })
    expect(prompts).toEqual([])
    expect(log.filter((line) => line.includes('evil'))).toEqual([])
  })

  it.each([
    ['says nothing about PKCE', undefined],
    ['knows only plain', ['plain']],
    ['lies about its form', 'S256'],
  ])('CL-03 refuses an authorization server that %s', async (_, methods) => {
    const { fetch, server, prompts, registered } = world()
    server.metadata['code_challenge_methods_supported'] = methods
    await expect(fetch(SERVER, post)).rejects.toMatchObject({ code: 'pkce_unsupported' })
    expect([prompts, registered]).toEqual([[], []])
  })

  it('CL-14 takes no metadata of another resource, and of a part of the path only when told to', async () => {
    for (const resource of [
      'https://evil.example/mcp',
      'https://mcp.example/mc',
      'https://mcp.example/mcp/',
      'https://mcp.example',
    ])
      await expect(world({}, { resource }).fetch(SERVER, post)).rejects.toMatchObject({ code: 'resource_mismatch' })
    const { fetch, server } = world({ isPrefixAllowed: true }, { resource: 'https://mcp.example' })
    await fetch(SERVER, post)
    expect(server.forms.map((form) => form.get('resource'))).toEqual(['https://mcp.example'])
    for (const resource of [
      'https://evil.example',
      'https://mcp.example/mc',
      'https://mcp.example?x',
      'http://mcp.example',
      'x',
    ])
      await expect(world({ isPrefixAllowed: true }, { resource }).fetch(SERVER, post)).rejects.toMatchObject({
        code: 'resource_mismatch',
      })
  })

  it('CL-15 sends the token to no other origin', async () => {
    const { fetch } = world()
    await fetch(SERVER, post)
    expect(await (await fetch('https://other.example/')).text()).toBe('')
  })

  it('takes the client ID that is a document where the server does, and the client that was registered by hand', async () => {
    const clientIdDocument = 'https://app.example/client.json'
    const one = world({ clientIdDocument })
    one.server.metadata['client_id_metadata_document_supported'] = true
    one.server.claims = { aud: clientIdDocument }
    await one.fetch(SERVER, post)
    expect(one.server.forms.map((form) => form.get('client_id'))).toEqual([clientIdDocument])
    const two = world({ clients: { [AUTH]: { clientId: 'by-hand' } } })
    await two.fetch(SERVER, post)
    expect(two.server.forms.map((form) => form.get('client_id'))).toEqual(['by-hand'])
    expect([one.registered, two.registered]).toEqual([[], []])
  })

  it('CL-17 keeps what one server registered from another, and registers anew when the secret has expired', async () => {
    const store = (await import('./manager.js')).memoryStore()
    const { fetch, all, registered, clock } = world({ store })
    await fetch(SERVER, post)
    const other = createMcpFetch('https://mcp.example/mcp', {
      ...all,
      store: (await import('./manager.js')).memoryStore(),
    })
    await other.fetch(SERVER, post)
    expect(registered).toHaveLength(2)
    clock.advance(1)
    expect([...new Set(registered)]).toEqual([AUTH])
  })

  it('says no more than the server when nobody signs in, and tries again the next time', async () => {
    const { fetch, all, prompts } = world({ signIn: () => async () => undefined })
    expect((await fetch(SERVER, post)).status).toBe(401)
    expect(prompts).toEqual([])
    let isAway = true
    const flaky = createMcpFetch(SERVER, {
      ...all,
      fetch: async (request) =>
        isAway && request.url === PLACE ? json({}, 503) : (all.fetch ?? expect.fail())(request),
    })
    await expect(flaky.fetch(SERVER, post)).rejects.toMatchObject({ code: 'discovery_failed' })
    isAway = false
    expect((await flaky.fetch(SERVER, post)).status).toBe(401)
  })

  it('CL-10 refuses to be made without a way to be known, or for a server over http', () => {
    const { all } = world()
    expect(() => createMcpFetch(SERVER, { ...all, registration: undefined })).toThrow(/know this client/)
    expect(() => createMcpFetch('http://mcp.example/mcp', all)).toThrow(/https/)
  })
})
