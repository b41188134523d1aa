// Our client against oidc-provider with all that it has switched on: pushed requests, DPoP with nonces, devices, registration.
import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createClient,
  deleteRegistration,
  finishAuthorization,
  finishDeviceAuthorization,
  introspect,
  memoryTransactions,
  pushedRequests,
  type Registration,
  readRegistration,
  refresh,
  registerClient,
  revoke,
  startAuthorization,
  startDeviceAuthorization,
  updateRegistration,
  userinfo,
} from '@scopewise/oauth-client'
import { dpop } from '@scopewise/oauth-client/dpop'
import { idTokenSignatures } from '@scopewise/oauth-client/idtoken'
import { createTokenManager } from '@scopewise/oauth-client/manager'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBrowser, type Page } from './browser.js'

const REDIRECT_URI = 'http://127.0.0.1:1/callback'

let issuer = ''
const log: string[] = []
let listener: RequestListener = (_, response) => response.end()
const server = createServer((request, response) => {
  log.push(`${request.method} ${request.url?.split('?')[0]}`)
  listener(request, response)
})

beforeAll(async () => {
  // It prints that its development pages are not for production, and, when it is loaded, which Node it likes.
  vi.spyOn(console, 'info').mockImplementation(() => undefined)
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // `as`: a server that listens on a port has such an address.
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { Provider } = await import('oidc-provider')
  listener = new Provider(issuer, {
    cookies: { keys: ['for these tests only'] },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    scopes: ['openid', 'offline_access', 'email'],
    claims: { openid: ['sub'], email: ['email'] },
    findAccount: (_: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@example.test` }),
    }),
    clientAuthMethods: ['none', 'client_secret_basic'],
    features: {
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    },
  }).callback()
})
beforeEach(() => {
  log.length = 0
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  vi.restoreAllMocks()
})

const count = (line: string) => log.filter((one) => one === line).length

const register = (more: object = {}): Promise<Registration> =>
  registerClient(
    { issuer },
    {
      redirect_uris: [REDIRECT_URI],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      ...more,
    },
  )

/** A client that met this server a moment ago, and uses all that it offers. */
async function createOwn() {
  const { clientId } = await register({ dpop_bound_access_tokens: true })
  return createClient({
    issuer,
    clientId,
    redirectUri: REDIRECT_URI,
    transactions: memoryTransactions(),
    dpop: dpop(),
    par: pushedRequests(),
    verifySignature: idTokenSignatures({ algorithms: ['RS256'] }),
  })
}

/** Goes through the pages, signs in and agrees, until there is nothing left to do. */
async function goThrough(url: URL | string): Promise<Page> {
  const browser = createBrowser(REDIRECT_URI)
  let page = await browser.open(url)
  for (let steps = 0; page.status !== 0 && page.forms.length > 0 && steps < 6; steps++) {
    const [form = expect.fail('no form')] = page.forms
    page = await browser.submit(form, form.fields.get('prompt') === 'login' ? { login: 'alice', password: 'any' } : {})
  }
  return page
}

async function login(client: Awaited<ReturnType<typeof createOwn>>) {
  const { url } = await startAuthorization(client, { scope: ['openid', 'offline_access', 'email'], prompt: 'consent' })
  const { url: back } = await goThrough(url)
  return { url, ...(await finishAuthorization(client, back)) }
}

describe('our client with all that oidc-provider has', () => {
  it('registers, pushes its request, binds its tokens, verifies the signature, and refreshes with rotation', async () => {
    const client = await createOwn()
    const { url, tokens } = await login(client)
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    expect(tokens).toMatchObject({ tokenType: 'DPoP', signatureVerified: true, claims: { sub: 'alice' } })
    // One for want of a nonce, one with it; from then on the nonce is known.
    expect(count('POST /token')).toBe(2)
    const second = await refresh(client, tokens)
    expect(count('POST /token')).toBe(3)
    expect(second.refreshToken).not.toBe(tokens.refreshToken)
    expect(await userinfo(client, second)).toMatchObject({ sub: 'alice', email: 'alice@example.test' })
  })

  it('CL-06 DP-17 makes one token request for a hundred callers, with DPoP and nonces', async () => {
    const client = await createOwn()
    const { tokens } = await login(client)
    const manager = createTokenManager(client)
    await manager.adopt({ ...tokens, expiresAt: tokens.obtainedAt })
    log.length = 0
    const results = await Promise.all(Array.from({ length: 100 }, () => manager.get()))
    expect(new Set(results.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(count('POST /token')).toBe(1)
    await expect(manager.get({ refused: results[0]?.accessToken })).resolves.toMatchObject({ tokenType: 'DPoP' })
  })

  it('asks about a token, and ends it', async () => {
    const client = await createOwn()
    const { tokens } = await login(client)
    const { refreshToken = '' } = tokens
    expect(await introspect(client, refreshToken, 'refresh_token')).toMatchObject({ active: true, sub: 'alice' })
    await revoke(client, tokens)
    expect(await introspect(client, refreshToken, 'refresh_token')).toEqual({ active: false })
  })

  it('signs in on another device', async () => {
    const client = await createOwn()
    const device = await startDeviceAuthorization(client, { scope: ['openid', 'offline_access'] })
    let polls = 0
    const tokens = await finishDeviceAuthorization(client, device, {
      async pause() {
        // The user takes a while: the first poll comes too early.
        if (polls++ === 1) await goThrough(device.verificationUriComplete ?? device.verificationUri)
      },
    })
    expect(polls).toBe(2)
    expect(tokens).toMatchObject({ tokenType: 'DPoP', claims: { sub: 'alice' } })
  })

  it('reads, changes and ends its registration', async () => {
    const first = await register({ client_name: 'Notes' })
    const read = await readRegistration(first)
    expect(read.metadata['client_name']).toBe('Notes')
    const changed = await updateRegistration(read, {
      redirect_uris: [REDIRECT_URI],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      client_name: 'Memos',
    })
    expect(changed.metadata['client_name']).toBe('Memos')
    expect(changed.managementToken).not.toBe(read.managementToken)
    await deleteRegistration(changed)
    await expect(readRegistration(changed)).rejects.toMatchObject({ code: 'token_refused' })
  })
})
