import { describe, expect, it } from 'vitest'
import { webStorageTransactions } from '../browser/web-storage.js'
import { createClient } from '../client/create-client.js'
import { isOAuthClientError, sectionOf } from '../errors.js'
import { createTestServer, ISSUER, json, REDIRECT_URI } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { memoryStorage } from '../testing/storage.js'
import { finishAuthorization } from './finish.js'
import { memoryTransactions } from './memory-transactions.js'
import { startAuthorization } from './start.js'

describe('startAuthorization', () => {
  it('makes an authorization request with PKCE, a state, a nonce and what was asked for', async () => {
    const { client } = setup()
    const { url } = await startAuthorization(client, {
      scope: ['openid', 'notes:read'],
      resource: 'https://api.example/graphql',
      prompt: ['login', 'consent'],
      loginHint: 'alice',
      maxAge: 0,
      acrValues: ['mfa', 'pwd'],
      uiLocales: ['de', 'en'],
      returnTo: '/notes',
    })
    const { state, nonce, code_challenge, ...rest } = Object.fromEntries(url.searchParams)
    expect(url.href.startsWith(`${ISSUER}/authorize?tenant=1&`)).toBe(true)
    expect(rest).toEqual({
      tenant: '1',
      response_type: 'code',
      client_id: 'web',
      redirect_uri: REDIRECT_URI,
      scope: 'openid notes:read',
      code_challenge_method: 'S256',
      resource: 'https://api.example/graphql',
      prompt: 'login consent',
      login_hint: 'alice',
      max_age: '0',
      acr_values: 'mfa pwd',
      ui_locales: 'de en',
    })
    for (const value of [state, nonce, code_challenge]) expect(value).toMatch(/^[\w-]{43}$/)
  })

  it('CL-02 makes each of 1,000 states once, and never sends the verifier or returnTo', async () => {
    const { client } = setup()
    const urls = await Promise.all(
      Array.from({ length: 1000 }, () => startAuthorization(client, { scope: ['notes:read'], returnTo: '/secret' })),
    )
    expect(new Set(urls.map(({ url }) => url.searchParams.get('state'))).size).toBe(1000)
    expect(urls.every(({ url }) => !url.href.includes('secret') && !url.searchParams.has('code_verifier'))).toBe(true)
  })

  it('sends no nonce without openid, and no empty scope', async () => {
    const { client } = setup()
    const { url } = await startAuthorization(client, { scope: [] })
    expect(url.searchParams.has('nonce')).toBe(false)
    expect(url.searchParams.has('scope')).toBe(false)
  })

  it('CL-03 refuses a server that lists its methods without S256', async () => {
    const { client, server } = setup()
    server.metadata['code_challenge_methods_supported'] = ['plain']
    await expect(startAuthorization(client, { scope: [] })).rejects.toMatchObject({ code: 'pkce_unsupported' })
  })

  it('CL-03 sends S256 to a server that lists none, and says so', async () => {
    const events: unknown[] = []
    const { client, server } = setup({ onEvent: (event) => events.push(event) })
    server.metadata['code_challenge_methods_supported'] = undefined
    const { url } = await startAuthorization(client, { scope: [] })
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
    expect(events).toEqual([{ type: 'pkce_not_advertised', issuer: ISSUER }])
  })

  it('refuses a scope value that is not declared, also from code that was not typed', async () => {
    const { client, server } = setup()
    const scope: string[] = ['notes:raed']
    // `as`: what JavaScript code could do.
    await expect(startAuthorization(client, { scope: scope as ['admin'] })).rejects.toMatchObject({
      code: 'undeclared_scope',
    })
    expect(server.log).toEqual([])
  })

  it('needs a redirect URI', async () => {
    const { client } = setup({ redirectUri: undefined })
    await expect(startAuthorization(client, { scope: [] })).rejects.toMatchObject({ code: 'invalid_configuration' })
  })
})

