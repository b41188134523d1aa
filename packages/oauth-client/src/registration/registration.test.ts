import { describe, expect, it } from 'vitest'
import { ISSUER, json } from '../testing/server.js'
import { clientMetadataDocument } from './client-metadata-document.js'
import { deleteRegistration, readRegistration, registerClient, updateRegistration } from './register-client.js'

interface Seen {
  readonly line: string
  readonly token: string | null
  readonly body: unknown
}

function serverWith(answer: (seen: Seen) => Response | undefined) {
  const seen: Seen[] = []
  const fetch = async (request: Request): Promise<Response> => {
    if (request.url.endsWith('/openid-configuration'))
      return json({ issuer: ISSUER, registration_endpoint: `${ISSUER}/register` })
    const text = await request.text()
    const line = `${request.method} ${new URL(request.url).pathname}`
    const one = { line, token: request.headers.get('authorization'), body: text ? JSON.parse(text) : undefined }
    seen.push(one)
    return answer(one) ?? new Response(null, { status: 404 })
  }
  return { seen, fetch }
}

const registered = {
  client_id: 'c1',
  client_secret: 's1',
  client_secret_expires_at: 0,
  registration_access_token: 'manage',
  registration_client_uri: `${ISSUER}/register/c1`,
  redirect_uris: ['https://app.example/cb'],
}

describe('registerClient', () => {
  it('registers, and gives what the server made of it', async () => {
    const { seen, fetch } = serverWith(() => json(registered, 201))
    const asked = { redirect_uris: ['https://app.example/cb'] }
    const registration = await registerClient({ issuer: ISSUER, initialAccessToken: 'first', fetch }, asked)
    expect(registration).toMatchObject({
      issuer: ISSUER,
      clientId: 'c1',
      clientSecret: 's1',
      managementToken: 'manage',
    })
    expect(registration.clientSecretExpiresAt).toBeUndefined()
    expect(seen).toEqual([{ line: 'POST /register', token: 'Bearer first', body: asked }])
  })

  it.each([
    [
      'a refusal',
      () => json({ error: 'invalid_redirect_uri' }, 400),
      { code: 'token_refused', error: 'invalid_redirect_uri' },
    ],
    ['200', () => json(registered), { code: 'invalid_response' }],
    ['an answer without client_id', () => json({}, 201), { code: 'invalid_response' }],
  ])('fails on %s', async (_, answer, expected) => {
    const { fetch } = serverWith(answer)
    await expect(registerClient({ issuer: ISSUER, fetch }, {})).rejects.toMatchObject(expected)
  })
})

describe('the management of a registration', () => {
  const registration = {
    issuer: ISSUER,
    clientId: 'c1',
    clientSecret: 's1',
    managementToken: 'manage',
    managementUrl: `${ISSUER}/register/c1`,
    metadata: {},
  }

  it('reads it, and keeps token and place that the answer leaves out', async () => {
    const { fetch, seen } = serverWith(() => json({ client_id: 'c1', client_name: 'Notes' }))
    const read = await readRegistration(registration, { fetch })
    expect(read).toMatchObject({ managementToken: 'manage', metadata: { client_name: 'Notes' } })
    expect(seen).toEqual([{ line: 'GET /register/c1', token: 'Bearer manage', body: undefined }])
  })

  it('replaces it, with the new token when there is one', async () => {
    const { fetch, seen } = serverWith(() => json({ ...registered, registration_access_token: 'next' }))
    const next = await updateRegistration(registration, { client_name: 'Notes' }, { fetch })
    expect(next.managementToken).toBe('next')
    expect(seen[0]).toMatchObject({
      line: 'PUT /register/c1',
      body: { client_id: 'c1', client_secret: 's1', client_name: 'Notes' },
    })
  })

  it('ends it', async () => {
    const { fetch, seen } = serverWith(() => new Response(null, { status: 204 }))
    await deleteRegistration(registration, { fetch })
    expect(seen[0]?.line).toBe('DELETE /register/c1')
    const refusing = serverWith(() => json({ error: 'invalid_token' }, 401))
    await expect(deleteRegistration(registration, refusing)).rejects.toMatchObject({ error: 'invalid_token' })
  })

  it('needs a place, and a secure one', async () => {
    const { fetch } = serverWith(() => undefined)
    const nowhere = { issuer: ISSUER, clientId: 'c1', metadata: {} }
    await expect(readRegistration(nowhere, { fetch })).rejects.toMatchObject({ code: 'not_supported' })
    const elsewhere = { ...registration, managementUrl: 'http://127.0.0.1/register' }
    await expect(readRegistration(elsewhere, { fetch })).rejects.toMatchObject({ code: 'insecure_url' })
  })
})

describe('clientMetadataDocument', () => {
  const ID = 'https://app.example/oauth-client.json'

  it('makes the document to publish', () => {
    expect(clientMetadataDocument(ID, { redirect_uris: ['https://app.example/cb'], client_name: 'Notes' })).toEqual({
      client_id: ID,
      client_name: 'Notes',
      redirect_uris: ['https://app.example/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    })
  })

  it.each([
    'http://app.example/c',
    'https://app.example/',
    'https://app.example/a/../c',
    'https://APP.example/c',
    'https://u:p@app.example/c',
    'https://app.example/c#x',
    'c1',
  ])('refuses the ID %s', (id) => {
    expect(() => clientMetadataDocument(id, { redirect_uris: ['https://app.example/cb'] })).toThrow(
      expect.objectContaining({ code: 'invalid_configuration' }),
    )
  })

  it.each([
    ['a secret', { client_secret: 's' }],
    ['a method with a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['no redirect_uris', { redirect_uris: [] }],
    ['the page of another', { client_uri: 'https://bank.example/' }],
  ])('refuses %s', (_, more) => {
    expect(() => clientMetadataDocument(ID, { redirect_uris: ['https://app.example/cb'], ...more })).toThrow(
      expect.objectContaining({ code: 'invalid_configuration' }),
    )
  })
})
