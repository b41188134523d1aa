// Our client against oidc-provider, over HTTP on loopback.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  clientCredentials,
  clientSecretBasic,
  clientSecretPost,
  createClient,
  finishAuthorization,
  memoryTransactions,
  refresh,
  revoke,
  startAuthorization,
} from '@scopewise/oauth-client'
import { createTokenManager } from '@scopewise/oauth-client/manager'
import { defineScopes } from '@scopewise/token-core'
import type { Provider } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createBrowser } from './browser.js'

const REDIRECT_URI = 'http://127.0.0.1:1/callback'
const RESOURCE = 'https://api.example/graphql'
const SECRET = 'a secret: with % and +'
const scopes = defineScopes({ 'notes:read': 'Read your notes', 'notes:write': 'Change your notes' })

let issuer = ''
let tokenRequests = 0
let listener: RequestListener = (_, response) => response.end()
const server = createServer((request, response) => {
  if (request.url === '/token') tokenRequests += 1
  listener(request, response)
})

beforeAll(async () => {
  // It prints that its development pages are not for production, and, when it is loaded, which Node it likes.
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // `as`: a server that listens on a port has such an address.
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  listener = (await createProvider()).callback()
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  vi.restoreAllMocks()
})

async function createProvider(): Promise<Provider> {
  const { Provider } = await import('oidc-provider')
  const code = {
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
  }
  const service = { redirect_uris: [], grant_types: ['client_credentials'], response_types: [] }
  return new Provider(issuer, {
    clients: [
      { client_id: 'web', token_endpoint_auth_method: 'none', ...code },
      { client_id: 'basic', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic', ...service },
      { client_id: 'post', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post', ...service },
    ],
    cookies: { keys: ['for these tests only'] },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    scopes: ['openid', 'offline_access', 'notes:read', 'notes:write'],
    features: {
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'notes:read notes:write',
          audience: RESOURCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
        }),
      },
    },
  })
}

const createWeb = () =>
  createClient({
    issuer,
    clientId: 'web',
    redirectUri: REDIRECT_URI,
    scopes,
    resource: RESOURCE,
    transactions: memoryTransactions(),
  })

/** Signs in on its development pages and agrees. */
async function signIn(url: URL): Promise<URL> {
  const browser = createBrowser(REDIRECT_URI)
  let page = await browser.open(url)
  for (let steps = 0; page.status !== 0 && steps < 3; steps++) {
    const form =
      page.forms.find(({ fields }) => fields.has('prompt')) ??
      expect.fail(`no form on ${page.url.pathname}: ${page.status}`)
    page = await browser.submit(form, form.fields.get('prompt') === 'login' ? { login: 'alice', password: 'any' } : {})
  }
  return page.url
}

describe('our client with oidc-provider', () => {
  it('logs in with code and PKCE, refreshes with rotation, and revokes', async () => {
    const client = createWeb()
    const { url } = await startAuthorization(client, {
      scope: ['openid', 'offline_access', 'notes:read'],
      prompt: 'consent',
      returnTo: '/notes',
    })
    const { tokens, returnTo } = await finishAuthorization(client, await signIn(url))
    expect(returnTo).toBe('/notes')
    expect(tokens.scope).toContain('notes:read')
    expect(tokens.claims).toMatchObject({ iss: issuer, sub: 'alice', aud: 'web' })
    expect(tokens.accessToken.split('.')).toHaveLength(3)

    const second = await refresh(client, tokens)
    expect(second.refreshToken).not.toBe(tokens.refreshToken)
    expect(second.claims?.sub).toBe('alice')
    await revoke(client, second)
    await expect(refresh(client, second)).rejects.toMatchObject({ code: 'token_refused', error: 'invalid_grant' })
  })

  it('CL-06 keeps its rotating family alive with a hundred callers, in one request', async () => {
    const client = createWeb()
    const { url } = await startAuthorization(client, {
      scope: ['openid', 'offline_access', 'notes:read'],
      prompt: 'consent',
    })
    const { tokens } = await finishAuthorization(client, await signIn(url))
    const manager = createTokenManager(client)
    await manager.adopt({ ...tokens, expiresAt: tokens.obtainedAt })
    tokenRequests = 0
    const results = await Promise.all(Array.from({ length: 100 }, () => manager.get()))
    expect(new Set(results.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(tokenRequests).toBe(1)
    await expect(manager.get({ refused: results[0]?.accessToken })).resolves.toBeDefined()
  })

  it('gives the error of a silent login as what it is', async () => {
    const client = createWeb()
    const { url } = await startAuthorization(client, { scope: ['openid'], prompt: 'none', returnTo: '/quiet' })
    const response = (await createBrowser(REDIRECT_URI).open(url)).url
    await expect(finishAuthorization(client, response)).rejects.toMatchObject({
      code: 'authorization_refused',
      error: 'login_required',
      returnTo: '/quiet',
    })
  })

  it.each([
    ['basic', clientSecretBasic],
    ['post', clientSecretPost],
  ])('gets a token of its own as client %s', async (clientId, method) => {
    const client = createClient({ issuer, clientId, clientAuth: method(SECRET), scopes, resource: RESOURCE })
    const tokens = await clientCredentials(client, { scope: ['notes:read'] })
    expect(tokens).toMatchObject({ tokenType: 'Bearer', scope: ['notes:read'] })
    const stranger = createClient({ issuer, clientId, clientAuth: method('wrong'), scopes, resource: RESOURCE })
    await expect(clientCredentials(stranger)).rejects.toMatchObject({ code: 'token_refused', error: 'invalid_client' })
  })
})
