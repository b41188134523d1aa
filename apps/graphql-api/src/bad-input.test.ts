import { createIssuer, generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessToken } from './scopes.js'
import { createBrowser } from './testing/browser.js'
import {
  authorizationRequest,
  authorize,
  graphql,
  reader,
  requestToken,
  serviceToken,
  signIn,
  startExample,
  type TestExample,
} from './testing/example.js'

let example: TestExample
let now = Math.floor(Date.now() / 1000)
beforeAll(async () => {
  example = await startExample({ now: () => now })
})
afterAll(() => example.close())

/** What a stack, a path or an internal name would look like. */
const LEAK = /\bat \S+ \(|node_modules|\.[jt]s:\d+|SQLITE|stack/i

const post = (body: BodyInit, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${example.api}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

describe('the GraphQL endpoint', () => {
  it.each([
    ['malformed JSON', '{"query": '],
    ['no JSON at all', 'hello'],
    ['an empty body', ''],
    ['JSON that is no object', '42'],
    ['no query', '{}'],
    ['a query that is no text', '{"query": 1}'],
    ['a query that does not parse', '{"query": "{ health "}'],
    ['an unknown field', '{"query": "{ nothing }"}'],
    ['an unknown operation', '{"query": "query A { health }", "operationName": "B"}'],
    ['no choice among operations', '{"query": "query A { health } query B { health }"}'],
    ['variables that are no object', '{"query": "{ health }", "variables": 1}'],
    [
      'a variable of the wrong type',
      '{"query": "query ($n: Int) { health @include(if: $n) }", "variables": {"n": "x"}}',
    ],
    [
      'thousands of aliases',
      JSON.stringify({ query: `{ ${Array.from({ length: 3000 }, (_, index) => `a${index}: health`).join(' ')} }` }),
    ],
    ['a batch', '[{"query": "{ health }"}]'],
  ])('answers 400 to %s, without a stack', async (_, body) => {
    const response = await post(body)
    const text = await response.text()
    expect([response.status, text]).toEqual([400, expect.not.stringMatching(LEAK)])
  })

  it.each([200_000, 1_000_000, 1_048_576, 5_000_000])('answers 413 to %d bytes, however they arrive', async (size) => {
    const large = JSON.stringify({ query: `{ health } # ${'x'.repeat(size)}` })
    expect((await post(large)).status).toBe(413)
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent < size; sent += 50_000) controller.enqueue(new Uint8Array(50_000).fill(120))
        controller.close()
      },
    })
    const chunked: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    }
    expect((await fetch(`${example.api}/graphql`, chunked)).status).toBe(413)
    expect(await graphql(example, '{ health }')).toMatchObject({ status: 200 })
  })

  it('answers 415 to another type, and 405 to another method', async () => {
    expect((await post('<xml/>', { 'content-type': 'text/xml' })).status).toBe(415)
    expect((await fetch(`${example.api}/graphql`, { method: 'DELETE' })).status).toBe(405)
  })

  it('answers no mutation by GET, and nothing to another origin’s script', async () => {
    const token = await serviceToken(example, 'notes:write notes:read')
    const query = encodeURIComponent('mutation { createNote(input: { title: "x", body: "" }) { id } }')
    const response = await fetch(`${example.api}/graphql?query=${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(405)
    const cross = await post('{"query": "{ health }"}', { origin: 'https://evil.example' })
    expect(cross.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('a token', () => {
  const forge = async (change: { issuer?: string; audience?: string }): Promise<string> => {
    const keys = await importSigningKey(await generatePrivateJwk('ES256'))
    const issuer = createIssuer({ token: accessToken, issuer: change.issuer ?? example.issuer, keys, now: () => now })
    return issuer.issue({
      subject: 'user_admin',
      clientId: 'demo-web',
      audience: change.audience ?? `${example.api}/graphql`,
      scope: ['notes:read'],
      claims: {},
    })
  }
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

  it.each([
    ['garbage', async () => 'garbage'],
    ['three parts of garbage', async () => 'a.b.c'],
    ['one that somebody else signed', () => forge({})],
    ['one of another issuer', () => forge({ issuer: 'https://evil.example' })],
    ['one for another API', () => forge({ audience: 'https://other.example' })],
    [
      'alg none',
      async () => {
        const [, payload] = (await serviceToken(example)).split('.')
        return `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`
      },
    ],
    [
      'a changed payload',
      async () => {
        const [header, payload = '', signature] = (await serviceToken(example)).split('.')
        const claims: object = JSON.parse(Buffer.from(payload, 'base64url').toString())
        return `${header}.${encode({ ...claims, scope: 'notes:read admin' })}.${signature}`
      },
    ],
    ['an ID token', async () => (await signIn(example, { ...reader, scope: 'openid notes:read' })).id_token ?? ''],
  ])('that is %s is refused with 401, whatever the operation asks for', async (_, make) => {
    const token = await make()
    for (const query of ['{ notes { id } }', '{ health }']) {
      const { status, challenge, text } = await graphql(example, query, token)
      expect([status, challenge]).toEqual([401, expect.stringContaining('error="invalid_token"')])
      expect(text).not.toMatch(LEAK)
      expect(text).not.toContain(token)
    }
  })

  it('that has expired is refused with 401', async () => {
    const token = await serviceToken(example)
    expect(await graphql(example, '{ notes { id } }', token)).toMatchObject({ status: 200 })
    now += accessToken.lifetime + 120
    const { status, challenge } = await graphql(example, '{ notes { id } }', token)
    expect([status, challenge]).toEqual([401, expect.stringContaining('error="invalid_token"')])
  })

  it('BR-02 in the query is not used', async () => {
    const response = await fetch(
      `${example.api}/graphql?query=${encodeURIComponent('{ notes { id } }')}&access_token=${await serviceToken(example)}`,
    )
    expect([400, 401]).toContain(response.status)
  })

  it('of a revoked grant is refused at once', async () => {
    const tokens = await signIn(example, { ...reader, scope: 'offline_access notes:read' })
    expect(await graphql(example, '{ notes { id } }', tokens.access_token)).toMatchObject({ status: 200 })
    const revoked = await fetch(`${example.issuer}/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: tokens.refresh_token ?? '', client_id: 'demo-web' }),
    })
    expect(revoked.status).toBe(200)
    expect(await graphql(example, '{ notes { id } }', tokens.access_token)).toMatchObject({ status: 401 })
  })
})

