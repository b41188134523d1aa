import { parseChallenges } from '@scopewise/token-core/challenge'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from './testing/browser.js'
import {
  admin,
  authorizationRequest,
  createdId,
  graphql,
  reader,
  requestToken,
  serviceToken,
  signIn,
  startExample,
  type TestExample,
} from './testing/example.js'

let example: TestExample
beforeAll(async () => {
  example = await startExample()
})
afterAll(() => example.close())

const getJson = async (url: string): Promise<Record<string, unknown>> =>
  (await fetch(url)).json() as Promise<Record<string, unknown>>

describe('where things are', () => {
  it('publishes both kinds of metadata at the issuer', async () => {
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const metadata = await getJson(`${example.issuer}/.well-known/${name}`)
      expect(metadata).toMatchObject({
        issuer: example.issuer,
        authorization_endpoint: `${example.issuer}/authorize`,
        token_endpoint: `${example.issuer}/token`,
      })
    }
  })

  it('BR-06 BR-07 publishes the API, with the least scope that is of use', async () => {
    expect(await getJson(`${example.api}/.well-known/oauth-protected-resource/graphql`)).toMatchObject({
      resource: `${example.api}/graphql`,
      authorization_servers: [example.issuer],
      scopes_supported: ['notes:read'],
    })
  })

  it('OP-13 keeps the page and the API away from the issuer, and the server away from the page', async () => {
    expect((await fetch(`${example.issuer}/graphql`)).status).toBe(404)
    expect((await fetch(`${example.issuer}/config.json`)).status).toBe(404)
    expect((await fetch(`${example.api}/token`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${example.api}/.well-known/oauth-authorization-server`)).status).toBe(404)
    const opened = await fetch(`${example.issuer}/`, { redirect: 'manual' })
    expect([opened.status, opened.headers.get('location')]).toEqual([302, `${example.api}/`])
  })

  it('is healthy on both origins', async () => {
    for (const origin of [example.issuer, example.api]) expect((await fetch(`${origin}/healthz`)).status).toBe(200)
  })

  it('shows GraphiQL to a browser, from its own files alone', async () => {
    const response = await fetch(`${example.api}/graphql`, { headers: { accept: 'text/html' } })
    const html = await response.text()
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
    expect(files.length).toBeGreaterThan(3)
    for (const path of files) {
      expect(path).toMatch(/^\/graphiql\//)
      expect((await fetch(`${example.api}${path}`)).status).toBe(200)
    }
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(html).not.toMatch(/<script>/)
  })
})

describe('demo-service', () => {
  it('gets notes:read unless it asks for more, and reads the 20 notes', async () => {
    const answer = await requestToken(example, { grant_type: 'client_credentials' }, 'demo-service:demo-service-secret')
    expect(answer).toMatchObject({ status: 200, scope: 'notes:read' })
    expect(answer.refresh_token).toBeUndefined()
    const { status, data } = await graphql(
      example,
      '{ notes(first: 100) { id title body pinned author { id name } } }',
      answer.access_token,
    )
    expect(status).toBe(200)
    expect(data?.['notes']).toHaveLength(20)
  })

  it('is nobody: me is null', async () => {
    expect(await graphql(example, '{ me { id } }', await serviceToken(example))).toMatchObject({
      status: 200,
      data: { me: null },
    })
  })

  it('writes and deletes notes as itself, never as a person', async () => {
    const token = await serviceToken(example, 'notes:read notes:write')
    const created = await graphql(
      example,
      'mutation { createNote(input: { title: "By a machine", body: "" }) { id author { id name } } }',
      token,
    )
    expect(created.data).toMatchObject({
      createNote: { author: { id: 'user_service.demo-service', name: 'demo-service' } },
    })
    const id = createdId(created)
    const remove = 'mutation ($id: ID!) { deleteNote(id: $id) }'
    expect(await graphql(example, remove, token, { id: 'note_01' })).toMatchObject({ status: 403 })
    expect(await graphql(example, remove, token, { id })).toMatchObject({ status: 200, data: { deleteNote: true } })
  })

  it('may not ask for more than it has', async () => {
    const answer = await requestToken(
      example,
      { grant_type: 'client_credentials', scope: 'admin' },
      'demo-service:demo-service-secret',
    )
    expect(answer).toMatchObject({ status: 400, error: 'invalid_scope' })
  })

  it('needs its secret', async () => {
    const answer = await requestToken(example, { grant_type: 'client_credentials' }, 'demo-service:wrong')
    expect(answer).toMatchObject({ status: 401, error: 'invalid_client' })
  })
})

describe('an operation', () => {
  it('BR-04 without a token is challenged, with what it needs', async () => {
    const { status, challenge, data, errors } = await graphql(example, '{ notes { id } }')
    expect(status).toBe(401)
    expect(parseChallenges(challenge)).toEqual([
      {
        scheme: 'Bearer',
        parameters: {
          resource_metadata: `${example.api}/.well-known/oauth-protected-resource/graphql`,
          scope: 'notes:read',
        },
      },
    ])
    expect(data ?? null).toBeNull()
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('that is public needs none', async () => {
    expect(await graphql(example, '{ health }')).toMatchObject({ status: 200, data: { health: 'ok' }, challenge: null })
  })

  it('BR-05 GQ-16 with too small a token is told the scope to ask for, the least first', async () => {
    const { status, challenge, errors } = await graphql(
      example,
      '{ users { id } }',
      await serviceToken(example, 'notes:read'),
    )
    expect(status).toBe(403)
    expect(challenge).toContain('error="insufficient_scope"')
    expect(challenge).toContain('scope="users:read"')
    expect(errors[0]?.extensions).toMatchObject({
      code: 'FORBIDDEN',
      requiredScopes: [['users:read'], ['admin']],
      missingScopes: ['users:read'],
    })
  })

  it('that selects on node is charged for every possible type', async () => {
    const token = await serviceToken(example, 'users:read')
    expect(await graphql(example, '{ node(id: "user_reader") { id } }', token)).toMatchObject({ status: 403 })
    const read = await serviceToken(example, 'notes:read')
    expect(
      await graphql(
        example,
        '{ a: node(id: "user_reader") { id __typename } b: node(id: "note_01") { ... on Note { title } } }',
        read,
      ),
    ).toMatchObject({
      status: 200,
      data: { a: { id: 'user_reader', __typename: 'User' }, b: { title: 'Welcome' } },
    })
  })

  it.each([
    ['{ notes(first: 101) { id } }', 'first'],
    ['{ notes(first: -1) { id } }', 'first'],
    ['mutation { createNote(input: { title: " ", body: "" }) { id } }', 'title'],
  ])('with a value that is refused says which: %s', async (query, field) => {
    const { status, errors, data } = await graphql(
      example,
      query,
      await serviceToken(example, 'notes:read notes:write'),
    )
    expect(status).toBe(200)
    expect(data ?? null).toBeNull()
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field })
  })
})

describe('reader and admin', () => {
  it('reader signs in, and may grant neither users:read nor admin nor audit:read', async () => {
    const { access_token, scope, refresh_token, status } = await signIn(example, {
      ...reader,
      scope: 'openid email offline_access notes:read notes:write users:read admin audit:read',
    })
    expect(status).toBe(200)
    expect(scope?.split(' ').sort()).toEqual(['email', 'notes:read', 'notes:write', 'offline_access', 'openid'])
    expect(refresh_token).toBeDefined()
    const { data } = await graphql(example, '{ me { id name email } }', access_token)
    expect(data).toEqual({ me: { id: 'user_reader', name: 'Rea Reader', email: 'reader@example.com' } })
    expect(await graphql(example, '{ users { id } }', access_token)).toMatchObject({ status: 403 })
  })

  it('gets notes:read, and no refresh token, when nothing is asked for', async () => {
    const answer = await signIn(example, reader)
    expect(answer).toMatchObject({ status: 200, scope: 'notes:read' })
    expect(answer.refresh_token).toBeUndefined()
  })

  it('AT-07 tells nothing about the person in the access token', async () => {
    const { access_token } = await signIn(example, { ...reader, scope: 'openid profile email notes:read' })
    const claims: unknown = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({
      iss: example.issuer,
      // Nobody named a resource, so userinfo accepts it as well.
      aud: [`${example.api}/graphql`, example.issuer],
      sub: 'user_reader',
      client_id: 'demo-web',
    })
    expect(JSON.stringify(claims)).not.toMatch(/Rea Reader|reader@example/)
  })

  it('admin sees users, internal notes and what happened, and pins', async () => {
    const { access_token } = await signIn(example, {
      ...admin,
      client: 'demo-native',
      scope: 'openid email notes:read notes:write users:read admin audit:read',
    })
    const { data } = await graphql(
      example,
      'mutation { createNote(input: { title: "Pinned", body: "", pinned: true }) { id pinned author { id } internalNote } }',
      access_token,
    )
    expect(data).toMatchObject({ createNote: { pinned: true, author: { id: 'user_admin' }, internalNote: null } })
    const seen = await graphql(
      example,
      '{ users { id name email } auditLog(first: 100) { at actor action } }',
      access_token,
    )
    expect(seen.data?.['users']).toHaveLength(2)
    expect(seen.data?.['auditLog']).toEqual(
      expect.arrayContaining([
        {
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          actor: 'user_admin',
          action: expect.stringMatching(/^created note_/),
        },
        { at: expect.anything(), actor: 'user_admin', action: 'signed in for demo-native' },
      ]),
    )
    const { access_token: small } = await signIn(example, { ...reader, scope: 'notes:read notes:write' })
    expect(
      await graphql(example, 'mutation { createNote(input: { title: "x", body: "", pinned: true }) { id } }', small),
    ).toMatchObject({ status: 403 })
  })

  it('a note is deleted by its author alone', async () => {
    const { access_token } = await signIn(example, { ...reader, scope: 'notes:read notes:write' })
    const { errors, status, challenge } = await graphql(example, 'mutation { deleteNote(id: "note_02") }', access_token)
    expect(status).toBe(403)
    expect(errors[0]?.extensions?.['code']).toBe('FORBIDDEN')
    // BR-05: a larger token would not help, so no scope is named.
    expect(challenge ?? '').not.toContain('insufficient_scope')
    const own = await graphql(example, 'mutation { deleteNote(id: "note_03") }', access_token)
    expect(own).toMatchObject({ status: 200, data: { deleteNote: true } })
  })

  it('a wrong password and an unknown name are told the same, and what was typed stays', async () => {
    const told = async (username: string): Promise<string | undefined> => {
      const browser = createBrowser(example.issuer)
      const page = await browser.follow(await browser.open(authorizationRequest(example).url))
      const again = await browser.submit(page, { username, password: 'wrong' })
      expect(again.text).toContain(`value="${username}"`)
      return /role="alert"[^>]*>([\s\S]*?)<\/(?:div|p)>/.exec(again.text)?.[1]
    }
    expect(await told('reader')).toBeTruthy()
    expect(await told('reader')).toBe(await told('nobody'))
  })
})

describe('noteAdded', () => {
  it('streams new notes, and is refused before it starts without the scope', async () => {
    const read = await serviceToken(example, 'notes:read')
    const subscribe = (token?: string): Promise<Response> =>
      fetch(`${example.api}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query: 'subscription { noteAdded { title } }' }),
      })
    const refused = await subscribe()
    expect(refused.status).toBe(401)
    await refused.body?.cancel()

    const stream = await subscribe(read)
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/)
    await graphql(
      example,
      'mutation { createNote(input: { title: "Live", body: "" }) { id } }',
      await serviceToken(example, 'notes:read notes:write'),
    )
    let received = ''
    const decoder = new TextDecoder()
    for await (const chunk of stream.body ?? []) {
      received += decoder.decode(chunk, { stream: true })
      if (received.includes('Live')) break
    }
    expect(received).toContain('{"data":{"noteAdded":{"title":"Live"}}}')
  })
})
