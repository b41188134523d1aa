import { createIntrospectionVerifier } from '@scopewise/token-core/introspection'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../config/client.js'
import { createProvingClient } from '../testing/dpop.js'
import {
  API,
  asService,
  basic,
  CALLBACK,
  codeFor,
  createHarness,
  createTestServer,
  FILES,
  type Harness,
  ISSUER,
  post,
  redeem,
  refresh,
  revokingStore,
  SERVICE_SECRET,
  service,
  signIn,
  type TestScope,
  testToken,
  verifier,
  web,
} from '../testing/harness.js'

const api: ClientOptions<TestScope> = {
  clientId: 'notes-api',
  type: 'service',
  grantTypes: [],
  secretHash: service.secretHash ?? '',
  introspects: [API],
}
const files = { ...api, clientId: 'files-api', introspects: [FILES] }
const asApi = basic('notes-api', SERVICE_SECRET)
const asFiles = basic('files-api', SERVICE_SECRET)
const RESOURCES = {
  [API]: { scopes: ['notes:read', 'notes:write'], format: 'opaque' },
  [FILES]: ['files:read'],
} as const

let harness: Harness
beforeEach(async () => {
  harness = await createHarness({
    resources: RESOURCES,
    defaultResource: API,
    clients: [web, service, api, files],
    clientAddress: (request) => request.headers.get('x-address') ?? undefined,
  })
})
const ask = (token: string | undefined, headers: Record<string, string> = asApi, changes = {}) =>
  post(harness.server, '/introspect', { token, ...changes }, headers)
const own = (scope = 'notes:read') =>
  post(harness.server, '/token', { grant_type: 'client_credentials', scope }, asService)

