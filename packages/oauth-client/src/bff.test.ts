import { describe, expect, it } from 'vitest'
import { createBff, memorySessions } from './bff.js'
import { createClient } from './client/create-client.js'
import { memoryStore, type TokenStore } from './manager.js'
import { APP, setupBff } from './testing/bff.js'
import { ISSUER, json } from './testing/server.js'

const claimsOf = async (response: Response) =>
  response.status === 200 ? (await response.json()).claims : response.status

describe('createBff', () => {
  const client = (redirectUri: string | undefined, isSigned = true) =>
    createClient({
      issuer: ISSUER,
      clientId: 'web',
      redirectUri,
      verifySignature: isSigned ? async () => undefined : undefined,
    })
  const good = { scope: ['openid'], store: memoryStore() }

  it.each([
    ['OI-01 without verified signatures', client(`${APP}/bff/callback`, false), good],
    ['without openid', client(`${APP}/bff/callback`), { ...good, scope: ['notes:read'] }],
    ['with a redirect URI elsewhere', client(`${APP}/callback`), good],
    ['without a redirect URI', client(undefined), good],
    ['with a path that is none', client(`${APP}/bff/callback`), { ...good, path: '/bff/' }],
    [
      'CL-20 with an API over http',
      client(`${APP}/bff/callback`),
      { ...good, apis: [{ path: '/a', url: 'http://api.example/a' }] },
    ],
    [
      'CL-20 with an API at a pattern',
      client(`${APP}/bff/callback`),
      { ...good, apis: [{ path: '/*', url: 'https://api.example/' }] },
    ],
    [
      'CL-20 with one that ends otherwise',
      client(`${APP}/bff/callback`),
      { ...good, apis: [{ path: '/a/', url: 'https://api.example/a' }] },
    ],
    [
      'CL-20 with one in the place of its own routes',
      client(`${APP}/bff/callback`),
      { ...good, apis: [{ path: '/bff/login', url: 'https://api.example/a' }] },
    ],
  ])('CL-10 refuses to be made %s', (_, of, options) => {
    expect(() => createBff(of, options)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/invalid_configuration|insecure_url/) }),
    )
  })
})