describe('the authorization endpoint', () => {
  it('AZ-03 shows a page, and never redirects, for an unregistered redirect URI', async () => {
    const { url } = authorizationRequest(example)
    for (const uri of ['https://evil.example/', `${example.api}/other`, `${example.api}//`, `${example.issuer}/`]) {
      url.searchParams.set('redirect_uri', uri)
      const page = await createBrowser(example.issuer).open(url)
      expect([page.status, page.headers.get('location'), page.headers.get('content-type')]).toEqual([
        400,
        null,
        expect.stringContaining('text/html'),
      ])
      expect(page.text).not.toMatch(LEAK)
    }
  })

  it('AZ-13 tells the client that PKCE is missing', async () => {
    const { url, redirectUri } = authorizationRequest(example)
    url.searchParams.delete('code_challenge')
    const page = await createBrowser(example.issuer).open(url)
    const location = new URL(page.headers.get('location') ?? '')
    expect(location.href).toContain(redirectUri)
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      error: 'invalid_request',
      state: 'some-state',
      iss: example.issuer,
    })
  })
})

describe('the token endpoint', () => {
  it('TK-01 takes a code once, and takes back what it bought when it comes again', async () => {
    const form = await authorize(example, { ...reader, scope: 'offline_access notes:read' })
    const first = await requestToken(example, form)
    expect(first.status).toBe(200)
    expect(await requestToken(example, form)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await graphql(example, '{ notes { id } }', first.access_token)).toMatchObject({ status: 401 })
  })

  it('TK-05 refuses a wrong verifier without burning the code', async () => {
    const form = await authorize(example, reader)
    expect(await requestToken(example, { ...form, code_verifier: 'x'.repeat(43) })).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    })
    expect(await requestToken(example, form)).toMatchObject({ status: 200 })
  })

  it('ends the grant when a rotated refresh token comes back after the retry window', async () => {
    const refresh = (token = ''): ReturnType<typeof requestToken> =>
      requestToken(example, { grant_type: 'refresh_token', refresh_token: token, client_id: 'demo-web' })
    const { refresh_token: stolen } = await signIn(example, { ...reader, scope: 'offline_access notes:read' })
    const second = await refresh(stolen)
    expect(second.status).toBe(200)
    expect((await refresh(stolen)).refresh_token).toBe(second.refresh_token)
    now += 31
    expect(await refresh(stolen)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await refresh(second.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(await graphql(example, '{ notes { id } }', second.access_token)).toMatchObject({ status: 401 })
  })

  it.each([
    ['nothing', ''],
    ['an unknown grant type', 'grant_type=password&username=a&password=b'],
    ['a parameter twice', 'grant_type=client_credentials&grant_type=client_credentials'],
  ])('answers %s with an error and no stack', async (_, body) => {
    const response = await fetch(`${example.issuer}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    expect([400, 401]).toContain(response.status)
    expect(await response.text()).not.toMatch(LEAK)
  })
})
