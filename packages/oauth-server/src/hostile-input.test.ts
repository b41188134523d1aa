import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { routes } from './routes.js'
import {
  API,
  authorizeAs,
  authorizeUrl,
  codeFor,
  confidential,
  createHarness,
  FILES,
  ISSUER,
  native,
  post,
  redeem,
  refresh,
  service,
  tv,
  web,
} from './testing/harness.js'

/** Multiplied by SCOPEWISE_RUNS: 100,000 requests where all runs are made. */
const REQUESTS = Math.ceil(5000 * (Number(process.env['SCOPEWISE_RUNS']) || 1))

const PATHS = [...routes.map(({ path }) => path), '/', '//', '/%2e%2e/token']
const NAMES = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'scope',
  'resource',
  'code',
  'code_verifier',
  'grant_type',
  'refresh_token',
  'token',
  'prompt',
  'max_age',
  'id_token_hint',
  'ticket',
  'decision',
  'client_secret',
  'post_logout_redirect_uri',
  'request_uri',
  'response_mode',
  'dpop_jkt',
  'client_assertion',
  'client_assertion_type',
  'subject_token',
  'subject_token_type',
  'device_code',
  'user_code',
  'grant',
  'client',
  '__proto__',
]
const VALUES = [
  'web',
  'service',
  'code',
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'none',
  'form_post',
  'BBBB-BBBB',
  'urn:ietf:params:oauth:request_uri:x',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:token-type:access_token',
  'https://client.example/metadata.json',
  'https://app.example/cb',
  '1.A.B',
  'a.b.c',
  '\u0000',
  '\r\nSet-Cookie: x=1',
  '<script>',
  '%',
  'é',
  '💥',
  '-1',
  '9'.repeat(400),
]

const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary', maxLength: 60 }))
const pairs = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 8 })), value), {
  maxLength: 8,
})
const encode = (list: readonly (readonly [string, string])[]) =>
  new URLSearchParams(list.map(([name, text]) => [name, text])).toString()
const raw = fc.oneof(
  pairs.map(encode),
  fc.stringMatching(/^[!-~]{0,80}$/).filter((text) => !text.includes('#')),
)

/** AZ-23 AZ-24 AZ-28 */
function expectSafePage(headers: Headers, html: string): void {
  expect(html.replace('<script>document.forms[0].submit()</script>', '')).not.toContain('<script')
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none';.*; frame-ancestors 'none'; base-uri 'none'$/,
  )
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('cache-control')).toBe('no-store')
}

/** TK-22: every error that programs are told keeps to the characters of RFC 6749 §5.2. */
function expectSafeError(text: string): void {
  if (!text.startsWith('{"error"')) return
  const { error, error_description: description = error } = JSON.parse(text)
  expect(`${error}${description}`).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
}