describe('a login', () => {
  it('CL-20 ends with a session id in a __Host- cookie, and the tokens stay on the server', async () => {
    const { openTab, server } = setupBff()
    const tab = openTab()
    expect(await tab.login({ returnTo: '/notes?x=1' })).toBe('/notes?x=1')
    expect(await claimsOf(await tab.call('/bff/session'))).toMatchObject({ sub: 'alice' })
    const id = tab.cookies.get('__Host-bff') ?? ''
    expect(id).toMatch(/^\d+\.[\w-]{43}$/)
    const seen = JSON.stringify([...tab.cookies, await (await tab.call('/bff/session')).text()])
    expect(server.log.filter((line) => line === 'POST /token')).toHaveLength(1)
    expect(seen).not.toMatch(/access-|refresh-/)
  })

  it('sets cookies that scripts, other hosts and other sites do not get', async () => {
    const { openTab, server } = setupBff()
    const tab = openTab()
    const started = await tab.call('/bff/login', { method: 'POST' })
    const back = await server.authorize(new URL((await started.json()).url))
    const cookies = (await tab.arrive(back)).headers.getSetCookie()
    expect(cookies[0]).toMatch(/^__Host-bff=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800$/)
    expect(
      [...started.headers.getSetCookie(), ...cookies.slice(1)].every((line) =>
        /^__Host-bff-login=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax; /.test(line),
      ),
    ).toBe(true)
  })

  it('CL-20 rotates the session: the id before, planted or old, is nobody afterwards, and its tokens are revoked', async () => {
    const { openTab, server } = setupBff()
    const tab = openTab()
    await tab.login()
    const old = new Map(tab.cookies)
    await tab.login()
    expect(tab.cookies.get('__Host-bff')).not.toBe(old.get('__Host-bff'))
    expect((await openTab(old).call('/bff/session')).status).toBe(401)
    expect((await tab.call('/bff/session')).status).toBe(200)
    expect(server.log.filter((line) => line === 'POST /revoke')).toHaveLength(1)
    const planted = openTab(new Map([['__Host-bff', `1700000000.${'A'.repeat(43)}`]]))
    await planted.login()
    expect(planted.cookies.get('__Host-bff')).not.toContain('AAAA')
  })

  it('CL-09 CL-02 ATT-074 that another browser began, or nobody, is not finished here', async () => {
    const { openTab, server } = setupBff()
    const attacker = openTab()
    const started = await attacker.call('/bff/login', { method: 'POST' })
    const response = await server.authorize(new URL((await started.json()).url))
    const victim = openTab()
    await victim.call('/bff/login', { method: 'POST' })
    for (const tab of [victim, openTab()]) {
      const landed = await tab.arrive(response)
      expect(landed.headers.get('location')).toBe('/?login_error=unknown_transaction')
      expect((await tab.call('/bff/session')).status).toBe(401)
    }
    // And harms none: the one who began it still can.
    expect((await attacker.arrive(response)).headers.get('location')).toBe('/')
    expect((await attacker.arrive(response)).headers.get('location')).toContain('login_error')
  })

  it('of ten tabs at once all finish', async () => {
    const { openTab, server } = setupBff()
    const tab = openTab()
    await tab.login()
    const starts = await Promise.all(Array.from({ length: 10 }, () => tab.call('/bff/login', { method: 'POST' })))
    const urls = await Promise.all(starts.map(async (start) => new URL((await start.json()).url)))
    for (const url of urls) expect((await tab.arrive(await server.authorize(url))).headers.get('location')).toBe('/')
    expect((await tab.call('/bff/session')).status).toBe(200)
    // Each ended the one before it.
    expect(server.log.filter((line) => line === 'POST /revoke')).toHaveLength(10)
  })

  it('says where the user was going when the user refused', async () => {
    const { openTab, server } = setupBff()
    const tab = openTab()
    const started = await tab.call('/bff/login', {
      method: 'POST',
      body: JSON.stringify({ returnTo: '/notes?a=b#c' }),
      headers: { 'content-type': 'application/json' },
    })
    const back = await server.authorize(new URL((await started.json()).url), {
      code: undefined,
      error: 'access_denied',
    })
    expect((await tab.arrive(back)).headers.get('location')).toBe('/notes?a=b&login_error=access_denied#c')
  })

  it.each([['//evil.example'], ['https://evil.example'], ['/\\evil.example'], ['/%09/evil.example']])(
    'CL-13 returns to no other origin: %s',
    async (returnTo) => {
      const { openTab } = setupBff()
      expect(await openTab().login({ returnTo })).toBe('/')
    },
  )

  it('asks for more scope when the page says so, and only for what is declared', async () => {
    const { openTab } = setupBff()
    const wish = (body: unknown, type = 'application/json') => ({
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': type },
    })
    const more = await openTab().call('/bff/login', wish({ scope: ['notes:write'], maxAge: 60, acrValues: ['mfa'] }))
    const { searchParams } = new URL((await more.json()).url)
    expect(Object.fromEntries(searchParams)).toMatchObject({
      scope: 'openid notes:read notes:write',
      max_age: '60',
      acr_values: 'mfa',
    })
    for (const body of [
      { scope: ['delete:all'] },
      { scope: 'notes:write' },
      { maxAge: -1 },
      { acrValues: [1] },
      { returnTo: 1 },
      null,
      'x',
      `"${'x'.repeat(20_000)}"`,
    ])
      expect([body, (await openTab().call('/bff/login', wish(body))).status]).toEqual([body, 400])
    expect((await openTab().call('/bff/login', wish({}, 'text/plain'))).status).toBe(400)
  })
})

