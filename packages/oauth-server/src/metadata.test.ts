import { describe, expect, it } from 'vitest'
import { createHarness, ISSUER } from './testing/harness.js'

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
