// oidc-client-ts, which is made for pages, against our authorization server, over HTTP on loopback.
import { createDpopProof, importDpopKey } from '@scopewise/token-core/dpop'
import {
  type DPoPState,
  InMemoryWebStorage,
  OidcClient,
  type SigninResponse,
  WebStorageStateStore,
} from 'oidc-client-ts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Deployment, deploy, REDIRECT_URI, signIn } from './our-server.js'

let deployment: Deployment
beforeAll(async () => {
  // It finds WebCrypto on the window of its page.
  vi.stubGlobal('window', { crypto })
  deployment = await deploy()
})
afterAll(async () => {
  vi.unstubAllGlobals()
  await deployment.close()
})

function memoryProofs() {
  const states = new Map<string, DPoPState>()
  // `as`: it checks for itself whether there is one.
  const get = async (key: string) => states.get(key) as DPoPState
  return {
    states,
    get,
    getAllKeys: async () => [...states.keys()],
    set: async (key: string, value: DPoPState) => {
      states.set(key, value)
    },
    remove: async (key: string) => {
      const state = await get(key)
      states.delete(key)
      return state
    },
  }
}

const clientWith = (proofs?: ReturnType<typeof memoryProofs>) =>
  new OidcClient({
    authority: deployment.issuer,
    client_id: 'web',
    redirect_uri: REDIRECT_URI,
    post_logout_redirect_uri: REDIRECT_URI,
    scope: 'openid profile offline_access notes:read',
    // It presents tokens to userinfo as Bearer only, which a bound one is not.
    loadUserInfo: !proofs,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    ...(proofs && { dpop: { bind_authorization_code: true, store: proofs } }),
  })

describe('oidc-client-ts with our server', () => {
  it('logs in, reads userinfo, refreshes, revokes and signs out', async () => {
    const client = clientWith()
    const request = await client.createSigninRequest({})
    const response = await client.processSigninResponse((await signIn(new URL(request.url))).href)
    expect(response.profile).toMatchObject({ sub: 'alice', name: 'Alice', iss: deployment.issuer })
    expect(response.scope?.split(' ')).toContain('notes:read')
    const call = await fetch(deployment.api, { headers: { authorization: `Bearer ${response.access_token}` } })
    expect(await call.json()).toMatchObject({ subject: 'alice' })

    const second = await client.useRefreshToken({ state: stateOf(response) })
    expect(second.refresh_token).not.toBe(response.refresh_token)
    await client.revokeToken(second.refresh_token ?? '', 'refresh_token')
    const revoked = { ...stateOf(response), refresh_token: second.refresh_token ?? '' }
    await expect(client.useRefreshToken({ state: revoked })).rejects.toMatchObject({ error: 'invalid_grant' })

    const out = await client.createSignoutRequest({ id_token_hint: response.id_token ?? '' })
    expect((await fetch(out.url, { redirect: 'manual' })).headers.get('location')).toMatch(
      new RegExp(`^${REDIRECT_URI}`),
    )
  })

  it('binds code and tokens to a key, with nonces', async () => {
    const proofs = memoryProofs()
    const client = clientWith(proofs)
    await client.getDpopProof(proofs)
    const [made] = proofs.states.values()
    if (!made) throw new Error('oidc-client-ts has made no key')
    const key = await importDpopKey(made.keys)
    const request = await client.createSigninRequest({ dpopJkt: key.thumbprint })
    const response = await client.processSigninResponse((await signIn(new URL(request.url))).href)
    expect(response.token_type).toBe('DPoP')
    const call = async (accessToken: string) => {
      const proof = await createDpopProof(key, { method: 'GET', url: deployment.api, accessToken })
      const headers = { authorization: `DPoP ${accessToken}`, dpop: proof }
      return (await fetch(deployment.api, { headers })).json()
    }
    expect(await call(response.access_token)).toMatchObject({ subject: 'alice' })
    const second = await client.useRefreshToken({ state: stateOf(response) })
    expect(await call(second.access_token)).toMatchObject({ subject: 'alice' })
    // Without the key its refresh token is worth nothing.
    const thief = clientWith()
    const stolen = thief.useRefreshToken({ state: { ...stateOf(response), refresh_token: second.refresh_token ?? '' } })
    await expect(stolen).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

/** What it keeps of a login, as far as a refresh needs it. */
const stateOf = (response: SigninResponse) => ({
  data: undefined,
  refresh_token: response.refresh_token ?? '',
  id_token: response.id_token ?? '',
  session_state: null,
  scope: response.scope ?? '',
  profile: response.profile,
})
