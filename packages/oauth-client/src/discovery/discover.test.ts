import { describe, expect, it } from 'vitest'
import { createClient } from '../client/create-client.js'
import { ISSUER, json } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { wellKnownUrls } from './discover.js'
import { endpointOf, parseMetadata } from './metadata.js'

const metadataOf = (answers: Readonly<Record<string, () => Response | Promise<Response>>>, issuer = ISSUER) => {
  const asked: string[] = []
  const client = createClient({
    issuer,
    clientId: 'web',
    timeout: 0.05,
    fetch: async (request) => {
      asked.push(request.url)
      return answers[request.url]?.() ?? new Response('nothing here', { status: 404 })
    },
  })
  return { asked, client, metadata: client.metadata() }
}

const document = (issuer: string, more = {}) => ({ issuer, token_endpoint: `${issuer}/token`, ...more })
const OIDC = `${ISSUER}/.well-known/openid-configuration`
const OAUTH = `${ISSUER}/.well-known/oauth-authorization-server`

describe('metadata', () => {
  it('looks where OpenID Connect says, and then where RFC 8414 says', async () => {
    const { asked, metadata } = metadataOf({ [OAUTH]: () => json(document(ISSUER)) })
    expect((await metadata)['token_endpoint']).toBe(`${ISSUER}/token`)
    expect(asked).toEqual([OIDC, OAUTH])
  })

  it('puts the path of an issuer behind or before the well-known part', () => {
    expect(wellKnownUrls('https://auth.example/tenant/a').map(String)).toEqual([
      'https://auth.example/tenant/a/.well-known/openid-configuration',
      'https://auth.example/.well-known/oauth-authorization-server/tenant/a',
    ])
    expect(wellKnownUrls('https://auth.example/').map(String)).toEqual([OIDC, OAUTH])
  })

  it('passes over a page that a catch-all serves for the first place', async () => {
    const page = () => new Response('<html>', { headers: { 'content-type': 'text/html' } })
    const { metadata } = metadataOf({ [OIDC]: page, [OAUTH]: () => json(document(ISSUER)) })
    expect((await metadata).issuer).toBe(ISSUER)
  })

  it.each([
    ['another host', 'https://evil.example'],
    ['a trailing slash', `${ISSUER}/`],
    ['another case', 'https://AUTH.example'],
    ['no issuer', undefined],
    ['a list', [ISSUER]],
  ])('MD-01 refuses a document with %s as its issuer', async (_, issuer) => {
    const { asked, metadata } = metadataOf({ [OIDC]: () => json({ ...document(ISSUER), issuer }) })
    await expect(metadata).rejects.toMatchObject({ code: 'issuer_mismatch' })
    expect(asked).toEqual([OIDC])
  })

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    '$(calc)',
    'http://auth.example/token',
    'https://user:pass@auth.example/token',
    'https://user@auth.example/token',
    'https://:pass@auth.example/token',
    'https://auth.example/token#fragment',
    'http://127.0.0.1:9000/token',
    'http://127.0.0.1.evil.example/token',
    42,
    null,
  ])('CL-04 refuses the endpoint %s', (url) => {
    for (const name of [
      'token_endpoint',
      'authorization_endpoint',
      'revocation_endpoint',
      'end_session_endpoint',
    ] as const)
      expect(() => endpointOf(parseMetadata(document(ISSUER, { [name]: url }), ISSUER), name)).toThrow(
        expect.objectContaining({ code: 'insecure_url' }),
      )
  })

  it('takes http endpoints of a server on this machine', () => {
    const issuer = 'http://127.0.0.1:4000'
    expect(endpointOf(parseMetadata(document(issuer), issuer), 'token_endpoint').href).toBe(`${issuer}/token`)
  })

  it('names the endpoint that a server does not have', () => {
    expect(() => endpointOf(parseMetadata({ issuer: ISSUER }, ISSUER), 'device_authorization_endpoint')).toThrow(
      expect.objectContaining({ code: 'not_supported', message: `${ISSUER} has no device_authorization_endpoint` }),
    )
  })

  it('CL-10 ATT-077 fails when the server is out of order, and does not look elsewhere', async () => {
    const { asked, metadata } = metadataOf({ [OIDC]: () => json({}, 500), [OAUTH]: () => json(document(ISSUER)) })
    await expect(metadata).rejects.toMatchObject({ code: 'server_unavailable', isRetryable: true })
    expect(asked).toEqual([OIDC])
  })

  it.each([
    ['a redirect', () => Response.redirect('https://evil.example/'), 'invalid_response'],
    ['an endless body', () => endless(), 'response_too_large'],
    [
      'a body that never comes',
      () => new Response(new ReadableStream(), { headers: { 'content-type': 'application/json' } }),
      'timeout',
    ],
    ['no answer at all', () => new Promise<Response>(() => undefined), 'timeout'],
    ['a failing connection', () => Promise.reject(new TypeError('fetch failed')), 'network_error'],
    ['JSON that is no object', () => json('metadata'), 'discovery_failed'],
  ])('CL-05 gives up on %s', async (_, answer, code) => {
    const { metadata } = metadataOf({ [OIDC]: answer })
    await expect(metadata).rejects.toMatchObject({ code })
  })

  it('says what to look at when there is no document', async () => {
    await expect(metadataOf({}).metadata).rejects.toThrow(/is the issuer spelt right\?/)
  })

  it('fetches once for all who ask at once, and again after an hour', async () => {
    const { client, server, clock } = setup()
    await Promise.all(Array.from({ length: 20 }, () => client.metadata()))
    clock.advance(3599)
    await client.metadata()
    expect(server.log).toHaveLength(1)
    clock.advance(1)
    await client.metadata()
    expect(server.log).toHaveLength(2)
  })

  it('does not keep a failure', async () => {
    const { client, server } = setup()
    server.override = () => json({}, 503)
    await expect(client.metadata()).rejects.toMatchObject({ isRetryable: true })
    server.override = () => undefined
    expect((await client.metadata()).issuer).toBe(ISSUER)
  })
})

function endless(): Response {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}
