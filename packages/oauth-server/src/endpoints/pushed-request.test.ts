import { generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { createClientAssertion } from '@scopewise/token-core/client-assertion'
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../storage/memory.js'
import { type Browser, createBrowser } from '../testing/browser.js'
import { createProvingClient } from '../testing/dpop.js'
import {
  type AuthorizationParameters,
  authorizeUrl,
  basic,
  CALLBACK,
  challenge,
  confidential,
  createHarness,
  createTestServer,
  eventNames,
  FILES,
  type Harness,
  ISSUER,
  post,
  redeem,
  SERVICE_SECRET,
  verifier,
  web,
} from '../testing/harness.js'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const parameters = (changes: AuthorizationParameters = {}): AuthorizationParameters => ({
  client_id: 'web',
  redirect_uri: CALLBACK,
  response_type: 'code',
  scope: 'openid offline_access notes:read',
  state: 'pushed state',
  code_challenge: challenge,
  code_challenge_method: 'S256',
  ...changes,
})
const push = (changes: AuthorizationParameters = {}, headers = {}, { server } = harness) =>
  post(server, '/par', parameters(changes), headers)
const pushed = async (changes: AuthorizationParameters = {}): Promise<string> =>
  (await push(changes)).body['request_uri'] ?? ''
const urlOf = (requestUri: string, more: AuthorizationParameters = {}): string =>
  `${ISSUER}/authorize?${new URLSearchParams({ client_id: 'web', request_uri: requestUri, ...more })}`
/** Opens a request and goes through to its end. */
const complete = async (browser: Browser, url: string) => {
  let page = await browser.open(url)
  if (page.text.includes('name="password"'))
    page = await browser.submit(page, { username: 'alice', password: 'wonderland' })
  return page.text.includes('value="allow"') ? browser.submit(page, { decision: 'allow' }) : page
}
const codeOf = ({ location }: { readonly location: string | undefined }) =>
  location === undefined ? null : new URL(location).searchParams.get('code')
const asConfidential = {
  client_id: 'confidential',
  client_secret: SERVICE_SECRET,
  redirect_uri: 'https://server.example/cb',
  scope: 'openid notes:read',
}

describe('a pushed authorization request', () => {
  it('PAR-01 is kept under a name that nobody can guess, and completes like any other', async () => {
    const { status, headers, body } = await push()
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(body).toEqual({
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/),
      expires_in: 60,
    })
    const page = await complete(harness.browser(), urlOf(body['request_uri'] ?? ''))
    expect(new URL(page.location ?? '').searchParams.get('state')).toBe('pushed state')
    expect((await redeem(harness.server, codeOf(page))).status).toBe(200)
    expect(harness.server.metadata['pushed_authorization_request_endpoint']).toBe(`${ISSUER}/par`)
  })

  it('PAR-02 authenticates the client as the token endpoint does', async () => {
    const key = await importSigningKey(await generatePrivateJwk('ES256'))
    const signer = { clientId: 'signer', redirectUris: ['https://s.example/cb'], jwks: { keys: [key.publicJwk] } }
    harness = await createHarness({ clients: [web, confidential, signer] })
    const as = (client_secret: string | undefined) => push({ ...asConfidential, client_secret })
    expect((await as(SERVICE_SECRET)).status).toBe(201)
    for (const secret of [undefined, 'wrong'])
      expect(await as(secret)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    const wrongMethod = await push({ client_id: undefined }, basic('confidential', SERVICE_SECRET))
    expect(wrongMethod.status).toBe(401)
    const assertion = await createClientAssertion(key, { clientId: 'signer', issuer: ISSUER, now: harness.clock.now })
    const signed = await push({
      client_id: undefined,
      redirect_uri: 'https://s.example/cb',
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })
    expect(signed.status).toBe(201)
  })

  it.each<[string, AuthorizationParameters, string]>([
    ['PAR-03 a request_uri', { request_uri: 'urn:x' }, 'invalid_request'],
    ['another redirect URI', { redirect_uri: 'https://evil.example/cb' }, 'invalid_request'],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['ATT-092 a method without a challenge', { code_challenge: undefined }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['an unknown scope', { scope: 'openid notes:raed' }, 'invalid_scope'],
    ['an unknown resource', { resource: FILES }, 'invalid_target'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a request object', { request: 'a.b.c' }, 'request_not_supported'],
    ['an id_token_hint of somebody else', { id_token_hint: 'a.b.c' }, 'invalid_request'],
  ])('PAR-04 is refused at once for %s', async (_, changes, error) => {
    expect(await push(changes)).toMatchObject({ status: 400, body: { error } })
    expect(eventNames(harness)).toContain('authorization.refused')
  })

  it('PAR-05 belongs to the client that pushed it', async () => {
    const requestUri = await pushed()
    for (const id of ['native', 'nobody']) {
      const page = await harness.browser().open(urlOf(requestUri, { client_id: id }))
      expect([page.status, page.location]).toEqual([400, undefined])
    }
    const none = await harness.browser().open(`${ISSUER}/authorize?request_uri=${requestUri}`)
    expect([none.status, none.location]).toEqual([400, undefined])
  })

  it('PAR-06 ATT-059 may be opened as often as a page is loaded, and is burnt when the authorization completes', async () => {
    const url = urlOf(await pushed())
    const [one, two, preview] = [harness.browser(), harness.browser(), harness.browser()]
    await preview.open(url)
    await preview.open(url)
    const first = await complete(one, url)
    expect(codeOf(first)).not.toBeNull()
    const second = await complete(two, url)
    expect([second.status, second.location]).toEqual([400, undefined])
    // Signed in and agreed already: it would complete at once.
    const again = await one.open(url)
    expect([again.status, again.location]).toEqual([400, undefined])
    const restarted = createTestServer({ store: harness.store, now: () => harness.clock.now })
    const same = createBrowser(restarted.fetch, ISSUER)
    for (const [name, value] of one.cookies) same.cookies.set(name, value)
    expect(codeOf(await same.open(authorizeUrl()))).not.toBeNull()
    const later = await same.open(url)
    expect([later.status, later.location]).toEqual([400, undefined])
    expect((await redeem(harness.server, codeOf(first))).status).toBe(200)
  })

  it('PAR-06 completes for one of two browsers that click at the same time', async () => {
    const url = urlOf(await pushed())
    const ready = async () => {
      const browser = harness.browser()
      const page = await browser.submit(await browser.open(url), { username: 'alice', password: 'wonderland' })
      return () => browser.submit(page, { decision: 'allow' })
    }
    const clicks = [await ready(), await ready(), await ready()]
    const pages = await Promise.all(clicks.map((click) => click()))
    expect(pages.filter((page) => codeOf(page) !== null)).toHaveLength(1)
  })

  it('PAR-06 PAR-07 has to be opened before it expires; a login that was begun in time may finish later, in another process', async () => {
    const store = memoryStore()
    harness = await createHarness({ store, lifetimes: { pushedRequest: 60 } })
    const [early, late] = [await pushed(), await pushed()]
    const browser = harness.browser()
    harness.clock.now += 55
    const page = await browser.open(urlOf(early))
    harness.clock.now += 6
    expect((await harness.browser().open(urlOf(late))).status).toBe(400)
    harness.clock.now += 59
    await harness.server.expire()
    const signedIn = await browser.submit(page, { username: 'alice', password: 'wonderland' })
    const done = await browser.submit(signedIn, { decision: 'allow' })
    expect(codeOf(done)).not.toBeNull()
    const restarted = createTestServer({ store, now: () => harness.clock.now })
    const response = await browser.request(urlOf(early))
    expect(response.status).toBe(400)
    expect((await restarted.fetch(new Request(urlOf(early)))).status).toBe(400)
  })

  it('is burnt by a refusal of the user, too', async () => {
    const url = urlOf(await pushed())
    const browser = harness.browser()
    const page = await browser.submit(await browser.open(url), { username: 'alice', password: 'wonderland' })
    expect((await browser.submit(page, { decision: 'deny' })).location).toContain('error=access_denied')
    expect((await complete(harness.browser(), url)).location).toBeUndefined()
  })

  it('TK-12 takes no secret from the query', async () => {
    expect((await post(harness.server, '/par?client_secret=x', parameters())).status).toBe(400)
  })

  it('PAR-08 is sent by POST only', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await harness.server.fetch(new Request(`${ISSUER}/par`, { method }))
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  it.each([
    ['of the server', { requirePushedAuthorizationRequests: true }, true],
    ['of the client', { clients: [{ ...web, requirePushedAuthorizationRequests: true }] }, undefined],
  ])('PAR-09 is the only way in by the option %s', async (_, options, announced) => {
    harness = await createHarness(options)
    const plain = await harness.browser().open(authorizeUrl())
    expect(plain.location).toContain('error=invalid_request')
    expect(codeOf(await complete(harness.browser(), urlOf(await pushed())))).not.toBeNull()
    expect(harness.server.metadata['require_pushed_authorization_requests']).toBe(announced)
  })

  it('PAR-10 counts as it was pushed, whatever stands beside its request_uri', async () => {
    const requestUri = await pushed({ scope: 'notes:read' })
    const more = {
      scope: 'admin',
      redirect_uri: 'https://evil.example/',
      state: 'evil',
      code_challenge: 'x',
      prompt: 'none',
    }
    const page = await complete(harness.browser(), urlOf(requestUri, more))
    expect(page.location).toMatch(new RegExp(`^${CALLBACK}\\?`))
    expect(new URL(page.location ?? '').searchParams.get('state')).toBe('pushed state')
    expect((await redeem(harness.server, codeOf(page))).body['scope']).toBe('notes:read')
  })

  it('opens no request_uri of another kind, and none twice in one request', async () => {
    const foreign = await harness.browser().open(authorizeUrl({ request_uri: 'https://client.example/request' }))
    expect(foreign.location).toContain('error=request_uri_not_supported')
    const requestUri = await pushed()
    const twice = await harness.browser().open(`${urlOf(requestUri)}&request_uri=${requestUri}`)
    expect([twice.status, twice.location]).toEqual([400, undefined])
  })

  it.each([undefined, 'oauth2.1', 'oidc', 'mcp'] as const)(
    'ATT-093 demands PKCE on every way to a code, in the profile %s',
    async (profile) => {
      harness = await createHarness({ ...(profile && { profile }) })
      const without = { code_challenge: undefined, code_challenge_method: undefined }
      expect((await push(without)).status).toBe(400)
      expect((await harness.browser().open(authorizeUrl(without))).location).toContain('error=invalid_request')
      expect(codeOf(await complete(harness.browser(), authorizeUrl()))).not.toBeNull()
      expect(harness.server.metadata['code_challenge_methods_supported']).toEqual(['S256'])
    },
  )
})

describe('a pushed request with DPoP', () => {
  const redeemWith = (client: Awaited<ReturnType<typeof createProvingClient>>, code: string | null) =>
    client.post('/token', {
      grant_type: 'authorization_code',
      client_id: 'web',
      code: code ?? '',
      code_verifier: verifier,
    })

  it.each(['proof', 'parameter', 'both'])('PAR-12 binds the code to the key, by %s', async (by) => {
    const client = await createProvingClient(harness)
    const form = parameters(by === 'proof' ? {} : { dpop_jkt: client.key.thumbprint })
    const { status, body } =
      by === 'parameter' ? await post(harness.server, '/par', form) : await client.post('/par', form)
    expect(status).toBe(201)
    const code = codeOf(await complete(harness.browser(), urlOf(body['request_uri'] ?? '')))
    expect((await redeem(harness.server, code)).body['error']).toBe('invalid_grant')
    expect((await redeemWith(await createProvingClient(harness), code)).body['error']).toBe('invalid_grant')
    expect((await redeemWith(client, code)).body['token_type']).toBe('DPoP')
  })

  it('PAR-12 refuses a proof of another key than dpop_jkt, a proof for another endpoint, and one that was used', async () => {
    const client = await createProvingClient(harness)
    const other = await createProvingClient(harness)
    const mixed = await client.post('/par', parameters({ dpop_jkt: other.key.thumbprint }))
    expect(mixed).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
    const wrongEndpoint = await client.postWith(await client.proof('/token'), '/par', parameters())
    expect(wrongEndpoint.body['error']).toBe('invalid_dpop_proof')
    const proof = await client.proof('/par')
    expect((await client.postWith(proof, '/par', parameters())).status).toBe(201)
    expect((await client.postWith(proof, '/par', parameters())).body['error']).toBe('invalid_dpop_proof')
  })
})

describe('the limits of pushed requests', () => {
  const from = (address: string) => ({ 'x-address': address })

  it('PAR-11 PAR-13 are of a network for who only says a name, and of a client for who authenticates', async () => {
    harness = await createHarness({
      clients: [web, confidential, { ...web, clientId: 'other' }],
      clientAddress: (request) => request.headers.get('x-address') ?? undefined,
    })
    let last = await push({}, from('192.0.2.1'))
    for (let count = 1; count < 400 && last.status === 201; count++) last = await push({}, from('192.0.2.1'))
    expect(last.status).toBe(429)
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
    // The name of a public client is nobody's: another one doesn't help, and who authenticates is not in its way.
    expect((await push({ client_id: 'other' }, from('192.0.2.1'))).status).toBe(429)
    expect((await push({}, from('192.0.2.2'))).status).toBe(201)
    expect((await push(asConfidential, from('192.0.2.1'))).status).toBe(201)
    harness.clock.now += 60
    expect((await push({}, from('192.0.2.1'))).status).toBe(201)
  })

  it('PAR-11 PAR-13 refuses what is too large to keep', async () => {
    expect((await push({ state: 'x'.repeat(1_000_000) })).status).toBe(413)
    expect(await push({ state: 'x'.repeat(20_000) })).toMatchObject({ status: 413, body: { error: 'invalid_request' } })
    expect((await push({ state: 'x'.repeat(8000) })).status).toBe(201)
  })

  it('PAR-11 PAR-13 are of a client that authenticates wherever it comes from, and no stranger uses them up', async () => {
    harness = await createHarness({ clients: [web, confidential, { ...confidential, clientId: 'other' }] })
    for (let count = 0; count < 1000; count++) {
      await push({ ...asConfidential, client_secret: 'wrong' })
      expect((await push(asConfidential)).status).toBe(201)
    }
    expect((await push(asConfidential)).status).toBe(429)
    expect((await push({ ...asConfidential, client_id: 'other' })).status).toBe(201)
  })

  it('PAR-13 count a request that is too large for a URL as well', async () => {
    harness = await createHarness({ clientAddress: () => '192.0.2.1' })
    const large = authorizeUrl({ state: 's'.repeat(6000) })
    const answers: (string | undefined)[] = []
    for (let count = 0; count < 301; count++) {
      const response = await harness.browser().request(large)
      answers.push(new URL(response.headers.get('location') ?? ISSUER).searchParams.get('error') ?? undefined)
    }
    expect(answers).toEqual([...Array(300).fill(undefined), 'temporarily_unavailable'])
  })

  it('PAR-13 authenticates nothing by itself', async () => {
    const page = await harness.browser().open(urlOf(await pushed()))
    expect(page.text).toContain('name="password"')
  })
})

describe('an authorization request that is too large for a URL of 2 kB', () => {
  const large = 's'.repeat(6000)

  it.each(['GET', 'POST'])('AZ-39 is kept like a pushed one, by %s, and completes', async (method) => {
    const browser = harness.browser()
    const url = authorizeUrl({ state: large })
    const body = new URLSearchParams(new URL(url).search)
    const answer = await browser.request(
      method === 'GET' ? url : `${ISSUER}/authorize`,
      method === 'GET' ? {} : { method, body },
    )
    const next = answer.headers.get('location') ?? ''
    expect(answer.status).toBe(303)
    expect(next.length).toBeLessThan(2000)
    const page = await complete(browser, next)
    expect(new URL(page.location ?? '').searchParams.get('state')).toBe(large)
    expect(Math.max(...browser.visited.slice(1).map((visited) => visited.length))).toBeLessThan(2100)
    expect(codeOf(page)).not.toBeNull()
  })

  it('is refused where it can not be kept, and where it is wrong', async () => {
    const tooLarge = await harness.browser().open(authorizeUrl({ state: 'x'.repeat(20_000) }))
    expect(tooLarge.location).toContain('error=invalid_request')
    const body = new URLSearchParams(new URL(authorizeUrl({ state: large, scope: 'nothing' })).search)
    const wrong = await harness.browser().request(`${ISSUER}/authorize`, { method: 'POST', body })
    expect(wrong.headers.get('location')).toContain('error=invalid_scope')
  })
})