describe('introspection', () => {
  it('tells an API about an opaque token what a JWT would say', async () => {
    const { access_token: token } = await signIn(harness, { nonce: 'n' })
    expect(token).toMatch(/^[\w-]{43}$/)
    const { status, headers, body } = await ask(token)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    const { now } = harness.clock
    expect(body).toEqual({
      active: true,
      iss: ISSUER,
      sub: 'alice',
      aud: [API, ISSUER],
      client_id: 'web',
      scope: 'openid notes:read',
      iat: now,
      exp: now + 600,
      auth_time: now,
      jti: expect.any(String),
      grant_id: expect.any(String),
      token_type: 'Bearer',
    })
  })

  it('tells about a JWT as well, and about the key that a token is bound to', async () => {
    const jwt = await signIn(harness, { scope: 'files:read', resource: FILES })
    expect((await ask(jwt['access_token'], asFiles)).body).toMatchObject({
      active: true,
      aud: FILES,
      scope: 'files:read',
    })
    const client = await createProvingClient(harness)
    const form = { grant_type: 'client_credentials', scope: 'notes:read' }
    const { body } = await client.post('/token', form, asService)
    expect((await ask(body['access_token'])).body).toMatchObject({
      token_type: 'DPoP',
      cnf: { jkt: client.key.thumbprint },
    })
  })

  it('IN-03 IN-02 says no more than inactive about a token of another API, and of another client', async () => {
    const { access_token: token, refresh_token: refreshToken } = await signIn(harness)
    for (const [text, headers] of [
      [token, asFiles],
      [token, asService],
      [refreshToken, asApi],
    ] as const)
      expect((await ask(text, headers)).body).toEqual({ active: false })
  })

  it('tells a client about its own tokens', async () => {
    const { body } = await own()
    expect((await ask(body['access_token'], asService)).body).toMatchObject({ active: true, sub: 'service' })
    const { body: confidential } = await own()
    expect(
      (await ask(confidential['access_token'], asService, { token_type_hint: 'refresh_token' })).body,
    ).toMatchObject({
      active: true,
    })
  })

  it.each<[string, (token: string) => Promise<unknown> | unknown]>([
    ['expired', () => (harness.clock.now += 600)],
    ['revoked', (token) => post(harness.server, '/revoke', { token, client_id: 'web' })],
    ['of the future, after the clock went back (OP-10)', () => (harness.clock.now -= 3600)],
  ])('IN-02 answers with nothing but inactive for a token that is %s, opaque or not', async (_, happen) => {
    const opaque = (await signIn(harness))['access_token'] ?? ''
    const jwt = (await signIn(harness, { scope: 'files:read', resource: FILES }))['access_token'] ?? ''
    for (const token of [opaque, jwt]) await happen(token)
    expect((await ask(opaque)).body).toEqual({ active: false })
    expect((await ask(jwt, asFiles)).body).toEqual({ active: false })
  })

  it.each(['', 'x', 'a.b.c', `${'A'.repeat(43)}`, 'x'.repeat(20_000)])('IN-02 knows no token %#', async (token) => {
    const { status, body } = await ask(token)
    expect([status, token === '' ? 'invalid_request' : false]).toEqual(
      token === '' ? [400, body['error']] : [200, body['active']],
    )
  })

  it('IN-02 does not take an ID token or a refresh token for an access token', async () => {
    const { id_token: idToken, refresh_token: refreshToken } = await signIn(harness)
    for (const text of [idToken, refreshToken]) expect((await ask(text)).body).toEqual({ active: false })
  })

  it('IN-02 tells a client about its refresh token while it works, and then nothing', async () => {
    const own = { ...web, secretHash: service.secretHash ?? '' }
    const asWeb = basic('web', SERVICE_SECRET)
    harness = await createHarness({ clients: [own, service], lifetimes: { refreshTokenIdle: 1000 } })
    const tokens = async () => {
      const form = { grant_type: 'authorization_code', code_verifier: verifier, redirect_uri: CALLBACK }
      return (await post(harness.server, '/token', { ...form, code: (await codeFor(harness)) ?? '' }, asWeb)).body
    }
    const { refresh_token: rotated } = await tokens()
    const { now } = harness.clock
    expect((await ask(rotated, asWeb)).body).toEqual({
      active: true,
      iss: ISSUER,
      sub: 'alice',
      client_id: 'web',
      scope: 'openid offline_access notes:read',
      iat: now,
      exp: now + 1000,
      grant_id: expect.any(String),
    })
    expect((await ask(rotated, asService)).body).toEqual({ active: false })
    await post(harness.server, '/token', { grant_type: 'refresh_token', refresh_token: rotated }, asWeb)
    const { refresh_token: revoked } = await tokens()
    await post(harness.server, '/revoke', { token: revoked }, asWeb)
    for (const token of [rotated, revoked]) expect((await ask(token, asWeb)).body).toEqual({ active: false })
    const { refresh_token: expired } = await tokens()
    harness.clock.now += 1000
    expect((await ask(expired, asWeb)).body).toEqual({ active: false })
  })

  it('OP-09 says that it does not know, rather than inactive, while the store is away', async () => {
    const { access_token: jwt } = await signIn(harness, { scope: 'files:read', resource: FILES })
    const away = () => Promise.reject(new Error('down'))
    for (const broken of [{ findKeys: away }, { findGrant: away }]) {
      const store = { ...harness.store, ...broken }
      const options = { resources: RESOURCES, defaultResource: API, clients: [files], now: () => harness.clock.now }
      const server = createTestServer({ ...options, store })
      const { status, body } = await post(server, '/introspect', { token: jwt }, asFiles)
      expect([status, body['error']]).toEqual([503, 'temporarily_unavailable'])
    }
  })

  it('IN-01 answers nobody who does not authenticate', async () => {
    const { access_token: token } = await signIn(harness)
    const tries = [
      await post(harness.server, '/introspect', { token }),
      await post(harness.server, '/introspect', { token, client_id: 'web' }),
      await ask(token, basic('notes-api', 'wrong')),
    ]
    expect(tries.map(({ status }) => status)).toEqual([401, 401, 401])
  })

  it('IN-04 takes POST only, and no token in the URL', async () => {
    const get = await harness.server.fetch(new Request(`${ISSUER}/introspect`))
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await post(harness.server, '/introspect?token=x', { token: 'x' }, asApi)).status).toBe(400)
  })

  it('IN-04 limits who guesses: without credentials, and as a client that has no tokens but its own to ask about', async () => {
    const last = async (headers: Record<string, string>, count: number) => {
      for (let guess = 1; guess < count; guess++) await ask(`guess ${guess}`, headers)
      return ask('guess', headers)
    }
    expect((await last(asService, 200)).body).toEqual({ active: false })
    const { status, headers } = await ask('guess', asService)
    expect([status, headers.get('retry-after')]).toEqual([429, '60'])
    expect((await last({ ...basic('files-api', 'wrong'), 'x-address': '192.0.2.1' }, 21)).status).toBe(429)
    harness.clock.now += 60
    expect((await ask('guess', asService)).status).toBe(200)
  })

  it('IN-04 answers an API on, whatever strangers send to it', async () => {
    const { access_token: token } = await signIn(harness)
    for (let stranger = 0; stranger < 1000; stranger++)
      expect((await ask(`nonsense ${stranger}`)).body).toEqual({ active: false })
    expect((await ask(token)).body).toMatchObject({ active: true })
  })

  it('is what the verifier of token-core asks, opaque or not', async () => {
    const verifier = createIntrospectionVerifier({
      token: testToken,
      audience: API,
      issuer: ISSUER,
      endpoint: `${ISSUER}/introspect`,
      authenticate: ({ headers }) => headers.set('authorization', asApi.authorization),
      fetch: async (url, init) => harness.server.fetch(new Request(url instanceof URL ? url.href : url, init)),
      now: () => harness.clock.now,
    })
    const { access_token: token } = await signIn(harness)
    const verified = await verifier.verify(token ?? '')
    expect(verified).toMatchObject({ scope: ['notes:read'], claims: { sub: 'alice' } })
  })
})