describe('a session', () => {
  it('ends after its lifetime, whatever the tokens say', async () => {
    const { openTab, clock } = setupBff({ lifetime: 3600 })
    const tab = openTab()
    await tab.login()
    clock.advance(3599)
    expect((await tab.call('/bff/session')).status).toBe(200)
    clock.advance(1)
    expect((await tab.call('/bff/session')).status).toBe(401)
  })

  it('can not be made to live longer by another time in its id', async () => {
    const { openTab } = setupBff()
    const tab = openTab()
    await tab.login()
    const [, random] = (tab.cookies.get('__Host-bff') ?? '').split('.')
    tab.cookies.set('__Host-bff', `1800000000.${random}`)
    expect((await tab.call('/bff/session')).status).toBe(401)
  })

  it('is kept under the hash of its id: who reads the store can not take it over', async () => {
    const store = memoryStore()
    const keys: string[] = []
    const spy: TokenStore = {
      ...store,
      swap(key, ...rest) {
        keys.push(key)
        return store.swap(key, ...rest)
      },
    }
    const { openTab } = setupBff({ store: spy })
    const tab = openTab()
    await tab.login()
    const [, random = 'none'] = (tab.cookies.get('__Host-bff') ?? '').split('.')
    expect(keys.length).toBeGreaterThan(1)
    expect(keys.join()).not.toContain(random)
  })

  it('ends with a sign-out, here and at the server', async () => {
    const { openTab, server, forms } = {
      ...setupBff({ postLogoutRedirectUri: `${APP}/bye` }),
      forms: [] as URLSearchParams[],
    }
    server.override = (request, form) => {
      if (request.url.endsWith('/revoke') && form) forms.push(form)
      return undefined
    }
    const tab = openTab()
    await tab.login()
    const old = new Map(tab.cookies)
    const response = await tab.call('/bff/logout', { method: 'POST' })
    const url = new URL((await response.json()).url)
    expect(url.origin + url.pathname).toBe(`${ISSUER}/logout`)
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${APP}/bye`)
    expect(url.searchParams.get('id_token_hint')).toBeTruthy()
    expect(forms.map((form) => form.get('token'))).toEqual([expect.stringMatching(/^refresh-/)])
    expect((await tab.call('/bff/session')).status).toBe(401)
    expect((await openTab(old).call('/bff/session')).status).toBe(401)
    expect((await (await tab.call('/bff/logout', { method: 'POST' })).json()).url).toBe('/')
  })

  it('ends also when the server can not be reached', async () => {
    const { openTab, server } = setupBff()
    const tab = openTab()
    await tab.login()
    server.override = () => json({}, 503)
    expect((await tab.call('/bff/logout', { method: 'POST' })).status).toBe(200)
    server.override = () => undefined
    expect((await tab.call('/bff/session')).status).toBe(401)
  })
})

describe('requests of other sites', () => {
  it.each([
    ['without the header', { 'x-csrf': '' }],
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of no origin', { origin: 'null' }],
  ])('CL-20 are refused, GET included: %s', async (_, headers) => {
    const { openTab, calls } = setupBff()
    const tab = openTab()
    await tab.login()
    for (const [method, path] of [
      ['GET', '/bff/api/notes'],
      ['POST', '/bff/api/notes'],
      ['OPTIONS', '/bff/api/notes'],
      ['GET', '/bff/session'],
      ['POST', '/bff/login'],
      ['POST', '/bff/logout'],
    ] as const) {
      const response = await tab.call(path, { method, headers })
      expect([path, response.status]).toEqual([path, 403])
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
    expect(calls).toEqual([])
    expect((await tab.call('/bff/session')).status).toBe(200)
  })

  it('by another method than the route has, or to nowhere, are refused', async () => {
    const { openTab } = setupBff()
    for (const [method, path, status] of [
      ['GET', '/bff/login', 405],
      ['GET', '/bff/logout', 405],
      ['POST', '/bff/callback', 405],
      ['GET', '/bff/backchannel-logout', 405],
      ['GET', '/bff', 404],
      ['GET', '/bffconstructor', 404],
      ['GET', '/bff/../x', 404],
      ['POST', '/bff/backchannel-logout', 404],
    ] as const)
      expect([path, (await openTab().call(path, { method })).status]).toEqual([path, status])
  })
})

describe('memorySessions', () => {
  it('forgets what was not written for its lifetime, and the oldest when there are too many', async () => {
    let now = 0
    const store = memorySessions({ lifetime: 10, limit: 2, now: () => now })
    const record = { version: '1', value: '{}' }
    for (const key of ['a', 'b', 'c']) await store.swap(key, undefined, record)
    expect(await store.read('a')).toBeUndefined()
    expect(await store.read('b')).toEqual(record)
    now = 9
    await store.swap('b', '1', { ...record, version: '2' })
    now = 10
    expect(await store.read('c')).toBeUndefined()
    expect(await store.read('b')).toMatchObject({ version: '2' })
    now = 19
    expect(await store.swap('b', undefined, record)).toBe(false)
    expect(await store.read('b')).toBeUndefined()
  })
})
