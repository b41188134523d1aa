import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorizeAs, createHarness, ISSUER, redeem, refresh } from './testing/harness.js'

const PATHS = [
  '/authorize',
  '/token',
  '/revoke',
  '/interaction',
  '/end-session',
  '/end-session/confirm',
  '/jwks',
  '/.well-known/openid-configuration',
  '/',
  '//',
  '/%2e%2e/token',
]
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

describe('every endpoint', () => {
  it('OP-07 answers hostile input without 5xx, without throwing, and without a header split', {
    timeout: 120_000,
  }, async () => {
    const { server, events } = await createHarness()
    const request = fc.record({
      path: fc.constantFrom(...PATHS),
      method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'OPTIONS', 'HEAD'),
      query: raw,
      body: raw,
      type: fc.constantFrom(
        'application/x-www-form-urlencoded',
        'application/x-www-form-urlencoded; charset=utf-8',
        'application/json',
        '',
      ),
      authorization: fc.oneof(
        fc.constant(''),
        fc.stringMatching(/^Basic [A-Za-z0-9+/=]{0,30}$/),
        fc.stringMatching(/^[!-~ ]{0,30}$/),
      ),
      cookie: fc.oneof(fc.constant(''), fc.stringMatching(/^__Host-scopewise-(session|interaction)=[!-~]{0,50}$/)),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ path, method, query, body, type, authorization, cookie }) => {
        const headers = new Headers(
          Object.entries({ 'content-type': type, authorization, cookie }).filter(([, text]) => text !== ''),
        )
        const hasBody = method === 'POST' || method === 'PUT'
        const response = await server.fetch(
          new Request(`${ISSUER}${path}?${query}`, { method, headers, ...(hasBody && { body }) }),
        )
        expect(response.status).toBeLessThan(500)
        for (const [name] of response.headers) expect(['x', 'set-cookie: x']).not.toContain(name)
        expect(await response.text()).not.toMatch(/<script|\bat .*\.ts:/)
      }),
      { numRuns: 1500 },
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
    const recorded = await createHarness({ store: recording as unknown as typeof harness.store })
    const browser = recorded.browser()
    const code = (await authorizeAs(browser)).get('code')
    const { body } = await redeem(recorded.server, code)
    const next = await refresh(recorded.server, body['refresh_token'])
    const written = seen.join('\n')
    expect(written).toContain('alice')
    const secrets = [
      code,
      body['refresh_token'],
      body['access_token'],
      body['id_token'],
      next.body['refresh_token'],
      ...browser.cookies.values(),
    ]
    expect(secrets).toHaveLength(8)
    for (const secret of secrets) {
      expect(typeof secret === 'string' && secret.length > 30).toBe(true)
      expect(written).not.toContain(secret)
      expect(written).not.toContain(btoa(secret ?? ''))
    }
    expect((await recorded.store.findKeys())?.wrapped).not.toContain('"d"')
  })
})
