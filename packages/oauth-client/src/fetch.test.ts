import { describe, expect, it } from 'vitest'
import type { OidcScope } from './client/client.js'
import { OAuthClientError } from './errors.js'
import { createFetch, type FetchOptions, type InteractionNeed } from './fetch.js'
import { createTokenManager } from './manager.js'
import { json } from './testing/server.js'
import { type AppScope, managerWith, setup } from './testing/setup.js'

const API = 'https://api.example'
const challenge = (text: string, status: number) =>
  new Response('{}', { status, headers: { 'www-authenticate': text } })
const expired = () => challenge('Bearer error="invalid_token"', 401)
const lacking = (scope: string) => challenge(`Bearer error="insufficient_scope", scope="${scope}"`, 403)

interface Seen {
  readonly token: string
  readonly body: string
  readonly request: Request
}

/** A client with a user's tokens, an API that answers as told, and a user who agrees to what is asked. */
async function calling(
  answer: (seen: Seen, times: number) => Response | Promise<Response>,
  options: Partial<FetchOptions<AppScope>> = {},
  scope: readonly (AppScope | OidcScope)[] = ['openid', 'notes:read'],
) {
  const all = setup({ resource: 'https://api.example/graphql' })
  const manager = await managerWith(all.client, await all.login(scope))
  const seen: Seen[] = []
  const asked: InteractionNeed<AppScope>[] = []
  const api = createFetch(manager, {
    allow: [API],
    interact: async (need) => {
      asked.push(need)
      all.clock.advance(1)
      return all.login(need.scope)
    },
    fetch: async (request) => {
      const token = request.headers.get('authorization') ?? ''
      const one = { token, body: await request.text(), request }
      seen.push(one)
      return answer(one, seen.length)
    },
    ...options,
  })
  all.server.forms.length = 0
  return { ...all, manager, api, seen, asked }
}

