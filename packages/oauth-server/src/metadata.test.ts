import { generatePrivateJwk, importSigningKey, type SigningAlgorithm, type SigningKey } from '@scopewise/token-core'
import { createClientAssertion } from '@scopewise/token-core/client-assertion'
import { describe, expect, it } from 'vitest'
import { routes } from './routes.js'
import {
  type AuthorizationParameters,
  asService,
  authorizeUrl,
  confidential,
  createHarness,
  createTestServer,
  ISSUER,
  post,
  SERVICE_SECRET,
  service,
  web,
} from './testing/harness.js'

describe('metadata', () => {
  it('MD-02 is the same at both well-known addresses', async () => {
    const { server } = await createHarness()
    const [oauth, oidc] = await Promise.all(
      ['oauth-authorization-server', 'openid-configuration'].map((name) =>
        server.fetch(new Request(`${ISSUER}/.well-known/${name}`)),
      ),
    )
    expect(oauth?.status).toBe(200)
    const document = await oauth?.json()
    expect(document).toEqual(await oidc?.json())
    expect(document).toEqual(JSON.parse(JSON.stringify(server.metadata)))
  })

  it('MD-02 answers for an issuer with a path where RFC 8414 inserts it, and where OpenID Connect appends it', async () => {
    const { server } = await createHarness({ issuer: `${ISSUER}/tenant/one` })
    const status = async (path: string) => (await server.fetch(new Request(`${ISSUER}${path}`))).status
    expect(await status('/.well-known/oauth-authorization-server/tenant/one')).toBe(200)
    expect(await status('/.well-known/openid-configuration/tenant/one')).toBe(200)
    expect(await status('/tenant/one/.well-known/openid-configuration')).toBe(200)
    expect(await status('/tenant/one/jwks')).toBe(200)
    expect(await status('/.well-known/oauth-authorization-server')).toBe(404)
    expect(await status('/.well-known/jwks/tenant/one')).toBe(404)
    expect(await status('/tenant/two/jwks')).toBe(404)
    expect(await status('/jwks')).toBe(404)
    expect(server.metadata.token_endpoint).toBe(`${ISSUER}/tenant/one/token`)
  })

  it('MD-03 AZ-19 OI-06 says what is there', async () => {
    const { server } = await createHarness()
    expect(server.metadata).toMatchObject({
      issuer: ISSUER,
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
    })
    expect(server.metadata['acr_values_supported']).toBeUndefined()
  })

  it('MD-03 names only endpoints that answer', async () => {
    const { server } = await createHarness()
    const endpoints = Object.entries(server.metadata).filter(([name]) => /_endpoint$|_uri$/.test(name))
    expect(endpoints.length).toBe(9)
    for (const [, url] of endpoints) expect((await server.fetch(new Request(String(url)))).status).not.toBe(404)
  })

  it('MD-03 announces nothing at authorization that is refused', async () => {
    const { server, browser } = await createHarness({
      clients: [{ ...web, responseModes: ['query', 'form_post'] }],
      acrValues: ['gold'],
    })
    const announced = (name: string) => server.metadata[name] as readonly string[]
    for (const [name, parameter] of [
      ['response_types_supported', 'response_type'],
      ['response_modes_supported', 'response_mode'],
      ['code_challenge_methods_supported', 'code_challenge_method'],
      ['prompt_values_supported', 'prompt'],
      ['ui_locales_supported', 'ui_locales'],
      ['acr_values_supported', 'acr_values'],
      ['scopes_supported', 'scope'],
    ] as const) {
      for (const value of announced(name)) {
        const page = await browser().open(authorizeUrl({ scope: 'openid notes:read', [parameter]: value }))
        const isAsked = page.text.includes('name="password"')
        expect([name, value, isAsked]).toEqual([name, value, value !== 'none'])
      }
    }
  })

  it('MD-03 announces no way to authenticate, at any endpoint, and no algorithm for it, that is refused', async () => {
    const algorithms = createTestServer().metadata[
      'token_endpoint_auth_signing_alg_values_supported'
    ] as SigningAlgorithm[]
    const keys = await Promise.all(algorithms.map(async (alg) => importSigningKey(await generatePrivateJwk(alg))))
    const signers = keys.map((key) => ({
      clientId: `signer ${key.alg}`.replace(' ', '-'),
      jwks: { keys: [key.publicJwk] },
      scope: ['notes:read' as const],
    }))
    const harness = await createHarness({
      clients: [
        web,
        service,
        { ...confidential, grantTypes: ['authorization_code', 'client_credentials'] },
        ...signers,
      ],
    })
    const { server, clock } = harness
    const cc = { grant_type: 'client_credentials', scope: 'notes:read' }
    const posting = { client_id: 'confidential', client_secret: SERVICE_SECRET }
    const signing = async (key: SigningKey) => ({
      client_assertion: await createClientAssertion(key, {
        clientId: `signer-${key.alg}`,
        issuer: ISSUER,
        now: clock.now,
      }),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    for (const key of keys) expect((await post(server, '/token', { ...cc, ...(await signing(key)) })).status).toBe(200)
    const [first = expect.fail('no algorithm')] = keys
    const ways: Readonly<
      Record<string, () => Promise<[form: AuthorizationParameters, headers?: Record<string, string>]>>
    > = {
      client_secret_basic: async () => [{}, asService],
      client_secret_post: async () => [posting],
      private_key_jwt: async () => [await signing(first)],
      none: async () => [{ client_id: 'web' }],
    }
    for (const [endpoint, path] of [
      ['token', '/token'],
      ['revocation', '/revoke'],
      ['introspection', '/introspect'],
    ] as const) {
      const methods = server.metadata[`${endpoint}_endpoint_auth_methods_supported`] as readonly string[]
      for (const [method, way] of Object.entries(ways)) {
        const [form, headers] = await way()
        const { status } = await post(server, path, { ...cc, token: 'x', ...form }, headers)
        expect([path, method, status === 401]).toEqual([path, method, !methods.includes(method)])
      }
    }
  })

  it('MD-09 lets scripts of any origin use what is for programs, without cookies, and nothing else', async () => {
    const { server } = await createHarness({ registration: {} })
    for (const { path, audience, methods } of routes) {
      const origin = 'https://app.example'
      for (const method of ['OPTIONS', methods[0] ?? 'GET']) {
        const { headers } = await server.fetch(new Request(`${ISSUER}${path}`, { method, headers: { origin } }))
        const allowed = headers.get('access-control-allow-origin')
        expect([path, method, allowed]).toEqual([path, method, audience === 'program' ? '*' : null])
        expect(headers.get('access-control-allow-credentials')).toBeNull()
      }
    }
    const programs = routes.filter(({ audience }) => audience === 'program').map(({ metadata }) => metadata)
    for (const member of ['token', 'userinfo', 'revocation', 'pushed_authorization_request'])
      expect(programs).toContain(`${member}_endpoint`)
  })

  it('MD-10 comes from the configuration, whatever the Host header says', async () => {
    const { server } = await createHarness()
    const response = await server.fetch(
      new Request('https://evil.example/.well-known/openid-configuration', {
        headers: { 'x-forwarded-host': 'evil.example' },
      }),
    )
    expect((await response.text()).includes('evil')).toBe(false)
  })

  it('MD-09 may be read by scripts of any origin, is cached, and answers a repeated question with 304', async () => {
    const { server } = await createHarness()
    for (const [path, maxAge] of [
      ['/.well-known/openid-configuration', 300],
      ['/jwks', 600],
    ] as const) {
      const { headers } = await server.fetch(new Request(`${ISSUER}${path}`))
      expect([headers.get('access-control-allow-origin'), headers.get('cache-control')]).toEqual([
        '*',
        `public, max-age=${maxAge}`,
      ])
      const again = await server.fetch(
        new Request(`${ISSUER}${path}`, { headers: { 'if-none-match': headers.get('etag') ?? '' } }),
      )
      expect(again.status).toBe(304)
      const head = await server.fetch(new Request(`${ISSUER}${path}`, { method: 'HEAD' }))
      expect([head.status, await head.text()]).toEqual([200, ''])
    }
  })

  it('answers 404 and 405 in JSON', async () => {
    const { server } = await createHarness()
    const missing = await server.fetch(new Request(`${ISSUER}/nothing`, { method: 'POST' }))
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { error: 'not_found', error_description: 'There is no such endpoint.' },
    ])
    const wrong = await server.fetch(new Request(`${ISSUER}/jwks`, { method: 'DELETE' }))
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

describe('key set', () => {
  it('holds public keys alone, one per algorithm', async () => {
    const { server } = await createHarness()
    const { keys } = await (await server.fetch(new Request(`${ISSUER}/jwks`))).json()
    expect(keys.map(({ alg }: { alg: string }) => alg)).toEqual(['ES256', 'RS256'])
    for (const key of keys) expect(Object.keys(key)).not.toContain('d')
  })
})
