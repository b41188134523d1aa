import { describe, expect, it } from 'vitest'
import { json } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { exchangeToken } from './exchange-token.js'
import { grant } from './grant.js'
import { jwtBearer } from './jwt-bearer.js'

const URN = 'urn:ietf:params:oauth:token-type:'
const issued = (more = {}) => ({
  access_token: 'new',
  issued_token_type: `${URN}access_token`,
  token_type: 'Bearer',
  expires_in: 60,
  ...more,
})

describe('exchangeToken', () => {
  it('sends what RFC 8693 §2.1 names, and gives what was issued', async () => {
    const { client, server } = setup({ resource: 'https://api.example' })
    server.override = (request) => (request.method === 'POST' ? json(issued()) : undefined)
    const tokens = await exchangeToken(client, {
      subjectToken: 'old',
      subjectTokenType: 'access_token',
      actorToken: 'me',
      actorTokenType: 'jwt',
      audience: 'billing',
      requestedTokenType: 'access_token',
      scope: ['notes:read'],
    })
    expect(tokens).toMatchObject({ accessToken: 'new', tokenType: 'Bearer', issuedTokenType: `${URN}access_token` })
    expect(tokens.scope).toEqual(['notes:read'])
    expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'old',
      subject_token_type: `${URN}access_token`,
      actor_token: 'me',
      actor_token_type: `${URN}jwt`,
      audience: 'billing',
      requested_token_type: `${URN}access_token`,
      scope: 'notes:read',
      resource: 'https://api.example',
      client_id: 'web',
    })
  })

  it('takes a token of no type for what it is', async () => {
    const { client, server } = setup()
    server.override = (request) =>
      request.method === 'POST' ? json(issued({ token_type: 'N_A', issued_token_type: `${URN}id_token` })) : undefined
    const tokens = await exchangeToken(client, { subjectToken: 'old', subjectTokenType: 'id_token' })
    expect(tokens).toMatchObject({ tokenType: 'N_A', issuedTokenType: `${URN}id_token` })
  })

  it.each([
    ['issued_token_type', { issued_token_type: undefined }],
    ['token_type', { token_type: 'mac' }],
  ])('refuses an answer without a usable %s', async (name, more) => {
    const { client, server } = setup()
    server.override = (request) => (request.method === 'POST' ? json(issued(more)) : undefined)
    const exchange = exchangeToken(client, { subjectToken: 'old', subjectTokenType: 'jwt' })
    await expect(exchange).rejects.toMatchObject({ code: 'invalid_response', message: expect.stringContaining(name) })
  })
})

describe('jwtBearer', () => {
  it('sends the assertion', async () => {
    const { client, server } = setup()
    server.override = (request) => (request.method === 'POST' ? json(issued()) : undefined)
    expect((await jwtBearer(client, { assertion: 'a.b.c', scope: ['admin'] })).accessToken).toBe('new')
    expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: 'a.b.c',
      scope: 'admin',
      client_id: 'web',
    })
  })
})

describe('grant', () => {
  it('sends any grant type, which no parameter can replace', async () => {
    const { client, server } = setup()
    server.override = (request) => (request.method === 'POST' ? json(issued({ refresh_token: 'r' })) : undefined)
    const tokens = await grant(client, 'urn:example:own', {}, { grant_type: 'password', note: 'x' })
    expect(tokens).not.toHaveProperty('refreshToken')
    expect(server.forms[0]?.get('grant_type')).toBe('urn:example:own')
    expect(server.forms[0]?.get('note')).toBe('x')
  })
})