describe('an opaque access token', () => {
  it('is stored by the redemption of a code and by each refresh, as a hash, and ends with its grant', async () => {
    const first = await redeem(harness.server, await codeFor(harness))
    const form = { grant_type: 'refresh_token', client_id: 'web', refresh_token: first.body['refresh_token'] }
    const [second, retry] = [await post(harness.server, '/token', form), await post(harness.server, '/token', form)]
    const tokens = [first, second, retry].map(({ body }) => body['access_token'])
    expect(new Set(tokens).size).toBe(3)
    for (const token of tokens) expect((await ask(token)).body).toMatchObject({ active: true })
    await post(harness.server, '/revoke', { client_id: 'web', token: tokens[1] })
    for (const token of tokens) expect((await ask(token)).body).toEqual({ active: false })
  })

  it('is not given for a repeated refresh whose grant is revoked meanwhile', async () => {
    harness = await createHarness({
      resources: RESOURCES,
      defaultResource: API,
      clients: [web],
      store: revokingStore(),
    })
    const { refresh_token: token } = await signIn(harness)
    expect((await refresh(harness.server, token)).status).toBe(200)
    expect((await refresh(harness.server, token)).body['error']).toBe('invalid_grant')
  })

  it('is none without its grant', async () => {
    const { access_token: token } = await signIn(harness)
    const { store } = harness
    const findOpaqueToken = async (hash: string) => {
      const found = await store.findOpaqueToken(hash)
      return found && { ...found, grant: undefined }
    }
    harness = await createHarness({
      store: { ...store, findOpaqueToken },
      resources: RESOURCES,
      defaultResource: API,
      clients: [web, api],
    })
    expect((await ask(token)).body).toEqual({ active: false })
  })

  it('of a client itself is revoked alone, and at once', async () => {
    const [one, two] = [(await own()).body['access_token'], (await own()).body['access_token']]
    expect((await post(harness.server, '/revoke', { token: one }, asService)).status).toBe(200)
    expect((await ask(one)).body).toEqual({ active: false })
    expect((await ask(two)).body).toMatchObject({ active: true })
  })

  it('carries the claims that the hook gave, and they are checked as those of a JWT are', async () => {
    harness = await createHarness({
      resources: RESOURCES,
      defaultResource: API,
      clients: [web, api],
      claims: () => ({ exp: 1 }) as object,
    })
    expect((await redeem(harness.server, await codeFor(harness))).status).toBe(500)
  })
})