describe('every endpoint', () => {
  it('OP-07 AZ-23 AZ-28 TK-22 answers hostile input without 5xx, without throwing, and without a header split', {
    timeout: 1_800_000,
  }, async () => {
    const { server, events } = await createHarness({
      clients: [web, native, service, confidential, tv],
      registration: {},
      clientMetadataDocuments: true,
      outbound: { fetch: async () => new Response(null, { status: 404 }) },
      exchange: () => undefined,
    })
    const request = fc.record({
      path: fc.constantFrom(...PATHS),
      method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'),
      query: raw,
      body: fc.oneof(raw, fc.json()),
      type: fc.constantFrom(
        'application/x-www-form-urlencoded',
        'application/x-www-form-urlencoded; charset=utf-8',
        'application/json',
        '',
      ),
      authorization: fc.oneof(
        fc.constant(''),
        fc.stringMatching(/^Basic [A-Za-z0-9+/=]{0,30}$/),
        fc.stringMatching(/^(Bearer|DPoP) [A-Za-z0-9._~-]{0,60}$/),
        fc.stringMatching(/^[!-~ ]{0,30}$/),
      ),
      dpop: fc.oneof(fc.constant(''), fc.stringMatching(/^[A-Za-z0-9._-]{0,60}$/)),
      cookie: fc.oneof(fc.constant(''), fc.stringMatching(/^__Host-scopewise-(session|interaction)=[!-~]{0,50}$/)),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ path, method, query, body, type, authorization, dpop, cookie }) => {
        const headers = new Headers(
          Object.entries({ 'content-type': type, authorization, dpop, cookie }).filter(([, text]) => text !== ''),
        )
        const hasBody = method === 'POST' || method === 'PUT'
        const response = await server.fetch(
          new Request(`${ISSUER}${path}?${query}`, { method, headers, ...(hasBody && { body }) }),
        )
        expect(response.status).toBeLessThan(500)
        for (const [name] of response.headers) expect(['x', 'set-cookie: x']).not.toContain(name)
        const text = await response.text()
        expect(text).not.toMatch(/\bat .*\.ts:/)
        if (response.headers.get('content-type')?.startsWith('text/html')) expectSafePage(response.headers, text)
        else expectSafeError(text)
      }),
      { numRuns: REQUESTS },
    )
    expect(events.filter(({ name }) => name === 'error')).toEqual([])
  })

  it('AZ-28 TK-22 keeps error bodies to the characters that RFC 6749 allows', async () => {
    const { server } = await createHarness()
    await fc.assert(
      fc.asyncProperty(pairs, async (list) => {
        const response = await server.fetch(
          new Request(`${ISSUER}/token`, { method: 'POST', body: new URLSearchParams(encode(list)) }),
        )
        const { error, error_description: description } = await response.json()
        expect(`${error}${description}`).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the store', () => {
  it('OP-01 P7 ATT-069 never sees a code, a token, a session identifier, a client secret or a private key', async () => {
    const seen: string[] = []
    const harness = await createHarness()
    const recording = Object.fromEntries(
      Object.entries(harness.store).map(([name, method]) => [
        name,
        typeof method === 'function'
          ? async (...parameters: never[]) => {
              seen.push(JSON.stringify(parameters))
              return (method as (...values: never[]) => Promise<unknown>)(...parameters)
            }
          : method,
      ]),
    )
    const recorded = await createHarness({
      store: recording as unknown as typeof harness.store,
      clients: [web, service, tv],
      resources: { [API]: ['notes:read'], [FILES]: { scopes: ['files:read'], format: 'opaque' } },
      defaultResource: API,
      registration: {},
    })
    const browser = recorded.browser()
    const code = (await authorizeAs(browser)).get('code')
    const { body } = await redeem(recorded.server, code)
    const next = await refresh(recorded.server, body['refresh_token'])
    const opaque = await redeem(recorded.server, await codeFor(recorded, { scope: 'files:read', resource: FILES }))
    const device = await post(recorded.server, '/device-authorization', { client_id: 'tv', scope: 'notes:read' })
    const pushed = await post(recorded.server, '/par', Object.fromEntries(new URL(authorizeUrl()).searchParams))
    const registration = new Request(`${ISSUER}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://new.example/cb'] }),
    })
    const registered = await (await recorded.server.fetch(registration)).json()
    const written = seen.join('\n')
    expect(written).toContain('alice')
    const secrets = [
      code,
      body['refresh_token'],
      body['access_token'],
      body['id_token'],
      next.body['refresh_token'],
      ...browser.cookies.values(),
      opaque.body['access_token'],
      device.body['device_code'],
      pushed.body['request_uri'],
      registered.client_secret,
      registered.registration_access_token,
      device.body['user_code'],
      device.body['user_code']?.replace('-', ''),
    ]
    expect(secrets).toHaveLength(15)
    for (const secret of secrets) {
      expect(typeof secret === 'string' && secret.length >= 8).toBe(true)
      expect(written).not.toContain(secret)
      expect(written).not.toContain(btoa(secret ?? '').replace(/=+$/, ''))
    }
    expect((await recorded.store.findKeys())?.wrapped).not.toContain('"d"')
  })
})