describe('finishAuthorization', () => {
  it('exchanges the code with its verifier and gives tokens, checked claims and returnTo', async () => {
    const { client, server, clock } = setup({ resource: 'https://api.example/graphql' })
    const { url } = await startAuthorization(client, { scope: ['openid', 'notes:read'], returnTo: '/notes?page=2' })
    const { tokens, returnTo } = await finishAuthorization(client, await server.authorize(url))
    expect(returnTo).toBe('/notes?page=2')
    expect(tokens).toMatchObject({
      tokenType: 'Bearer',
      scope: ['openid', 'notes:read'],
      expiresAt: clock.now() + 600,
      obtainedAt: clock.now(),
      signatureVerified: false,
      claims: { sub: 'alice' },
    })
    const { code, code_verifier, ...form } = Object.fromEntries(server.forms[0] ?? [])
    expect(form).toEqual({
      grant_type: 'authorization_code',
      client_id: 'web',
      redirect_uri: REDIRECT_URI,
      resource: 'https://api.example/graphql',
    })
    expect(code_verifier).toMatch(/^[\w-]{43}$/)
  })

  it('takes a Request, a URL and a path', async () => {
    const { client, server } = setup()
    for (const shape of [
      (url: URL) => new Request(url),
      (url: URL) => url,
      (url: URL) => url.pathname + url.search,
      String,
    ]) {
      const { url } = await startAuthorization(client, { scope: ['notes:read'] })
      const { tokens } = await finishAuthorization(client, shape(await server.authorize(url)))
      expect(tokens.scope).toEqual(['notes:read'])
    }
    await expect(finishAuthorization(client, 'http://')).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('takes the form that a browser posts, and asks for it', async () => {
    const { client, server } = setup()
    const { url } = await startAuthorization(client, { scope: ['notes:read'], responseMode: 'form_post' })
    expect(url.searchParams.get('response_mode')).toBe('form_post')
    const { search } = await server.authorize(url)
    const post = (body: string) => finishAuthorization(client, new Request(REDIRECT_URI, { method: 'POST', body }))
    await expect(post(`x=${'x'.repeat(70_000)}`)).rejects.toMatchObject({ code: 'response_too_large' })
    await expect(post(`${search.slice(1)}&code=other`)).rejects.toMatchObject({ code: 'invalid_response' })
    expect((await post(search.slice(1))).tokens.accessToken).toBe('access-2')
    await expect(post(search.slice(1))).rejects.toMatchObject({ code: 'unknown_transaction' })
  })

  it('CL-02 finishes ten logins that run at the same time, in any order', async () => {
    const { client, server } = setup()
    const started = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        startAuthorization(client, { scope: ['openid', 'notes:read'], returnTo: `/${n}` }),
      ),
    )
    const back = await Promise.all(started.map(({ url }) => server.authorize(url)))
    const done = await Promise.all(back.reverse().map((url) => finishAuthorization(client, url)))
    expect(done.map(({ returnTo }) => returnTo)).toEqual(['/9', '/8', '/7', '/6', '/5', '/4', '/3', '/2', '/1', '/0'])
    expect(new Set(done.map(({ tokens }) => tokens.accessToken)).size).toBe(10)
  })

  it('CL-02 gives tokens to exactly one of ten simultaneous uses of a response', async () => {
    const { client, server } = setup()
    const back = await server.authorize((await startAuthorization(client, { scope: ['notes:read'] })).url)
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => finishAuthorization(client, back)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const failure = results.find((result) => result.status === 'rejected')
    expect(failure).toMatchObject({ reason: { code: 'unknown_transaction' } })
    expect(server.forms).toHaveLength(1)
  })

  it('ATT-075 refuses a response without a state, and one with an invented state, and asks the server nothing', async () => {
    const { client, server } = setup()
    await expect(finishAuthorization(client, `${REDIRECT_URI}?code=x&iss=${ISSUER}`)).rejects.toMatchObject({
      code: 'unknown_transaction',
    })
    await expect(finishAuthorization(client, `${REDIRECT_URI}?code=x&state=y&iss=${ISSUER}`)).rejects.toMatchObject({
      code: 'unknown_transaction',
    })
    expect(server.forms).toEqual([])
  })

  it('CL-02 refuses a response that comes too late', async () => {
    const { client, server, clock } = setup()
    const { url } = await startAuthorization(client, { scope: [] })
    clock.advance(1800)
    await expect(finishAuthorization(client, await server.authorize(url))).rejects.toMatchObject({
      code: 'unknown_transaction',
    })
  })

  it('CL-09 refuses a response in another session, and leaves the login to its own', async () => {
    const { client, server } = setup()
    const { url } = await startAuthorization(client, { scope: ['notes:read'], session: 'attacker' })
    const back = await server.authorize(url)
    for (const options of [{ session: 'victim' }, {}]) {
      await expect(finishAuthorization(client, back, options)).rejects.toMatchObject({ code: 'unknown_transaction' })
    }
    await expect(finishAuthorization(client, back, { session: 'attacker' })).resolves.toBeDefined()
  })

  it.each([
    ['memory', () => memoryTransactions()],
    ['web storage', () => webStorageTransactions(memoryStorage())],
  ])('ATT-076 keeps the logins of two issuers apart in one %s store', async (_, createStore) => {
    const transactions = createStore()
    const honest = setup({ transactions })
    const other = 'https://other.example'
    const otherServer = createTestServer(honest.clock.now, other)
    const otherClient = createClient({
      issuer: other,
      clientId: 'web',
      redirectUri: REDIRECT_URI,
      transactions,
      fetch: otherServer.fetch,
      now: honest.clock.now,
    })
    const back = await honest.server.authorize((await startAuthorization(honest.client, { scope: ['notes:read'] })).url)
    await expect(finishAuthorization(otherClient, back)).rejects.toMatchObject({ code: 'unknown_transaction' })
    expect(otherServer.forms).toEqual([])
    await expect(finishAuthorization(honest.client, back)).resolves.toBeDefined()
  })

  it.each([
    ['another issuer', 'https://evil.example'],
    ['another case', 'https://AUTH.example'],
    ['a trailing slash', `${ISSUER}/`],
    ['a default port', `${ISSUER}:443`],
    ['nothing', undefined],
  ])('CL-01 ATT-072 refuses a response that names %s, before it uses the code', async (_, iss) => {
    const { client, server } = setup()
    const { url } = await startAuthorization(client, { scope: [] })
    await expect(finishAuthorization(client, await server.authorize(url, { iss }))).rejects.toMatchObject({
      code: 'issuer_mismatch',
    })
    expect(server.forms).toEqual([])
  })

  it('CL-01 refuses an error of another issuer without showing its text', async () => {
    const { client, server } = setup()
    const { url } = await startAuthorization(client, { scope: [] })
    const back = await server.authorize(url, {
      code: undefined,
      iss: 'https://evil.example',
      error: 'call_this_number',
      error_description: 'call',
    })
    await expect(finishAuthorization(client, back)).rejects.toMatchObject({
      code: 'issuer_mismatch',
      error: undefined,
      description: undefined,
      message: expect.not.stringMatching(/evil|call/),
    })
  })

  it('CL-01 compares the issuer also when the server did not announce it, and lets it be absent then', async () => {
    const { client, server } = setup()
    server.metadata['authorization_response_iss_parameter_supported'] = undefined
    const start = async () => (await startAuthorization(client, { scope: [] })).url
    await expect(
      finishAuthorization(client, await server.authorize(await start(), { iss: 'https://evil.example' })),
    ).rejects.toMatchObject({ code: 'issuer_mismatch' })
    await expect(
      finishAuthorization(client, await server.authorize(await start(), { iss: undefined })),
    ).resolves.toBeDefined()
  })

  it('gives an error response as a typed error that knows where the user was going', async () => {
    const { client, server } = setup()
    const { url } = await startAuthorization(client, { scope: [], returnTo: '/notes' })
    const back = await server.authorize(url, {
      code: undefined,
      error: 'access_denied',
      error_description: 'The user said no',
    })
    const error: unknown = await finishAuthorization(client, back).catch((failure: unknown) => failure)
    expect(error).toMatchObject({
      code: 'authorization_refused',
      error: 'access_denied',
      description: 'The user said no',
      returnTo: '/notes',
      isRetryable: false,
    })
    expect(isOAuthClientError(error) && sectionOf(error)).toBe('OAuth 2.1 §4.1.2.1')
  })

  it('does not repeat an error code that is no code', async () => {
    const { client, server } = setup()
    const { url } = await startAuthorization(client, { scope: [] })
    const back = await server.authorize(url, { code: undefined, error: '<script>alert(1)</script>' })
    await expect(finishAuthorization(client, back)).rejects.toMatchObject({ error: 'server_error' })
  })

  it.each(['state', 'iss', 'code', 'error'])('refuses a response with two %s', async (name) => {
    const { client, server } = setup()
    const back = await server.authorize((await startAuthorization(client, { scope: [] })).url)
    back.searchParams.append(name, 'one')
    back.searchParams.append(name, 'two')
    await expect(finishAuthorization(client, back)).rejects.toMatchObject({ code: 'invalid_response' })
    expect(server.forms).toEqual([])
  })

  it('refuses a response with neither a code nor an error', async () => {
    const { client, server } = setup()
    const back = await server.authorize((await startAuthorization(client, { scope: [] })).url, { code: undefined })
    await expect(finishAuthorization(client, back)).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('keeps the login when the server can not be reached for its metadata', async () => {
    const transactions = memoryTransactions()
    const { client, server, clock } = setup({ transactions })
    const back = await server.authorize((await startAuthorization(client, { scope: ['notes:read'] })).url)
    // Another process with the same store, which has yet to fetch the metadata.
    const other = setup({ transactions, fetch: server.fetch, now: clock.now }).client
    server.override = () => json({}, 503)
    await expect(finishAuthorization(other, back)).rejects.toMatchObject({ isRetryable: true })
    server.override = () => undefined
    await expect(finishAuthorization(other, back)).resolves.toBeDefined()
  })
})

describe('memoryTransactions', () => {
  it('forgets what has expired, and the oldest when there are too many', async () => {
    const store = memoryTransactions()
    const transaction = { verifier: 'v', redirectUri: REDIRECT_URI, scope: [], startedAt: 0, expiresAt: 10 }
    await store.put('old', transaction)
    await store.put('new', { ...transaction, startedAt: 10, expiresAt: 20 })
    expect(await store.take('old')).toBeUndefined()
    for (let n = 0; n < 10_000; n++) await store.put(`k${n}`, { ...transaction, startedAt: 11, expiresAt: 21 })
    expect(await store.take('new')).toBeUndefined()
    expect(await store.take('k0')).toBeDefined()
    expect(await store.take('k0')).toBeUndefined()
  })
})
