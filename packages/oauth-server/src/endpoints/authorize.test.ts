import { describe, expect, it } from 'vitest'
import {
  API,
  type AuthorizationParameters,
  authorizeAs,
  authorizeUrl,
  CALLBACK,
  challenge,
  claimsOf,
  createHarness,
  FILES,
  ISSUER,
  redeem,
  tv,
  web,
} from '../testing/harness.js'

/** The error response to one request, sent by a browser that nobody signed in to. */
async function answerTo(changes: AuthorizationParameters, harness = createHarness()) {
  const response = await (await harness).browser().request(authorizeUrl(changes))
  const location = response.headers.get('location')
  return { response, location, query: new URL(location ?? ISSUER).searchParams }
}

async function expectPage(url: string) {
  const response = await (await createHarness()).browser().request(url)
  expect(response.status).toBeGreaterThanOrEqual(400)
  expect(response.status).toBeLessThan(500)
  expect(response.headers.get('location')).toBeNull()
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(await response.text()).not.toMatch(/http-equiv="?refresh/i)
}

describe('authorization endpoint, redirect URIs', () => {
  it.each([
    `${CALLBACK}/`,
    `${CALLBACK}?x=1`,
    `${CALLBACK}/evil`,
    CALLBACK.toUpperCase(),
    'https://app.example/%2e%2e/cb',
    'https://app.example@evil.example/cb',
    'https://app.example:8443/cb',
    'https://evil.example/cb',
    'javascript:alert(1)',
  ])('AZ-01 shows a page and no redirect for the unregistered %s', (redirect_uri) =>
    expectPage(authorizeUrl({ redirect_uri })),
  )

  it('AZ-03 shows a page and no redirect for an unknown or missing client', async () => {
    await expectPage(authorizeUrl({ client_id: 'unknown' }))
    await expectPage(authorizeUrl({ client_id: undefined }))
    await expectPage(authorizeUrl({ client_id: 'service' }))
  })

  it('AZ-03 TK-21 shows a page to a client that may not use the code grant, whatever it registered', async () => {
    const { browser } = await createHarness({ clients: [{ ...tv, redirectUris: [CALLBACK] }] })
    const page = await browser().open(authorizeUrl({ client_id: 'tv', scope: 'notes:read' }))
    expect([page.status, page.location]).toEqual([400, undefined])
  })

  it('AZ-03 shows a page for a query that is not form encoded', () => expectPage(`${ISSUER}/authorize?client_id=%zz`))

  it('AZ-07 uses the only registered redirect URI, and none of several', async () => {
    expect((await answerTo({ redirect_uri: undefined, response_type: undefined })).location).toContain(CALLBACK)
    await expectPage(authorizeUrl({ client_id: 'native', redirect_uri: undefined }))
  })

  it('AZ-09 never redirects on a repeated client_id or redirect_uri, and refuses every other repetition', async () => {
    await expectPage(`${authorizeUrl()}&client_id=web`)
    await expectPage(`${authorizeUrl()}&redirect_uri=${encodeURIComponent(CALLBACK)}`)
    for (const repeated of ['state=again', 'scope=admin', `code_challenge=${challenge}`]) {
      const { browser } = await createHarness()
      const response = await browser().request(`${authorizeUrl()}&${repeated}`)
      expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request')
    }
  })
})

describe('authorization endpoint, errors to the client', () => {
  it.each<[string, AuthorizationParameters, string]>([
    ['AZ-13 without code_challenge', { code_challenge: undefined }, 'invalid_request'],
    ['AZ-13 without any PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['AZ-14 with method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['AZ-14 without method', { code_challenge_method: undefined }, 'invalid_request'],
    ['AZ-14 with method s256', { code_challenge_method: 's256' }, 'invalid_request'],
    ['AZ-14 with method S512', { code_challenge_method: 'S512' }, 'invalid_request'],
    ['AZ-15 with a challenge of 42', { code_challenge: challenge.slice(1) }, 'invalid_request'],
    ['AZ-15 with a challenge of 44', { code_challenge: `${challenge}A` }, 'invalid_request'],
    ['AZ-15 with a padded challenge', { code_challenge: `${challenge.slice(1)}=` }, 'invalid_request'],
    ['AZ-15 with a challenge in base64', { code_challenge: `+/${challenge.slice(2)}` }, 'invalid_request'],
    ['AZ-16 with response_type token', { response_type: 'token' }, 'unsupported_response_type'],
    ['AZ-16 with response_type id_token token', { response_type: 'id_token token' }, 'unsupported_response_type'],
    ['AZ-16 with response_type code token', { response_type: 'code token' }, 'unsupported_response_type'],
    ['AZ-17 without response_type', { response_type: undefined }, 'invalid_request'],
    ['AZ-17 with a bogus response_type', { response_type: 'bogus' }, 'unsupported_response_type'],
    ['AZ-29 with prompt none login', { prompt: 'none login' }, 'invalid_request'],
    ['AZ-29 with prompt none and nobody signed in', { prompt: 'none' }, 'login_required'],
    ['with an unknown prompt', { prompt: 'create' }, 'invalid_request'],
    ['with a negative max_age', { max_age: '-1' }, 'invalid_request'],
    ['AZ-32 with a request object', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    ['with registration metadata', { registration: '{}' }, 'registration_not_supported'],
    ['AZ-32 with a request_uri', { request_uri: 'https://evil.example/r' }, 'request_uri_not_supported'],
    ['AZ-35 with response_mode fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['AZ-41 with an unknown scope', { scope: 'notes:read unknown' }, 'invalid_scope'],
    [
      'AZ-41 with a scope the client may not have',
      { client_id: 'native', redirect_uri: 'com.example.app:/cb', scope: 'admin' },
      'invalid_scope',
    ],
    ['with a malformed scope', { scope: 'a"b' }, 'invalid_scope'],
    ['RI-01 with a relative resource', { resource: '/graphql' }, 'invalid_target'],
    ['RI-01 with a resource with fragment', { resource: `${API}#x` }, 'invalid_target'],
    ['RI-02 with an unknown resource', { resource: 'https://other.example/' }, 'invalid_target'],
    ['with an id_token_hint that nobody signed', { id_token_hint: 'eyJhbGciOiJub25lIn0.e30.' }, 'invalid_request'],
    ['with a nonce that holds NUL', { nonce: 'a\u0000b' }, 'invalid_request'],
    [
      'with a request that is too large to be kept',
      { login_hint: 'x'.repeat(256), nonce: 'n'.repeat(17_000) },
      'invalid_request',
    ],
  ])('%s', async (_name, changes, error) => {
    const { response, query } = await answerTo(changes)
    expect(response.status).toBe(303)
    expect(query.get('error')).toBe(error)
    expect(query.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(query.get('state')).toBe('state')
    expect(query.getAll('iss')).toEqual([ISSUER])
    expect(query.has('code')).toBe(false)
    // RFC 9700 §4.2.4: no address with an answer in it is kept or told.
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('AZ-20 leaves out a state that can not be returned unmodified', async () => {
    const { query } = await answerTo({ state: 'a\r\nSet-Cookie: x=1' })
    expect(query.get('error')).toBe('invalid_request')
    expect(query.has('state')).toBe(false)
  })
})

describe('authorization endpoint', () => {
  it('AZ-18 AZ-20 answers with code, iss, and a state of 1000 characters as it came, in a URL under 2 kB', async () => {
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
    const state = printable.repeat(11).slice(0, 1000)
    const { browser: open } = await createHarness()
    const browser = open()
    const answer = await authorizeAs(browser, { state, nonce: 'n'.repeat(64) })
    expect(answer.get('state')).toBe(state)
    expect(answer.getAll('iss')).toEqual([ISSUER])
    expect(answer.get('code')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    for (const url of browser.visited.filter((url) => url.includes('/interaction')))
      expect(url.length).toBeLessThan(2100)
  })

  it('adds its parameters to those of a registered redirect URI', async () => {
    const redirectUri = 'https://app.example/cb?tenant=one'
    const { browser } = await createHarness({ clients: [{ ...web, redirectUris: [redirectUri] }] })
    const page = await browser().open(authorizeUrl({ redirect_uri: redirectUri, prompt: 'none' }))
    expect(page.location).toMatch(/^https:\/\/app\.example\/cb\?tenant=one&error=login_required&/)
  })

  it('AZ-20 sends no state when none came', async () => {
    const { browser } = await createHarness()
    expect((await authorizeAs(browser(), { state: undefined })).has('state')).toBe(false)
  })

  it('AZ-10 ignores unknown parameters and treats empty ones as omitted', async () => {
    const harness = await createHarness()
    const answer = await authorizeAs(harness.browser(), { scope: '', extra: 'foobar', prompt: '', resource: '' })
    expect((await redeem(harness.server, answer.get('code'))).body['scope']).toBe('notes:read')
  })

  it('AZ-08 answers POST like GET, by a 303 to the same request', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    await authorizeAs(browser)
    const url = new URL(authorizeUrl())
    const response = await browser.request(`${ISSUER}/authorize`, { method: 'POST', body: url.searchParams })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(url.href)
    const page = await browser.open(url.href)
    expect(page.location).toContain('code=')
  })

  it('AZ-11 sends no CORS headers, whoever asks', async () => {
    const { browser } = await createHarness()
    for (const method of ['GET', 'OPTIONS']) {
      const response = await browser().request(authorizeUrl(), {
        method,
        headers: { origin: 'https://app.example', 'access-control-request-method': 'GET' },
      })
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('AZ-41 gives the default scope, as far as the client may have it', async () => {
    const harness = await createHarness({
      defaultScope: ['notes:read', 'admin'],
      clients: [{ ...web, scope: ['openid', 'notes:read'] }],
    })
    const answer = await authorizeAs(harness.browser(), { scope: undefined })
    expect((await redeem(harness.server, answer.get('code'))).body['scope']).toBe('notes:read')
  })

  it('AZ-41 refuses a request without scope where there is no default', async () => {
    const { query } = await answerTo({ scope: undefined }, createHarness({ defaultScope: [] }))
    expect(query.get('error')).toBe('invalid_scope')
  })

  it('AT-09 finds the resource by the scope, and refuses what belongs to several', async () => {
    const options = { resources: { [API]: ['notes:read'], [FILES]: ['files:read'] } } as const
    const found = await createHarness(options)
    const answer = await authorizeAs(found.browser(), { scope: 'openid files:read' })
    expect(aud((await redeem(found.server, answer.get('code'))).body['access_token'])).toEqual([FILES, ISSUER])
    const both = await answerTo({ scope: 'notes:read files:read' }, createHarness(options))
    expect(both.query.get('error')).toBe('invalid_target')
    // A sign-in alone is for no API.
    const signedIn = await authorizeAs(found.browser(), { scope: 'openid' })
    expect(aud((await redeem(found.server, signedIn.get('code'))).body['access_token'])).toBe(ISSUER)
    expect((await answerTo({ scope: 'files:read', resource: API }, createHarness(options))).query.get('error')).toBe(
      'invalid_scope',
    )
  })

  it('AZ-09 RI-04 ATT-040 TK-23 takes several resources, and gives each token one of them', async () => {
    const harness = await createHarness({ resources: { [API]: ['notes:read'], [FILES]: ['files:read'] } })
    const browser = harness.browser()
    const ask = async () => {
      const url = `${authorizeUrl({ scope: 'notes:read files:read offline_access', resource: API })}&resource=${encodeURIComponent(FILES)}`
      let page = await browser.open(url)
      if (page.text.includes('name="password"'))
        page = await browser.submit(page, { username: 'alice', password: 'wonderland' })
      if (!page.location) page = await browser.submit(page, { decision: 'allow' })
      return new URL(page.location ?? ISSUER).searchParams.get('code')
    }
    const code = await ask()
    expect((await redeem(harness.server, code)).body['error']).toBe('invalid_target')
    expect((await redeem(harness.server, code, { resource: 'https://other.example/' })).body['error']).toBe(
      'invalid_target',
    )
    const { body } = await redeem(harness.server, code, { resource: FILES })
    expect(aud(body['access_token'])).toBe(FILES)
    expect(body['scope']).toBe('files:read offline_access')
  })
})

const aud = (jwt: string | undefined): unknown => claimsOf(jwt)['aud']
