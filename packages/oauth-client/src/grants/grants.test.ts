import { describe, expect, it } from 'vitest'
import { createClient } from '../client/create-client.js'
import { clientSecretBasic } from '../client-auth/client-secret-basic.js'
import { clientSecretPost } from '../client-auth/client-secret-post.js'
import { endSessionUrl } from '../endpoints/end-session.js'
import { revoke } from '../endpoints/revoke.js'
import { json } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { clientCredentials } from './client-credentials.js'
import { refresh } from './refresh.js'

describe('refresh', () => {
  it('trades the refresh token and gives what replaced it', async () => {
    const { client, server, login } = setup()
    const first = await login()
    const second = await refresh(client, first)
    expect(second.refreshToken).not.toBe(first.refreshToken)
    expect(Object.fromEntries(server.forms[1] ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: first.refreshToken,
      client_id: 'web',
    })
  })

  it('keeps what the answer leaves out: refresh token and scope', async () => {
    const { client, server, login } = setup()
    const first = await login()
    server.tokens = { refresh_token: undefined, scope: undefined }
    expect(await refresh(client, first)).toMatchObject({ refreshToken: first.refreshToken, scope: first.scope })
  })

  it('asks for less scope, and for a resource', async () => {
    const { client, server, login } = setup()
    const first = await login(['notes:read', 'notes:write'])
    const second = await refresh(client, first, { scope: ['notes:read'], resource: 'https://api.example' })
    expect(second.scope).toEqual(['notes:read'])
    expect(server.forms[1]?.get('resource')).toBe('https://api.example')
  })

  it('takes a bare refresh token, and then claims no scope that the server did not name', async () => {
    const { client, server, login } = setup()
    const { refreshToken = '' } = await login()
    server.tokens = { scope: undefined }
    expect((await refresh(client, refreshToken)).scope).toEqual([])
  })

  it('says so when there is no refresh token', async () => {
    const { client } = setup()
    const tokens = await clientCredentials(client)
    await expect(refresh(client, tokens)).rejects.toMatchObject({ code: 'login_required' })
  })

  it('gives invalid_grant as the error of the server', async () => {
    const { client } = setup()
    await expect(refresh(client, 'unknown')).rejects.toMatchObject({ code: 'token_refused', error: 'invalid_grant' })
  })
})

describe('clientCredentials', () => {
  it('asks for the declared scope and keeps no refresh token', async () => {
    const { client, server } = setup({ resource: 'https://api.example' })
    server.tokens = { refresh_token: 'r' }
    const tokens = await clientCredentials(client, { scope: ['notes:read'] })
    expect(tokens).not.toHaveProperty('refreshToken')
    expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'web',
      scope: 'notes:read',
      resource: 'https://api.example',
    })
  })
})

describe('client authentication', () => {
  it('none: states the client in the body', async () => {
    const { client, server } = setup()
    await clientCredentials(client)
    expect(server.forms[0]?.get('client_id')).toBe('web')
    expect(server.credentials).toEqual([null])
  })

  it('clientSecretBasic: form-encodes both parts into the header, and leaves the body alone', async () => {
    const { client, server } = setup({ clientId: 'we b:ü', clientAuth: clientSecretBasic('p%+ä') })
    await clientCredentials(client)
    expect(server.credentials).toEqual([`Basic ${btoa('we+b%3A%C3%BC:p%25%2B%C3%A4')}`])
    expect(server.forms[0]?.has('client_id')).toBe(false)
  })

  it('clientSecretPost: puts both into the body', async () => {
    const { client, server } = setup({ clientAuth: clientSecretPost('s') })
    await clientCredentials(client)
    expect(server.forms[0]?.get('client_secret')).toBe('s')
    expect(server.credentials).toEqual([null])
  })

  it('may be any function', async () => {
    const { client, server } = setup({
      clientAuth: async ({ body, issuer }) => body.set('client_assertion', `for ${issuer}`),
    })
    await clientCredentials(client)
    expect(server.forms[0]?.get('client_assertion')).toBe('for https://auth.example')
  })

  it('CL-10 refuses an empty secret when it is made', () => {
    expect(() => clientSecretBasic('')).toThrow(/environment variable/)
    expect(() => clientSecretPost('')).toThrow(/environment variable/)
  })
})

describe('createClient', () => {
  it.each([
    ['an http issuer', { issuer: 'http://auth.example' }, 'insecure_url'],
    ['an http issuer that only begins like loopback', { issuer: 'http://127.0.0.1.evil.example' }, 'insecure_url'],
    ['an http issuer that only ends like loopback', { issuer: 'http://evil.localhost.example' }, 'insecure_url'],
    ['an issuer that is no URL', { issuer: 'auth.example' }, 'insecure_url'],
    ['an issuer with a query', { issuer: 'https://auth.example?a=b' }, 'invalid_configuration'],
    ['an issuer with a fragment', { issuer: 'https://auth.example#a' }, 'insecure_url'],
    ['no client id', { clientId: '' }, 'invalid_configuration'],
    ['a relative redirect URI', { redirectUri: '/callback' }, 'invalid_configuration'],
    ['a redirect URI with a fragment', { redirectUri: 'https://app.example/#cb' }, 'invalid_configuration'],
  ])('refuses %s', (_, options, code) => {
    const make = () => createClient({ issuer: 'https://auth.example', clientId: 'web', ...options })
    expect(make).toThrow(expect.objectContaining({ code }))
  })

  it.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'https://auth.example/tenant/'])(
    'takes the issuer %s',
    (issuer) => {
      expect(createClient({ issuer, clientId: 'web' }).issuer).toBe(issuer)
    },
  )
})

describe('revoke', () => {
  it('revokes the refresh token of a grant, else the access token, else what it is given', async () => {
    const { client, server, login } = setup()
    const forms: Record<string, string>[] = []
    server.override = (request, form) => {
      if (form && request.url.endsWith('/revoke')) forms.push(Object.fromEntries(form))
      return undefined
    }
    const tokens = await login()
    await revoke(client, tokens)
    const { refreshToken, ...rest } = tokens
    await revoke(client, rest)
    await revoke(client, 'opaque')
    expect(forms).toEqual([
      { token: refreshToken, token_type_hint: 'refresh_token', client_id: 'web' },
      { token: tokens.accessToken, token_type_hint: 'access_token', client_id: 'web' },
      { token: 'opaque', client_id: 'web' },
    ])
  })

  it('fails when the server fails, or has no such endpoint', async () => {
    const { client, server } = setup()
    await client.metadata()
    server.override = () => json({}, 503)
    await expect(revoke(client, 'x')).rejects.toMatchObject({ isRetryable: true })
    const other = setup()
    other.server.metadata['revocation_endpoint'] = undefined
    await expect(revoke(other.client, 'x')).rejects.toMatchObject({ code: 'not_supported' })
  })
})

describe('endSessionUrl', () => {
  it('names the client, the session and the way back', async () => {
    const { client } = setup()
    const url = await endSessionUrl(client, {
      idTokenHint: 'hint',
      postLogoutRedirectUri: 'https://app.example/',
      state: 's',
      uiLocales: ['de'],
    })
    expect(url.href).toBe(
      'https://auth.example/logout?id_token_hint=hint&client_id=web&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&state=s&ui_locales=de',
    )
    expect((await endSessionUrl(client)).search).toBe('?client_id=web')
  })

  it('says so when the server has no such endpoint', async () => {
    const { client, server } = setup()
    server.metadata['end_session_endpoint'] = undefined
    await expect(endSessionUrl(client)).rejects.toMatchObject({ code: 'not_supported' })
  })
})