describe('createFetch', () => {
  it('brings the token along', async () => {
    const { api, seen, manager } = await calling(() => json({ ok: true }))
    const response = await api(`${API}/graphql`, {
      method: 'POST',
      body: '{}',
      headers: { 'x-own': '1', authorization: 'Basic old' },
    })
    expect(await response.json()).toEqual({ ok: true })
    expect(seen).toMatchObject([{ token: `Bearer ${manager.tokens?.accessToken}`, body: '{}' }])
    expect(seen[0]?.request.headers.get('x-own')).toBe('1')
  })

  it.each([
    'https://evil.example/',
    'http://api.example/',
    'https://api.example.evil.example/',
    'https://api.example:8443/',
  ])('CL-15 sends nothing to %s', async (url) => {
    const { api, seen } = await calling(() => json({}))
    await expect(api(url)).rejects.toMatchObject({ code: 'origin_not_allowed' })
    await expect(api(new Request(url))).rejects.toMatchObject({
      code: 'origin_not_allowed',
    })
    expect(seen).toEqual([])
  })

  it.each([
    ['http://api.example', 'insecure_url'],
    ['api.example', 'insecure_url'],
    ['https://api.example/graphql', 'invalid_configuration'],
    ['https://api.example?x', 'invalid_configuration'],
  ])('CL-15 refuses %s on the allow list', (origin, code) => {
    const { client } = setup()
    expect(() => createFetch(createTokenManager(client), { allow: [origin] })).toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('takes http on loopback', async () => {
    const { api, seen } = await calling(() => json({}), { allow: ['http://127.0.0.1:4000'] })
    await api('http://127.0.0.1:4000/graphql')
    expect(seen).toHaveLength(1)
  })

  it.each([
    ['another origin', 302, 'https://evil.example/'],
    ['http', 301, 'http://api.example/'],
    ['a POST elsewhere', 307, 'https://evil.example/'],
    ['a user name', 302, 'https://x@api.example/'],
    ['nowhere', 302, 'https://'],
  ])('CL-15 gives back a redirect to %s instead of following it', async (_, status, location) => {
    const { api, seen } = await calling(() => new Response(null, { status, headers: { location } }))
    const response = await api(API, { method: 'POST', body: 'x', redirect: 'follow' })
    expect(response.status).toBe(status)
    expect(seen).toHaveLength(1)
    expect(seen[0]?.request.redirect).toBe('manual')
  })

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'x'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'x'],
    [308, 'POST', 'POST', 'x'],
  ])('CL-15 follows a %i within the origin, %s as %s, with the token', async (status, method, next, body) => {
    for (const isRequest of [false, true]) {
      const { api, seen } = await calling((_, times) =>
        times === 1 ? new Response(null, { status, headers: { location: '/elsewhere?x=1' } }) : json({}),
      )
      const headers = { 'content-type': 'text/plain', 'x-own': '1' }
      const init = { method, body: 'x', headers }
      const response = await (isRequest ? api(new Request(`${API}/a`, init)) : api(`${API}/a`, init))
      expect(response.status).toBe(200)
      const [, last = expect.fail('one request')] = seen
      expect([last.request.method, last.request.url, last.body]).toEqual([next, `${API}/elsewhere?x=1`, body])
      expect([last.token, last.request.headers.get('x-own')]).toEqual([seen[0]?.token, '1'])
      expect(last.request.headers.get('content-type')).toBe(body ? 'text/plain' : null)
    }
  })

  it('CL-15 follows no redirect when the caller does not want it, none with a stream, and no endless row of them', async () => {
    const { api, seen } = await calling(() => new Response(null, { status: 307, headers: { location: '/again' } }))
    expect((await api(API, { redirect: 'manual' })).status).toBe(307)
    const body = new Response('x').body
    expect((await api(API, { method: 'POST', body, duplex: 'half' } as RequestInit)).status).toBe(307)
    expect(seen).toHaveLength(2)
    expect((await api(API)).status).toBe(307)
    expect(seen).toHaveLength(8)
  })

  it('does not do again what was done before a redirect', async () => {
    const { api, seen } = await calling((_, times) =>
      times === 1
        ? new Response(null, { status: 303, headers: { location: '/done' } })
        : times === 2
          ? expired()
          : json({}),
    )
    expect((await api(API, { method: 'POST', body: 'once' })).status).toBe(200)
    expect(seen.map(({ request, body }) => [request.method, body])).toEqual([
      ['POST', 'once'],
      ['GET', ''],
      ['GET', ''],
    ])
  })

  it('goes without a token when nobody is signed in, and gives what the API says', async () => {
    const { api, seen, manager, asked } = await calling(() => lacking('notes:write'))
    await manager.clear()
    expect((await api(API)).status).toBe(403)
    expect(seen).toMatchObject([{ token: '' }])
    expect(asked).toEqual([])
  })

  it('fails, and sends nothing, when the grant is lost', async () => {
    const { api, seen, server, clock } = await calling(() => json({}))
    clock.advance(600)
    server.override = (request) => (request.method === 'POST' ? json({ error: 'invalid_grant' }, 400) : undefined)
    await expect(api(API)).rejects.toMatchObject({ code: 'grant_lost' })
    expect(seen).toEqual([])
  })

  it('ends with the signal of its caller', async () => {
    const { api, seen } = await calling(() => json({}))
    await expect(api(API, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone')
    expect(seen).toEqual([])
  })
})

describe('invalid_token', () => {
  it('renews once and sends the same body again', async () => {
    const { api, seen, server } = await calling((_, times) => (times === 1 ? expired() : json({ ok: true })))
    const response = await api(API, { method: 'POST', body: 'the body' })
    expect(response.status).toBe(200)
    expect(seen.map(({ body }) => body)).toEqual(['the body', 'the body'])
    expect(seen[0]?.token).not.toBe(seen[1]?.token)
    expect(server.forms).toHaveLength(1)
  })

  it('SU-04 stops after one renewal and gives the answer', async () => {
    const { api, seen, server } = await calling(expired)
    expect((await api(API)).status).toBe(401)
    expect(seen).toHaveLength(2)
    expect(server.forms).toHaveLength(1)
  })

  it('ATT-082 makes one refresh for a hundred refused calls', async () => {
    let good = ''
    const { api, seen, server, manager } = await calling(({ token }) => (token === good ? expired() : json({})))
    good = `Bearer ${manager.tokens?.accessToken}`
    const responses = await Promise.all(Array.from({ length: 100 }, () => api(API)))
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    expect(server.forms).toHaveLength(1)
    expect(seen).toHaveLength(200)
    expect(server.reuses()).toBe(0)
  })

  it('gives the 401 when there is no refresh token', async () => {
    const { api, seen, manager } = await calling(expired)
    const { refreshToken: _, ...bare } = manager.tokens ?? expect.fail()
    await manager.clear()
    await manager.adopt(bare)
    expect((await api(API)).status).toBe(401)
    expect(seen).toHaveLength(1)
  })

  it('fails with a retryable error when the token endpoint is out of order', async () => {
    const { api, server } = await calling(expired)
    server.override = () => json({}, 503)
    await expect(api(API)).rejects.toMatchObject({ code: 'server_unavailable', isRetryable: true })
  })

  it.each([
    ['text', () => 'body'],
    ['a form', () => new URLSearchParams({ body: '' })],
    ['a blob', () => new Blob(['body'])],
    ['bytes', () => new TextEncoder().encode('body')],
    ['multipart', () => Object.assign(new FormData(), {})],
  ])('sends %s again', async (_, body) => {
    const { api, seen } = await calling((__, times) => (times === 1 ? expired() : json({})))
    expect((await api(API, { method: 'POST', body: body() })).status).toBe(200)
    expect(seen).toHaveLength(2)
  })

  it('sends a Request again, also one with a body', async () => {
    const { api, seen } = await calling((_, times) => (times === 1 ? expired() : json({})))
    const request = new Request(API, { method: 'POST', body: 'body', headers: { 'x-own': '1' } })
    expect((await api(request)).status).toBe(200)
    expect(seen.map(({ body }) => body)).toEqual(['body', 'body'])
    expect(seen[1]?.request.headers.get('x-own')).toBe('1')
  })

  it('gives the 401 itself when the body was a stream, and the next call finds a token that works', async () => {
    const { api, seen, manager } = await calling((_, times) => (times === 1 ? expired() : json({})))
    const before = manager.tokens?.accessToken
    const init = { method: 'POST', body: new Blob(['streamed']).stream(), duplex: 'half' }
    const response = await api(API, init)
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('{}')
    expect(seen.map(({ body }) => body)).toEqual(['streamed'])
    expect((await api(API)).status).toBe(200)
    expect(manager.tokens?.accessToken).not.toBe(before)
  })
})

describe('insufficient_scope', () => {
  const needsWrite = (
    { token }: Seen,
    manager: { tokens: { accessToken: string; scope: readonly string[] } | undefined },
  ) =>
    token === `Bearer ${manager.tokens?.accessToken}` && manager.tokens?.scope.includes('notes:write')
      ? json({ ok: true })
      : lacking('notes:write')

  it('CL-16 asks once for what is granted and what is missing, and sends the same body again', async () => {
    const all = await calling((seen) => needsWrite(seen, all.manager))
    const response = await all.api(API, { method: 'POST', body: 'mutation' })
    expect(await response.json()).toEqual({ ok: true })
    expect(all.asked).toEqual([
      {
        scope: ['openid', 'notes:read', 'notes:write'],
        missing: ['notes:write'],
        resource: 'https://api.example/graphql',
      },
    ])
    expect(all.seen.map(({ body }) => body)).toEqual(['mutation', 'mutation'])
  })

  it('steps up on a GraphQL answer that carries the challenge', async () => {
    const error = {
      path: ['createNote'],
      extensions: { challenge: 'Bearer error="insufficient_scope", scope="notes:write"' },
    }
    const { api, asked } = await calling((_, times) => (times === 1 ? json({ errors: [error] }) : json({ data: {} })))
    expect(await (await api(API, { method: 'POST', body: '{}' })).json()).toEqual({ data: {} })
    expect(asked).toHaveLength(1)
  })

  it.each([null, { createNote: null }])('does not repeat an operation that ran and answered data %j', async (data) => {
    const error = {
      path: ['createNote'],
      extensions: { challenge: 'Bearer error="insufficient_scope", scope="notes:write"' },
    }
    const { api, asked, seen } = await calling(() => json({ data, errors: [error] }))
    expect(await (await api(API, { method: 'POST', body: '{}' })).json()).toEqual({ data, errors: [error] })
    expect(asked).toEqual([])
    expect(seen).toHaveLength(1)
  })

  it.each(['admin delete:all', 'delete:all', 'openid', '', 'admin"'])('CL-18 does not ask for %j', async (scope) => {
    const { api, asked, seen } = await calling(() => lacking(scope))
    expect((await api(API)).status).toBe(403)
    const extension = { extensions: { challenge: `Bearer error="insufficient_scope", scope="${scope}"` } }
    const other = await calling(() => json({ errors: [extension] }))
    expect(await (await other.api(API)).json()).toEqual({ errors: [extension] })
    expect([...asked, ...other.asked]).toEqual([])
    expect(seen).toHaveLength(1)
  })

  it('CL-18 asks for nothing when the client declares no scopes', async () => {
    const { client, login, server } = setup({ scopes: undefined })
    const manager = await managerWith(client, await login())
    const interact = () => expect.fail('asked')
    const api = createFetch(manager, { allow: [API], interact, fetch: async () => lacking('notes:write') })
    expect((await api(API)).status).toBe(403)
    expect(server.log).toHaveLength(2)
  })

  it('CL-18 asks for what a callback approves of where no scopes are declared', async () => {
    const all = setup({ scopes: undefined })
    const manager = await managerWith(all.client, await all.login())
    const asked: (readonly string[])[] = []
    const api = createFetch(manager, {
      allow: [API],
      allowScope: (value) => value.startsWith('notes:'),
      interact: async ({ scope }) => {
        asked.push(scope)
        return undefined
      },
      fetch: async (request) => lacking(decodeURIComponent(new URL(request.url).pathname.slice(1))),
    })
    for (const scope of ['notes:write', 'admin', 'notes:all%20admin']) await api(`${API}/${scope}`)
    expect(asked).toEqual([['openid', 'notes:read', 'notes:write']])
  })

  it('CL-18 lets no callback approve of what is not declared where scopes are', async () => {
    const { api, asked } = await calling(() => lacking('delete:all'), { allowScope: () => true })
    expect((await api(API)).status).toBe(403)
    expect(asked).toEqual([])
  })

  it('SU-04 stops when the API is not content with what it demanded', async () => {
    const { api, asked, seen } = await calling(() => lacking('notes:write'))
    expect((await api(API)).status).toBe(403)
    expect(asked).toHaveLength(1)
    expect(seen).toHaveLength(2)
    expect((await api(API)).status).toBe(403)
    expect(asked).toHaveLength(1)
  })

  it('does not ask for what is implied by what is granted', async () => {
    const { api, asked, seen } = await calling(() => lacking('notes:read'), {}, ['notes:write'])
    expect((await api(API)).status).toBe(403)
    expect(asked).toEqual([])
    expect(seen).toHaveLength(1)
  })

  it('renews and steps up in one call, each once', async () => {
    const { api, asked, seen, server } = await calling(
      (_, times) => [expired(), lacking('admin'), expired(), expired()][times - 1] ?? json({}),
    )
    expect((await api(API)).status).toBe(401)
    expect(seen).toHaveLength(3)
    expect(asked).toHaveLength(1)
    expect(server.forms.map((form) => form.get('grant_type'))).toEqual(['refresh_token', 'authorization_code'])
  })

  it.each([
    ['declines', async () => undefined],
    [
      'is refused by the server',
      () => Promise.reject(new OAuthClientError('authorization_refused', 'no', { error: 'access_denied' })),
    ],
  ])(
    'CL-16 gives the 403 when the user %s, and does not ask again before a login of the user’s own',
    async (_, interact) => {
      let prompts = 0
      const counted = () => {
        prompts += 1
        return interact()
      }
      const { api, manager, login, clock } = await calling(() => lacking('admin'), { interact: counted })
      expect((await api(API)).status).toBe(403)
      expect((await api(API)).status).toBe(403)
      expect(prompts).toBe(1)
      clock.advance(1)
      await manager.adopt(await login())
      await api(API)
      expect(prompts).toBe(2)
    },
  )

  it('CL-16 asks for other scope without the refused one', async () => {
    const scopes = ['admin', 'notes:write', 'notes:write', 'admin']
    const asked: (readonly string[])[] = []
    const all = await calling((_, times) => lacking(scopes[times - 1] ?? ''), {
      interact: async ({ scope, missing }) => {
        asked.push(scope)
        return missing.includes('admin') ? undefined : all.login(scope)
      },
    })
    for (let calls = 0; calls < 3; calls++) await all.api(API)
    expect(all.seen).toHaveLength(4)
    expect(asked).toEqual([
      ['openid', 'notes:read', 'admin'],
      ['openid', 'notes:read', 'notes:write'],
    ])
  })

  it('does not ask again for what the server did not grant', async () => {
    const all = await calling(() => lacking('admin'), { interact: () => all.login(['openid', 'notes:read']) })
    expect((await all.api(API)).status).toBe(403)
    expect(all.seen).toHaveLength(1)
    const forms = all.server.forms.length
    expect((await all.api(API)).status).toBe(403)
    expect(all.server.forms).toHaveLength(forms)
  })

  it('gives the 403 when the user signed out meanwhile', async () => {
    const all = await calling(async () => {
      await all.manager.clear()
      return lacking('admin')
    })
    expect((await all.api(API)).status).toBe(403)
    expect(all.asked).toEqual([])
  })

  it('shows one prompt at a time, and one prompt for ten calls that need the same', async () => {
    let open = 0
    let most = 0
    let prompts = 0
    const all = await calling((seen) => needsWrite(seen, all.manager), {
      interact: async ({ scope }) => {
        prompts += 1
        open += 1
        most = Math.max(most, open)
        await new Promise((resolve) => setTimeout(resolve, 5))
        open -= 1
        return all.login(scope)
      },
    })
    const responses = await Promise.all(Array.from({ length: 10 }, () => all.api(API)))
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    expect([prompts, most]).toEqual([1, 1])
  })

  it('asks one after the other when calls need different things', async () => {
    const needs = new Map([
      [`${API}/a`, 'notes:write'],
      [`${API}/b`, 'admin'],
    ])
    const all = await calling(({ request }) => {
      const need = needs.get(request.url) ?? ''
      return all.manager.tokens?.scope.some((value) => value === need) ? json({}) : lacking(need)
    })
    const responses = await Promise.all([...needs.keys()].map((url) => all.api(url)))
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
    expect(all.asked.map(({ missing }) => missing)).toEqual([['notes:write'], ['admin']])
    expect(all.manager.tokens?.scope).toEqual(['openid', 'notes:read', 'notes:write', 'admin'])
  })

  it('gives the error of an interaction that fails, and asks again the next time', async () => {
    let prompts = 0
    const interact = () => {
      prompts += 1
      return Promise.reject(new Error('the window was blocked'))
    }
    const { api } = await calling(() => lacking('admin'), { interact })
    await expect(api(API)).rejects.toThrow('the window was blocked')
    await expect(api(API)).rejects.toThrow('the window was blocked')
    expect(prompts).toBe(2)
  })

  it('gives the 403 itself, and asks nobody, when the body was a stream or nobody can be asked', async () => {
    const { api, asked } = await calling(() => lacking('admin'))
    const init = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' }
    expect((await api(API, init)).status).toBe(403)
    expect(asked).toEqual([])
    const other = await calling(() => lacking('admin'), { interact: undefined })
    expect((await other.api(API)).status).toBe(403)
  })

  it('CL-17 does not go where the API points', async () => {
    const { api, seen, server } = await calling(() =>
      challenge(
        'Bearer error="insufficient_scope", scope="delete:all", resource_metadata="https://evil.example/.well-known/oauth-protected-resource"',
        403,
      ),
    )
    await api(API)
    expect(seen).toHaveLength(1)
    expect(server.log.some((line) => line.includes('protected-resource'))).toBe(false)
  })
})
