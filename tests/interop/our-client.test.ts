// Our client against our server, over HTTP on loopback: the whole story of an API call.
import {
  clientCredentials,
  clientSecretBasic,
  createClient,
  endSessionUrl,
  finishAuthorization,
  memoryTransactions,
  type OAuthClient,
  type OidcScope,
  refresh,
  revoke,
  startAuthorization,
  type Tokens,
} from '@scopewise/oauth-client'
import { createFetch } from '@scopewise/oauth-client/fetch'
import { createTokenManager } from '@scopewise/oauth-client/manager'
import type { ScopeOf } from '@scopewise/token-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createBrowser } from './browser.js'
import { type Deployment, deploy, REDIRECT_URI, SECRET, scopes, signIn } from './our-server.js'

type AppScope = ScopeOf<typeof scopes>

let deployment: Deployment
let client: OAuthClient<AppScope>

beforeAll(async () => {
  deployment = await deploy()
})
afterAll(() => deployment.close())
beforeEach(() => {
  client = createClient({
    // On a machine that does other things an answer takes its time.
    timeout: 60,
    issuer: deployment.issuer,
    clientId: 'web',
    redirectUri: REDIRECT_URI,
    transactions: memoryTransactions(),
    scopes,
    resource: deployment.api,
  })
  deployment.log.length = 0
})

const login = async (scope: readonly (AppScope | OidcScope)[]) => {
  const { url } = await startAuthorization(client, { scope })
  return (await finishAuthorization(client, await signIn(url))).tokens
}
const managerWith = async (tokens: Tokens<AppScope | OidcScope>) => {
  const manager = createTokenManager(client)
  await manager.adopt(tokens)
  return manager
}
const tokenRequests = () => deployment.log.filter((line) => line === 'POST /token').length

describe('our client with our server', () => {
  it('logs in, refreshes, revokes, and the API knows', async () => {
    const tokens = await login(['openid', 'offline_access', 'notes:read'])
    expect(tokens.claims).toMatchObject({ iss: deployment.issuer, sub: 'alice' })
    const manager = await managerWith(tokens)
    const api = createFetch(manager, { allow: [deployment.issuer] })
    expect(await (await api(deployment.api)).json()).toMatchObject({ subject: 'alice' })

    const next = await manager.get({ refused: tokens.accessToken })
    expect(next.claims?.sub).toBe('alice')
    await revoke(client, manager.tokens ?? expect.fail('no tokens'))
    await expect(api(deployment.api)).rejects.toMatchObject({ code: 'grant_lost' })
  })

  it('steps up once for what the API demands, and the body arrives', async () => {
    const manager = await managerWith(await login(['openid', 'notes:read']))
    const asked: unknown[] = []
    const api = createFetch(manager, {
      allow: [deployment.issuer],
      interact: async ({ scope, missing }) => {
        asked.push(missing)
        return login(scope)
      },
    })
    const responses = await Promise.all(
      [1, 2, 3].map((n) => api(deployment.api, { method: 'POST', body: `note ${n}` })),
    )
    expect(await Promise.all(responses.map((response) => response.json()))).toEqual(
      [1, 2, 3].map((n) => ({ subject: 'alice', body: `note ${n}` })),
    )
    expect(asked).toEqual([['notes:write']])
    expect(manager.tokens?.scope).toEqual(expect.arrayContaining(['openid', 'notes:read', 'notes:write']))
  })

  it('CL-06 makes one token request for a hundred callers, and the family lives', async () => {
    const tokens = await login(['offline_access', 'notes:read'])
    const manager = await managerWith({ ...tokens, expiresAt: tokens.obtainedAt })
    deployment.log.length = 0
    const api = createFetch(manager, { allow: [deployment.issuer] })
    const responses = await Promise.all(Array.from({ length: 100 }, () => api(deployment.api)))
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    expect(tokenRequests()).toBe(1)
    await expect(manager.get({ refused: manager.tokens?.accessToken })).resolves.toBeDefined()
  })

  it('reports a grant that was lost to reuse, and sends nothing more', async () => {
    const tokens = await login(['offline_access', 'notes:read'])
    await refresh(client, tokens)
    const manager = await managerWith({ ...tokens, expiresAt: tokens.obtainedAt })
    deployment.log.length = 0
    await expect(manager.get()).rejects.toMatchObject({ code: 'grant_lost' })
    await expect(manager.get()).rejects.toMatchObject({ code: 'grant_lost' })
    expect(tokenRequests()).toBe(1)
  })

  it('hears that the user refused', async () => {
    const { url } = await startAuthorization(client, { scope: ['notes:write'], returnTo: '/notes' })
    const response = await signIn(url, 'deny')
    await expect(finishAuthorization(client, response)).rejects.toMatchObject({
      code: 'authorization_refused',
      error: 'access_denied',
      returnTo: '/notes',
    })
  })

  it('finishes ten logins that run at the same time', async () => {
    const started = await Promise.all(
      Array.from({ length: 10 }, () => startAuthorization(client, { scope: ['notes:read'] })),
    )
    const responses = await Promise.all(started.map(({ url }) => signIn(url)))
    const done = await Promise.all(responses.reverse().map((response) => finishAuthorization(client, response)))
    expect(new Set(done.map(({ tokens }) => tokens.accessToken)).size).toBe(10)
  })

  it('works as a service without a user', async () => {
    const service = createClient({
      issuer: deployment.issuer,
      clientId: 'service',
      clientAuth: clientSecretBasic(SECRET),
      scopes,
      resource: deployment.api,
    })
    const api = createFetch(
      createTokenManager(service, { source: (need) => clientCredentials(service, need), scope: ['notes:read'] }),
      {
        allow: [deployment.issuer],
      },
    )
    const responses = await Promise.all(Array.from({ length: 5 }, () => api(deployment.api)))
    expect(await Promise.all(responses.map((response) => response.json()))).toEqual(
      Array(5).fill({ subject: 'service', body: '' }),
    )
    expect(tokenRequests()).toBe(1)
    expect((await api(deployment.api, { method: 'POST', body: 'x' })).status).toBe(403)
  })

  it('leads to the page that signs out, and back', async () => {
    const { idToken } = await login(['openid', 'notes:read'])
    const url = await endSessionUrl(client, { idTokenHint: idToken, postLogoutRedirectUri: REDIRECT_URI, state: 'bye' })
    const page = await createBrowser(REDIRECT_URI).open(url)
    expect(page.status === 0 ? page.url.searchParams.get('state') : page.status).toBe('bye')
  })
})
