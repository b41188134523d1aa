import { beforeEach, describe, expect, it } from 'vitest'
import { createProvingClient } from '../testing/dpop.js'
import {
  API,
  asService,
  authorizeUrl,
  CALLBACK,
  claimsOf,
  codeFor,
  createHarness,
  FILES,
  type Harness,
  ISSUER,
  post,
  redeem,
  refresh,
  signIn,
  verifier,
} from '../testing/harness.js'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness({
    userClaims: ({ subject }) => ({
      name: 'Alice Liddell',
      email: `${subject}@example.com`,
      email_verified: true,
      phone_number: '+44 1865 1',
      plan: 'free',
    }),
  })
})
const ask = async (headers: Record<string, string> = {}, method = 'GET') => {
  const response = await harness.server.fetch(new Request(`${ISSUER}/userinfo`, { method, headers }))
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}
const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token}` })

describe('userinfo', () => {
  it.each(['GET', 'POST'])('OI-03 tells by %s what the scope opens, and no more', async (method) => {
    const told = async (scope: string) =>
      (await ask(bearer((await signIn(harness, { scope }))['access_token']), method)).body
    expect(await told('openid')).toEqual({ sub: 'alice', plan: 'free' })
    expect(await told('openid email')).toEqual({
      sub: 'alice',
      email: 'alice@example.com',
      email_verified: true,
      plan: 'free',
    })
    expect(await told('openid profile notes:read')).toEqual({ sub: 'alice', name: 'Alice Liddell', plan: 'free' })
  })

  it('OI-08 tells the subject that the ID token names, whatever the hook says', async () => {
    let told: Readonly<Record<string, unknown>> = {}
    harness = await createHarness({ userClaims: () => told })
    const tokens = await signIn(harness)
    told = { sub: 'somebody else', locale: 'en' }
    expect((await ask(bearer(tokens['access_token']))).body).toEqual({ sub: 'alice' })
  })

  it('OI-03 answers with a challenge, and with an error where a token came', async () => {
    const none = await ask()
    expect(none.status).toBe(401)
    expect(none.headers.get('www-authenticate')).toMatch(/^Bearer.*DPoP algs="ES256 Ed25519 EdDSA"/)
    expect(none.headers.get('www-authenticate')).not.toMatch(/error/)
    const wrong = await ask(bearer('x'))
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_token'])
    expect(wrong.headers.get('www-authenticate')).toMatch(/Bearer error="invalid_token"/)
    expect(wrong.headers.get('cache-control')).toBe('no-store')
    expect((await ask({ authorization: 'Bearer a, Bearer b' })).status).toBe(400)
    const { access_token: token } = await signIn(harness)
    harness.clock.now += 600
    expect((await ask(bearer(token))).status).toBe(401)
  })

  it('OI-09 takes a token that is for it: of a request that named no API, or named it', async () => {
    const scope = 'openid offline_access notes:read'
    const unnamed = await signIn(harness, { scope })
    expect((await ask(bearer(unnamed['access_token']))).status).toBe(200)
    const named = await signIn(harness, { scope, resource: API })
    expect((await ask(bearer(named['access_token']))).status).toBe(401)
    const forUserinfo = await refresh(harness.server, named['refresh_token'], { resource: ISSUER })
    expect((await ask(bearer(forUserinfo.body['access_token']))).status).toBe(200)
    const forApi = await refresh(harness.server, forUserinfo.body['refresh_token'], { resource: API })
    expect((await ask(bearer(forApi.body['access_token']))).status).toBe(401)
  })

  it('OI-09 takes no token without openid, no client token, no ID token, and none of a revoked grant', async () => {
    const without = await signIn(harness, { scope: 'notes:read' })
    const own = await post(
      harness.server,
      '/token',
      { grant_type: 'client_credentials', scope: 'notes:read' },
      asService,
    )
    const tokens = await signIn(harness)
    for (const token of [without['access_token'], own.body['access_token'], tokens['id_token']])
      expect((await ask(bearer(token))).status).toBe(401)
    expect((await ask(bearer(tokens['access_token']))).status).toBe(200)
    await post(harness.server, '/revoke', { client_id: 'web', token: tokens['refresh_token'] })
    expect((await ask(bearer(tokens['access_token']))).status).toBe(401)
  })

  it('OI-09 is nothing that a grant without openid is for', async () => {
    const { refresh_token: token } = await signIn(harness, { scope: 'notes:read offline_access' })
    expect((await refresh(harness.server, token, { resource: ISSUER })).body['error']).toBe('invalid_target')
    const page = await harness.browser().open(authorizeUrl({ scope: 'notes:read', resource: ISSUER }))
    expect(page.location).toContain('error=invalid_target')
  })

  it('OI-09 takes tokens for it alone, in which the claims that APIs read have no place', async () => {
    const asked: string[] = []
    harness = await createHarness({
      resources: { [API]: ['notes:read'], [FILES]: ['files:read'] },
      claims: ({ resource }) => {
        asked.push(resource)
        return { plan: 'free' }
      },
    })
    const { access_token: token } = await signIn(harness, { scope: 'openid' })
    expect((await ask(bearer(token))).status).toBe(200)
    expect([asked, claimsOf(token)]).toEqual([[], expect.not.objectContaining({ plan: 'free' })])
  })

  it('a narrower refresh opens less', async () => {
    const tokens = await signIn(harness, { scope: 'openid email offline_access' })
    const { body } = await refresh(harness.server, tokens['refresh_token'], { scope: 'openid' })
    expect((await ask(bearer(body['access_token']))).body).not.toHaveProperty('email')
  })

  it('takes an opaque token', async () => {
    harness = await createHarness({ resources: { [API]: { scopes: ['notes:read'], format: 'opaque' } } })
    expect((await ask(bearer((await signIn(harness))['access_token']))).body).toEqual({ sub: 'alice' })
  })

  it('DP-14 takes a bound token with its proof only, with nonces of its own', async () => {
    const client = await createProvingClient(harness)
    const form = { grant_type: 'authorization_code', client_id: 'web', code_verifier: verifier, redirect_uri: CALLBACK }
    const { body } = await client.post('/token', { ...form, code: (await codeFor(harness)) ?? '' })
    const token = body['access_token'] ?? ''
    expect((await ask(bearer(token))).status).toBe(401)
    // The nonce of the token endpoint is none of this resource. DP-16
    const first = await ask(await client.present(token, `${ISSUER}/userinfo`))
    expect([first.status, first.body.error]).toEqual([401, 'use_dpop_nonce'])
    const nonce = first.headers.get('dpop-nonce') ?? ''
    const proof = await client.proof('/userinfo', { method: 'GET', accessToken: token, nonce })
    const presented = { authorization: `DPoP ${token}`, dpop: proof }
    const second = await ask(presented)
    expect([second.status, second.headers.get('dpop-nonce')]).toEqual([200, nonce])
    expect((await ask(presented)).body.error).toBe('invalid_dpop_proof')
    const withoutToken = await client.proof('/userinfo', { method: 'GET', nonce })
    expect((await ask({ ...presented, dpop: withoutToken })).status).toBe(401)
  })

  it('says 503 when the store is away', async () => {
    const token = (await redeem(harness.server, await codeFor(harness))).body['access_token']
    const broken = await createHarness({
      store: { ...harness.store, findGrant: () => Promise.reject(new Error('down')) },
    })
    const response = await broken.server.fetch(new Request(`${ISSUER}/userinfo`, { headers: bearer(token) }))
    expect(response.status).toBe(503)
  })
})
