// Our client and our server over HTTP on loopback: what goes beyond the login in a browser.
import {
  type ClientOptions,
  clientSecretBasic,
  createClient,
  deleteRegistration,
  finishAuthorization,
  finishDeviceAuthorization,
  introspect,
  memoryTransactions,
  pushedRequests,
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
import type { ScopeOf } from '@scopewise/token-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deployment, decide, deploy, REDIRECT_URI, SECRET, scopes, signIn } from './our-server.js'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const ABOUT = { client_name: 'Notes', redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none' }

let deployment: Deployment

beforeAll(async () => {
  deployment = await deploy({
    registration: { scope: ['openid', 'notes:read'] },
    clients: [{ clientId: 'tv', grantTypes: [DEVICE_CODE, 'refresh_token'] }],
  })
})
afterAll(() => deployment.close())

const clientOf = (clientId: string, more: Partial<ClientOptions<ScopeOf<typeof scopes>>> = {}) =>
  createClient({
    issuer: deployment.issuer,
    clientId,
    redirectUri: REDIRECT_URI,
    transactions: memoryTransactions(),
    scopes,
    resource: deployment.api,
    verifySignature: idTokenSignatures(),
    timeout: 60,
    ...more,
  })

describe('our client with what our server has beside', () => {
  it('signs in on another device, and renews', async () => {
    const client = clientOf('tv')
    const device = await startDeviceAuthorization(client, { scope: ['openid', 'offline_access', 'notes:read'] })
    expect(device.userCode).toMatch(/^\w{4}-\w{4}$/)
    const tokens = await finishDeviceAuthorization(client, device, {
      pause: async () => void (await decide(device.verificationUri, 'allow', device.userCode)),
    })
    expect(tokens).toMatchObject({ signatureVerified: true, claims: { sub: 'alice' } })
    expect((await refresh(client, tokens)).refreshToken).not.toBe(tokens.refreshToken)
  })

  it('hears that the user refused on the other device', async () => {
    const client = clientOf('tv')
    const device = await startDeviceAuthorization(client, { scope: ['notes:read'] })
    const pause = async () => void (await decide(device.verificationUri, 'deny', device.userCode))
    await expect(finishDeviceAuthorization(client, device, { pause })).rejects.toMatchObject({
      code: 'authorization_refused',
      error: 'access_denied',
    })
  })

  it('registers itself, signs in as that client, and manages its registration', async () => {
    const options = { issuer: deployment.issuer, timeout: 60 }
    const registered = await registerClient(options, ABOUT)
    const client = clientOf(registered.clientId)
    const { url } = await startAuthorization(client, { scope: ['openid', 'notes:read'] })
    const { tokens } = await finishAuthorization(client, await signIn(url))
    expect(tokens).toMatchObject({ signatureVerified: true, claims: { sub: 'alice', aud: registered.clientId } })

    expect((await readRegistration(registered, options)).metadata['client_name']).toBe('Notes')
    const changed = await updateRegistration(registered, { ...ABOUT, client_name: 'Memos' }, options)
    expect(changed.metadata['client_name']).toBe('Memos')
    await deleteRegistration(changed, options)
    await expect(readRegistration(changed, options)).rejects.toMatchObject({ code: expect.any(String) })
  })

  it('DP-17 pushes its request, binds its tokens, meets the nonces of the server, renews, and asks about the user', async () => {
    const client = clientOf('web', { par: pushedRequests(), dpop: dpop(), resource: undefined })
    const { url } = await startAuthorization(client, { scope: ['openid', 'offline_access', 'notes:read'] })
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    deployment.log.length = 0
    const { tokens } = await finishAuthorization(client, await signIn(url))
    const tokenRequests = () => deployment.log.filter((line) => line === 'POST /token').length
    // The first one brings the nonce back.
    expect([tokens.tokenType, tokenRequests()]).toEqual(['DPoP', 2])
    const next = await refresh(client, tokens)
    expect(next.refreshToken).not.toBe(tokens.refreshToken)
    expect(tokenRequests()).toBe(3)
    expect(await userinfo(client, next)).toMatchObject({ sub: 'alice' })
  })

  it('asks about a token, before and after it was revoked', async () => {
    const client = clientOf('web')
    const { url } = await startAuthorization(client, { scope: ['offline_access', 'notes:read'] })
    const { tokens } = await finishAuthorization(client, await signIn(url))
    const api = clientOf('notes-api', { clientAuth: clientSecretBasic(SECRET), redirectUri: undefined })
    expect(await introspect(api, tokens.accessToken)).toMatchObject({ active: true, sub: 'alice', scope: 'notes:read' })
    await revoke(client, tokens)
    expect(await introspect(api, tokens.accessToken)).toEqual({ active: false })
  })

  it('takes the form that the browser posts', async () => {
    const client = clientOf('web')
    const { url } = await startAuthorization(client, { scope: ['notes:read'], responseMode: 'form_post' })
    const page = await decide(url.href, 'allow')
    const form = page.forms.at(0) ?? expect.fail('no form')
    expect(form.action.href).toBe(REDIRECT_URI)
    const { tokens } = await finishAuthorization(
      client,
      new Request(form.action, { method: 'POST', body: form.fields }),
    )
    expect(tokens.scope).toEqual(['notes:read'])
  })
})
