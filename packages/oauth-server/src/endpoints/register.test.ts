import { generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { createClientAssertion } from '@scopewise/token-core/client-assertion'
import { describe, expect, it } from 'vitest'
import {
  authorizeUrl,
  basic,
  createHarness,
  type Harness,
  ISSUER,
  post,
  redeem,
  refresh,
  SERVICE_SECRET,
} from '../testing/harness.js'
import { HOSTILE_URIS } from '../testing/hostile-uris.js'

const REDIRECT = 'https://new.example/cb'
const good = { redirect_uris: [REDIRECT], client_name: 'New', token_endpoint_auth_method: 'none', scope: 'notes:read' }
const open = (options: object = {}) => createHarness({ registration: {}, ...options })

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, string>
}

async function send(
  { server }: Harness,
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await server.fetch(
    new Request(url, { method, headers: { 'content-type': 'application/json', ...headers }, ...init }),
  )
  const text = await response.text()
  // What is read is checked by the test that reads it.
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}
const register = (harness: Harness, metadata: unknown = good, headers: Record<string, string> = {}) =>
  send(harness, 'POST', `${ISSUER}/register`, metadata, headers)
const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` })
const manage = (harness: Harness, method: string, registered: Answer, body?: unknown, token?: string) =>
  send(
    harness,
    method,
    registered.body['registration_client_uri'] ?? '',
    body,
    bearer(token ?? registered.body['registration_access_token']),
  )

async function signInWith(harness: Harness, clientId: string | undefined) {
  const browser = harness.browser()
  const request = { client_id: clientId, redirect_uri: REDIRECT, scope: 'notes:read' }
  const signIn = await browser.open(authorizeUrl(request))
  const consent = await browser.submit(signIn, { username: 'alice', password: 'wonderland' })
  const { location } = await browser.submit(consent, { decision: 'allow' })
  return { browser, request, code: new URL(location ?? '').searchParams.get('code') }
}

describe('registration', () => {
  it('is off by default: neither endpoint nor metadata', async () => {
    const harness = await createHarness()
    expect((await register(harness)).status).toBe(404)
    expect((await send(harness, 'GET', `${ISSUER}/register/client?client_id=c`)).status).toBe(404)
    expect(harness.server.metadata['registration_endpoint']).toBeUndefined()
  })

  it('MD-11 answers 201, no-store, with an identifier, a token, and all that is registered', async () => {
    const harness = await open()
    expect(harness.server.metadata['registration_endpoint']).toBe(`${ISSUER}/register`)
    const { status, headers, body } = await register(harness, { ...good, unknown: 'x', contacts: ['a@new.example'] })
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(body).toEqual({
      ...good,
      contacts: ['a@new.example'],
      application_type: 'web',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      response_modes: ['query'],
      id_token_signed_response_alg: 'ES256',
      client_id: expect.stringMatching(/^c_[\w-]{22}$/),
      client_id_issued_at: harness.clock.now,
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/),
      registration_client_uri: `${ISSUER}/register/client?client_id=${body['client_id']}`,
    })
  })

  it('MD-11 gives a secret to a client that will use one, says when it ends, and ends it then', async () => {
    const harness = await open({ registration: { secretLifetime: 3600 } })
    const confidential = {
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'notes:read offline_access',
    }
    const { body } = await register(harness, confidential)
    expect(body).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret_expires_at: harness.clock.now + 3600,
    })
    const [id = '', secret = ''] = [body['client_id'], body['client_secret']]
    const { code } = await signInWith(harness, id)
    const exchange = (value: string) =>
      post(
        harness.server,
        '/token',
        { grant_type: 'authorization_code', code: code ?? '', redirect_uri: REDIRECT, code_verifier: 'x'.repeat(43) },
        basic(id, value),
      )
    expect((await exchange(SERVICE_SECRET)).body['error']).toBe('invalid_client')
    expect((await exchange(secret)).body['error']).toBe('invalid_grant')
    harness.clock.now += 3600
    expect((await exchange(secret)).body['error']).toBe('invalid_client')
    expect((await register(await open(), confidential)).body['client_secret_expires_at']).toBe(0)
  })

  it('makes a client that signs people in, with consent each time', async () => {
    const harness = await open()
    const { body } = await register(harness)
    const { browser, request, code } = await signInWith(harness, body['client_id'])
    expect((await redeem(harness.server, code, { client_id: body['client_id'], redirect_uri: REDIRECT })).status).toBe(
      200,
    )
    expect((await browser.open(authorizeUrl(request))).text).toContain('value="allow"')
  })

  it('ATT-057 a client that is named like another one is told apart by its host, and gets no consent of that one', async () => {
    const harness = await open()
    const browser = harness.browser()
    const trusted = await browser.open(authorizeUrl({ scope: 'notes:read' }))
    const asked = await browser.submit(trusted, { username: 'alice', password: 'wonderland' })
    await browser.submit(asked, { decision: 'allow' })
    const { body } = await register(harness, {
      ...good,
      client_name: 'Notes',
      redirect_uris: ['https://evil.example/cb'],
    })
    const page = await browser.open(
      authorizeUrl({ client_id: body['client_id'], redirect_uri: 'https://evil.example/cb', scope: 'notes:read' }),
    )
    expect(page.text).toContain('evil.example')
    expect(page.text).toContain('value="allow"')
  })

  it('ATT-036 gives no scope beyond the policy, whatever is asked for', async () => {
    const harness = await open({ registration: { scope: ['notes:read'] } })
    expect((await register(harness, { ...good, scope: 'notes:read admin' })).body['scope']).toBe('notes:read')
    expect((await register(harness, { ...good, scope: undefined })).body['scope']).toBe('notes:read')
    const nothing = await register(harness, { ...good, scope: 'admin' })
    expect([nothing.status, nothing.body['error']]).toEqual([400, 'invalid_client_metadata'])
  })

  it('ATT-063 chooses the identifier, whatever the client would like to be called', async () => {
    const { body } = await register(await open(), { ...good, client_id: 'alice' })
    expect(body['client_id']).toMatch(/^c_/)
  })

  it('ATT-037 is refused with 403 to whom the policy does not allow', async () => {
    const seen: unknown[] = []
    const harness = await open({
      registration: {
        allow: ({ initialAccessToken }: { initialAccessToken?: string }) => {
          seen.push(initialAccessToken)
          return initialAccessToken === 'let-me-in'
        },
      },
    })
    const refused = await register(harness)
    expect([refused.status, refused.body['error']]).toEqual([403, 'access_denied'])
    expect((await register(harness, good, bearer('guess'))).status).toBe(403)
    expect((await register(harness, good, bearer('let-me-in'))).status).toBe(201)
    expect(seen).toEqual([undefined, 'guess', 'let-me-in'])
  })

  const bad: readonly (readonly [string, unknown])[] = [
    ['redirect_uris', undefined],
    ['redirect_uris', []],
    ['redirect_uris', 'https://new.example/cb'],
    ['redirect_uris', [1]],
    ['redirect_uris', ['https://new.example/cb#x']],
    ['redirect_uris', ['/cb']],
    ['redirect_uris', ['http://new.example/cb']],
    ['redirect_uris', ['https://*.example/cb']],
    ['redirect_uris', ['https://u@new.example/cb']],
    ['redirect_uris', ['javascript:alert(1)']],
    ['redirect_uris', [' javascript:alert(1)']],
    ['redirect_uris', ['JAVASCRIPT:alert(1)']],
    ['redirect_uris', ['data:text/html,x']],
    ['redirect_uris', ['http://localhost.evil.example/cb']],
    ['redirect_uris', Array(51).fill(REDIRECT)],
    ['post_logout_redirect_uris', ['javascript:alert(1)']],
    ['grant_types', ['password']],
    ['grant_types', ['implicit']],
    ['grant_types', ['client_credentials']],
    ['grant_types', ['refresh_token']],
    ['grant_types', 'authorization_code'],
    ['response_types', ['token']],
    ['response_types', ['code', 'id_token']],
    ['response_types', []],
    ['response_modes', []],
    ['response_modes', ['query', 'fragment']],
    ['token_endpoint_auth_method', 'tls_client_auth'],
    ['token_endpoint_auth_method', 1],
    ['client_name', ''],
    ['client_name', 'x'.repeat(201)],
    ['client_name', { en: 'x' }],
    ['client_uri', 'javascript:alert(1)'],
    ['logo_uri', 'data:image/png;base64,x'],
    ['tos_uri', 'http://new.example/tos'],
    ['policy_uri', 'vbscript:x'],
    ['logo_uri', 'https://new.example/"><script>'],
    ['scope', 'unknown'],
    ['scope', ['notes:read']],
    ['token_endpoint_auth_method', 'private_key_jwt'],
    ['jwks', { keys: [] }],
    ['jwks_uri', 'https://new.example/jwks'],
    ['jwks_uri', 'http://127.0.0.1/jwks'],
    ['software_statement', 'e30.e30.'],
    ['application_type', 'tv'],
    ['id_token_signed_response_alg', 'none'],
    ['id_token_signed_response_alg', 'HS256'],
  ]
  it.each(bad)('MD-04 AZ-04 AZ-06 refuses %s: %j', async (name, value) => {
    const { status, body } = await register(await open(), { ...good, [name]: value })
    const code = name.endsWith('redirect_uris')
      ? 'invalid_redirect_uri'
      : name === 'software_statement'
        ? 'unapproved_software_statement'
        : 'invalid_client_metadata'
    expect([status, body['error']]).toEqual([400, code])
    expect(body['error_description']).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(body['error_description']).not.toMatch(/script|<|new\.example/)
  })

  it.each(HOSTILE_URIS)('AZ-06 takes %j as no address, neither of a web nor of a native client', async (uri) => {
    const harness = await open()
    for (const application_type of ['web', 'native'])
      for (const name of [
        'redirect_uris',
        'post_logout_redirect_uris',
        'client_uri',
        'logo_uri',
        'tos_uri',
        'policy_uri',
      ]) {
        const value = name.endsWith('redirect_uris') ? [uri] : uri
        const { status, body } = await register(harness, { ...good, application_type, [name]: value })
        expect([name, status, body['error']]).toEqual([
          name,
          400,
          expect.stringMatching(/^invalid_(redirect_uri|client_metadata)$/),
        ])
      }
  })

  it('AZ-05 takes http on a loopback host for a native client, and for no other', async () => {
    const harness = await open()
    const ask = async (application_type: string, uri: string) =>
      (await register(harness, { ...good, application_type, redirect_uris: [uri] })).body['error']
    expect(await ask('native', 'http://127.0.0.1/cb')).toBeUndefined()
    for (const [type, uri] of [
      ['web', 'http://localhost/'],
      ['web', 'http://127.0.0.1/cb'],
      ['native', 'http://a.example/cb'],
    ] as const)
      expect(await ask(type, uri)).toBe('invalid_redirect_uri')
  })

  it.each([
    ['no JSON', '{', 400],
    ['JSON that is too deep', '['.repeat(30_000), 400],
    ['an object that is too deep', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, 400],
    ['a list', '[]', 400],
    ['nothing', '', 400],
    ['a form', 'a=b', 400],
    ['a body of 100 kB', JSON.stringify({ ...good, client_name: 'x'.repeat(100_000) }), 413],
  ])('MD-04 refuses %s', async (_name, body, status) => {
    expect((await register(await open(), body)).status).toBe(status)
  })

  it('takes loopback and private-use redirect URIs for an app on a device', async () => {
    for (const uri of ['http://127.0.0.1/cb', 'http://[::1]:3000/cb', 'com.example.app:/cb'])
      expect((await register(await open(), { ...good, redirect_uris: [uri] })).body['application_type']).toBe('native')
  })

  it('MD-05 takes the keys of a client that signs, and fetches those that it names from public addresses only', async () => {
    const key = await importSigningKey(await generatePrivateJwk('ES256'))
    const jwks = { keys: [key.publicJwk] }
    const asked: string[] = []
    const fetch = async (url: string) => {
      asked.push(url)
      return Response.json(jwks)
    }
    const harness = await open({ outbound: { fetch } })
    const signing = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'private_key_jwt', scope: 'notes:read' }
    const jwksUri = 'https://new.example/jwks'
    const byValue = await register(harness, { ...signing, jwks })
    expect([byValue.status, byValue.body['client_secret'], byValue.body['jwks']]).toEqual([201, undefined, jwks])
    const byReference = await register(harness, { ...signing, jwks_uri: jwksUri })
    expect([byReference.status, byReference.body['jwks_uri'], asked]).toEqual([201, jwksUri, []])
    const revoke = async ({ body }: Answer) => {
      const clientId = body['client_id'] ?? ''
      const assertion = await createClientAssertion(key, { clientId, issuer: ISSUER, now: harness.clock.now })
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      const form = { token: 'x', client_assertion_type: type, client_assertion: assertion }
      return (await post(harness.server, '/revoke', form)).status
    }
    expect([await revoke(byValue), asked]).toEqual([200, []])
    expect([await revoke(byReference), asked]).toEqual([200, [jwksUri]])
    expect((await register(harness, { ...signing, jwks, jwks_uri: jwksUri })).body['error']).toBe(
      'invalid_client_metadata',
    )
  })

  it('AZ-35 registers response modes, and takes no others', async () => {
    const harness = await open()
    const { body } = await register(harness, { ...good, response_modes: ['form_post'] })
    expect(body['response_modes']).toEqual(['form_post'])
    const ask = (response_mode: string) =>
      harness
        .browser()
        .open(
          authorizeUrl({ client_id: body['client_id'], redirect_uri: REDIRECT, scope: 'notes:read', response_mode }),
        )
    expect((await ask('form_post')).text).toContain('name="password"')
    expect([(await ask('query')).status, (await ask('query')).location]).toEqual([400, undefined])
  })

  it('is limited per network', async () => {
    const harness = await open({ clientAddress: () => '192.0.2.1' })
    const statuses: number[] = []
    for (let i = 0; i < 22; i++) statuses.push((await register(harness)).status)
    expect([statuses.filter((status) => status === 201).length, statuses.at(-1)]).toEqual([20, 429])
  })
})

describe('client management', () => {
  it('MD-11 MD-12 reads back what was registered', async () => {
    const harness = await open()
    const registered = await register(harness)
    const read = await manage(harness, 'GET', registered)
    expect([read.status, read.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(read.body).toEqual(registered.body)
  })

  it('MD-07 ATT-037 needs the token of this very client: no other one, none, and no token for an API', async () => {
    const harness = await open()
    const [mine, other] = [await register(harness), await register(harness)]
    const { code } = await signInWith(harness, mine.body['client_id'])
    const tokens = await redeem(harness.server, code, { client_id: mine.body['client_id'], redirect_uri: REDIRECT })
    const foreign = [other.body['registration_access_token'], tokens.body['access_token'], 'x', '']
    for (const method of ['GET', 'PUT', 'DELETE']) {
      for (const token of foreign) {
        const body = method === 'PUT' ? good : undefined
        const { status, headers, body: answer } = await manage(harness, method, mine, body, token)
        expect([status, answer['error'], headers.get('www-authenticate')]).toEqual([
          401,
          'invalid_token',
          'Bearer error="invalid_token"',
        ])
      }
    }
    expect((await manage(harness, 'GET', mine)).status).toBe(200)
  })

  it('MD-07 limits who guesses its token, and not its owner elsewhere', async () => {
    let address = '192.0.2.1'
    const harness = await open({ clientAddress: () => address })
    const mine = await register(harness)
    for (let guess = 0; guess < 20; guess++)
      expect((await manage(harness, 'GET', mine, undefined, `guess${guess}`)).status).toBe(401)
    expect((await manage(harness, 'GET', mine)).status).toBe(429)
    address = '192.0.2.2'
    expect((await manage(harness, 'GET', mine)).status).toBe(200)
  })

  it('MD-07 a client of the operator is managed by the operator alone', async () => {
    const harness = await open()
    const { client } = await harness.server.clients.create({ redirectUris: [REDIRECT] })
    const url = `${ISSUER}/register/client?client_id=${client.clientId}`
    for (const headers of [{}, bearer(''), bearer('x')])
      expect((await send(harness, 'DELETE', url, undefined, headers)).status).toBe(401)
  })

  it('MD-12 replaces all metadata, and the token is a new one from then on', async () => {
    const harness = await open()
    const registered = await register(harness, { ...good, contacts: ['a@new.example'] })
    const next = {
      client_id: registered.body['client_id'],
      redirect_uris: ['https://new.example/other'],
      token_endpoint_auth_method: 'none',
      scope: 'notes:read',
    }
    const replaced = await manage(harness, 'PUT', registered, next)
    expect([
      replaced.status,
      replaced.body['redirect_uris'],
      replaced.body['contacts'],
      replaced.body['client_name'],
    ]).toEqual([200, ['https://new.example/other'], undefined, undefined])
    expect((await manage(harness, 'GET', registered)).status).toBe(401)
    expect((await manage(harness, 'GET', replaced)).status).toBe(200)
    const old = await harness
      .browser()
      .open(authorizeUrl({ client_id: registered.body['client_id'], redirect_uri: REDIRECT }))
    expect([old.status, old.location]).toEqual([400, undefined])
  })

  it.each([
    ['registration_access_token', 'x'],
    ['registration_client_uri', 'https://x.example'],
    ['client_id_issued_at', 1],
    ['client_secret_expires_at', 0],
    ['client_secret', 'a foreign one'],
    ['client_id', 'c_another'],
  ])('MD-12 refuses to be told %s', async (name, value) => {
    const harness = await open()
    const registered = await register(harness, { redirect_uris: [REDIRECT], scope: 'notes:read' })
    const body = { redirect_uris: [REDIRECT], client_id: registered.body['client_id'], [name]: value }
    const { status, body: answer } = await manage(harness, 'PUT', registered, body)
    expect([status, answer['error']]).toEqual([400, 'invalid_client_metadata'])
    expect((await manage(harness, 'GET', registered)).body).toMatchObject({ client_id: registered.body['client_id'] })
  })

  it('MD-12 keeps the secret of a client that repeats it, and drops the one of a client that becomes public', async () => {
    const harness = await open()
    const registered = await register(harness, { redirect_uris: [REDIRECT], scope: 'notes:read' })
    const base = { client_id: registered.body['client_id'], redirect_uris: [REDIRECT], scope: 'notes:read' }
    const same = await manage(harness, 'PUT', registered, { ...base, client_secret: registered.body['client_secret'] })
    expect([same.status, same.body['client_secret_expires_at']]).toEqual([200, 0])
    const asClient = () =>
      post(
        harness.server,
        '/revoke',
        { token: 'x' },
        basic(base.client_id ?? '', registered.body['client_secret'] ?? ''),
      )
    expect((await asClient()).status).toBe(200)
    await manage(harness, 'PUT', same, { ...base, token_endpoint_auth_method: 'none' })
    expect((await asClient()).status).toBe(401)
  })

  it('MD-12 takes no secret that has ended, and of two changes at once one', async () => {
    const harness = await open({ registration: { secretLifetime: 3600 } })
    const registered = await register(harness, { redirect_uris: [REDIRECT], scope: 'notes:read' })
    const next = { client_id: registered.body['client_id'], redirect_uris: [REDIRECT], scope: 'notes:read' }
    harness.clock.now += 3600
    const ended = { ...next, client_secret: registered.body['client_secret'] }
    expect((await manage(harness, 'PUT', registered, ended)).body['error']).toBe('invalid_client_metadata')
    const both = await Promise.all([manage(harness, 'PUT', registered, next), manage(harness, 'PUT', registered, next)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    const winner = both.find(({ status }) => status === 200) ?? registered
    expect((await manage(harness, 'GET', winner)).status).toBe(200)
  })

  it('MD-12 removing a client ends it with its grants and tokens; afterwards its token is worth nothing', async () => {
    const harness = await open()
    const registered = await register(harness, {
      ...good,
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'notes:read offline_access',
    })
    const { body: client } = registered
    const browser = harness.browser()
    const page = await browser.open(
      authorizeUrl({ client_id: client['client_id'], redirect_uri: REDIRECT, scope: 'notes:read offline_access' }),
    )
    const consent = await browser.submit(page, { username: 'alice', password: 'wonderland' })
    const { location } = await browser.submit(consent, { decision: 'allow' })
    const code = new URL(location ?? '').searchParams.get('code')
    const tokens = await redeem(harness.server, code, { client_id: client['client_id'], redirect_uri: REDIRECT })
    expect(tokens.body['refresh_token']).toBeDefined()

    const removed = await manage(harness, 'DELETE', registered)
    expect([removed.status, removed.body]).toEqual([204, {}])
    const used = await refresh(harness.server, tokens.body['refresh_token'], { client_id: client['client_id'] })
    expect(used.body['error']).toBe('invalid_client')
    const claims = JSON.parse(atob((tokens.body['access_token'] ?? '').split('.')[1] ?? ''))
    expect(await harness.server.isRevoked(claims)).toBe(true)
    expect((await manage(harness, 'GET', registered)).status).toBe(401)
    expect((await manage(harness, 'DELETE', registered)).status).toBe(401)
  })

  it('OP-01 stores neither the secret nor the token', async () => {
    const harness = await open()
    const { body } = await register(harness, { redirect_uris: [REDIRECT], scope: 'notes:read' })
    const stored = JSON.stringify(await harness.store.findClient(body['client_id'] ?? ''))
    for (const secret of [body['client_secret'], body['registration_access_token']])
      expect(stored).not.toContain(secret)
  })
})
