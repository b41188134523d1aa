import { generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { createClientAssertion } from '@scopewise/token-core/client-assertion'
import { parseIdToken } from '@scopewise/token-core/id-token'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../storage/memory.js'
import { createProvingClient } from '../testing/dpop.js'
import {
  API,
  authorizeAs,
  authorizeUrl,
  claimsOf,
  codeFor,
  confidential,
  createHarness,
  createTestServer,
  eventNames,
  FILES,
  type Harness,
  ISSUER,
  native,
  post,
  redeem,
  refresh,
  SERVICE_SECRET,
  signIn,
  verifier,
  verify,
  web,
} from '../testing/harness.js'

describe('refresh_token grant of a client that keeps its token', () => {
  const keeping = { ...confidential, rotateRefreshTokens: false }
  const credentials = {
    client_id: keeping.clientId,
    client_secret: SERVICE_SECRET,
    redirect_uri: 'https://server.example/cb',
  }
  const keep = ({ server }: Harness, token: string | undefined) =>
    post(server, '/token', { grant_type: 'refresh_token', refresh_token: token, ...credentials })

  it('RF-07 gives the same refresh token, as often as it lives, and nothing once the grant was refreshed for long enough', async () => {
    const lifetimes = { refreshTokenIdle: 100, refreshToken: 250 }
    const harness = await createHarness({ clients: [keeping], defaultScope: [], lifetimes })
    const { redirect_uri, client_id } = credentials
    const code = await codeFor(harness, { redirect_uri, client_id })
    const { refresh_token: token } = (await redeem(harness.server, code, credentials)).body
    for (const step of [90, 90]) {
      harness.clock.now += step
      const answers = await Promise.all([keep(harness, token), keep(harness, token), keep(harness, token)])
      for (const { status, body } of answers) expect([status, body['refresh_token']]).toEqual([200, token])
      expect(new Set(answers.map(({ body }) => body['access_token'])).size).toBe(3)
    }
    harness.clock.now += 80
    expect((await keep(harness, token)).body['error']).toBe('invalid_grant')
    expect(eventNames(harness)).not.toContain('grant.revoked')
  })

  it('RF-07 gives nothing after its idle lifetime, nor to another client', async () => {
    const harness = await createHarness({ clients: [keeping, web], lifetimes: { refreshTokenIdle: 100 } })
    const { redirect_uri, client_id } = credentials
    const code = await codeFor(harness, { redirect_uri, client_id })
    const { refresh_token: token } = (await redeem(harness.server, code, credentials)).body
    expect((await refresh(harness.server, token)).body['error']).toBe('invalid_grant')
    harness.clock.now += 99
    expect((await keep(harness, token)).status).toBe(200)
    harness.clock.now += 100
    expect((await keep(harness, token)).body['error']).toBe('invalid_grant')
  })

  it('RF-08 stays the same for a client that authenticates with its key, and whose tokens are bound to another', async () => {
    const key = await importSigningKey(await generatePrivateJwk('ES256'))
    const signer = {
      clientId: 'signer',
      redirectUris: [credentials.redirect_uri],
      jwks: { keys: [key.publicJwk] },
      dpopBoundAccessTokens: true,
      rotateRefreshTokens: false,
    }
    const harness = await createHarness({ clients: [signer], dpopNonces: false })
    const client = await createProvingClient(harness)
    const send = async (form: Record<string, string | undefined>) => {
      const assertion = await createClientAssertion(key, { clientId: 'signer', issuer: ISSUER, now: harness.clock.now })
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      return client.post('/token', { ...form, client_assertion: assertion, client_assertion_type: type })
    }
    const code = (await codeFor(harness, { client_id: 'signer', redirect_uri: credentials.redirect_uri })) ?? ''
    const first = await send({ grant_type: 'authorization_code', code, code_verifier: verifier })
    const token = first.body['refresh_token']
    for (let day = 0; day < 3; day++) {
      harness.clock.now += 86_400
      const { body } = await send({ grant_type: 'refresh_token', refresh_token: token })
      expect([body['token_type'], body['refresh_token']]).toEqual(['DPoP', token])
    }
  })

  it('is refused at construction for a public client', () => {
    expect(() => createTestServer({ clients: [{ ...native, rotateRefreshTokens: false }] })).toThrow(
      /client native is public, so its refresh tokens are rotated/,
    )
  })
})

describe('refresh_token grant', () => {
  it('RF-01 gives a new token each time', async () => {
    const harness = await createHarness()
    const first = await signIn(harness)
    const { status, body } = await refresh(harness.server, first['refresh_token'])
    expect(status).toBe(200)
    expect(body['refresh_token']).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(body['refresh_token']).not.toBe(first['refresh_token'])
    expect((await verify(harness, body['access_token'])).claims.sub).toBe('alice')
  })

  it('RF-03 ten at once get one and the same successor, and an access token each', async () => {
    const harness = await createHarness()
    const { refresh_token: parent } = await signIn(harness)
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(harness.server, parent)))
    expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1)
    expect(new Set(answers.map(({ body }) => body['access_token'])).size).toBe(10)
    expect((await refresh(harness.server, answers[0]?.body['refresh_token'])).status).toBe(200)
  })

  it('RF-04 a retry gets the same successor until 30 s after the first rotation, and then the grant is revoked', async () => {
    const harness = await createHarness()
    const { refresh_token: parent } = await signIn(harness)
    const successor = (await refresh(harness.server, parent)).body['refresh_token']
    for (const step of [10, 10, 9]) {
      harness.clock.now += step
      expect((await refresh(harness.server, parent)).body['refresh_token']).toBe(successor)
    }
    harness.clock.now += 1
    expect((await refresh(harness.server, parent)).body['error']).toBe('invalid_grant')
    expect((await refresh(harness.server, successor)).body['error']).toBe('invalid_grant')
    expect(harness.events.find(({ name }) => name === 'grant.revoked')?.event).toMatchObject({
      reason: 'refresh_token_reused',
    })
  })

  it('RF-02 RF-04 using a token whose successor was used revokes its grant at once, and no other', async () => {
    const harness = await createHarness()
    const [device, stolen] = [await signIn(harness), await signIn(harness)]
    const second = await refresh(harness.server, stolen['refresh_token'])
    const third = await refresh(harness.server, second.body['refresh_token'])
    expect((await refresh(harness.server, stolen['refresh_token'])).body['error']).toBe('invalid_grant')
    expect((await refresh(harness.server, third.body['refresh_token'])).body['error']).toBe('invalid_grant')
    await expect(verify(harness, third.body['access_token'])).rejects.toMatchObject({ code: 'revoked' })
    expect(eventNames(harness)).toContain('refresh_token.reused')
    expect((await refresh(harness.server, device['refresh_token'])).status).toBe(200)
  })

  it('RF-12 recognises the first token of a living grant however late it comes', async () => {
    const harness = await createHarness()
    const first = (await signIn(harness))['refresh_token']
    let current = first
    for (let day = 0; day < 40; day += 10) {
      current = (await refresh(harness.server, current)).body['refresh_token']
      harness.clock.now += 10 * 86_400
      await harness.server.expire()
    }
    expect((await refresh(harness.server, first)).body['error']).toBe('invalid_grant')
    expect((await refresh(harness.server, current)).body['error']).toBe('invalid_grant')
    expect(eventNames(harness)).toContain('refresh_token.reused')
  })

  it('RF-05 ATT-030 another client gets nothing and revokes nothing', async () => {
    const harness = await createHarness()
    const { refresh_token: token } = await signIn(harness)
    expect((await refresh(harness.server, token, { client_id: 'native' })).body['error']).toBe('invalid_grant')
    const rotated = (await refresh(harness.server, token)).body['refresh_token']
    harness.clock.now += 100
    expect((await refresh(harness.server, token, { client_id: 'native' })).body['error']).toBe('invalid_grant')
    expect((await refresh(harness.server, rotated)).status).toBe(200)
  })

  it('ATT-038 a confidential client needs its secret', async () => {
    const harness = await createHarness()
    const answer = await authorizeAs(harness.browser(), {
      client_id: 'confidential',
      redirect_uri: 'https://server.example/cb',
    })
    const withSecret = { client_id: 'confidential', client_secret: SERVICE_SECRET }
    const { body } = await redeem(harness.server, answer.get('code'), { ...withSecret, redirect_uri: undefined })
    expect((await refresh(harness.server, body['refresh_token'], { client_id: 'confidential' })).body['error']).toBe(
      'invalid_client',
    )
    expect((await refresh(harness.server, body['refresh_token'], withSecret)).status).toBe(200)
  })

  it('RF-06 narrows for one access token, never widens, and keeps the grant as it was', async () => {
    const harness = await createHarness()
    const { refresh_token: token } = await signIn(harness, { scope: 'offline_access notes:write' })
    expect((await refresh(harness.server, token, { scope: 'notes:read admin' })).body['error']).toBe('invalid_scope')
    const narrow = (await refresh(harness.server, token, { scope: 'notes:read' })).body
    expect(narrow['scope']).toBe('notes:read')
    expect((await refresh(harness.server, narrow['refresh_token'])).body['scope']).toBe('offline_access notes:write')
  })

  it('RF-07 ends when it is not used, and with the grant however often it is used', async () => {
    const harness = await createHarness({ lifetimes: { refreshTokenIdle: 100, refreshToken: 250 } })
    const idle = (await signIn(harness))['refresh_token']
    let used = (await signIn(harness))['refresh_token']
    for (let i = 0; i < 3; i++) {
      harness.clock.now += 80
      const { status, body } = await refresh(harness.server, used)
      expect(status).toBe(200)
      used = body['refresh_token']
    }
    expect((await refresh(harness.server, idle)).body['error']).toBe('invalid_grant')
    harness.clock.now += 10
    expect((await refresh(harness.server, used)).body['error']).toBe('invalid_grant')
    expect(eventNames(harness)).not.toContain('grant.revoked')
  })

  it('RF-11 RF-14 gives a retry its own resource and the same refresh token', async () => {
    const harness = await createHarness({
      resources: { [API]: ['notes:read'], [FILES]: ['files:read'] },
      defaultResource: API,
    })
    const { refresh_token: token } = await signIn(harness)
    expect((await refresh(harness.server, token, { resource: FILES })).body['error']).toBe('invalid_target')
    const [a, b] = await Promise.all([
      refresh(harness.server, token),
      refresh(harness.server, token, { resource: API, scope: 'openid' }),
    ])
    expect(a?.body['refresh_token']).toBe(b?.body['refresh_token'])
    expect([a?.body['scope'], b?.body['scope']]).toEqual(['openid offline_access notes:read', 'openid'])
  })

  it('RF-13 a change of the secret inside the window still gives the same successor, and without the old secret nothing', async () => {
    const shared = { store: memoryStore() }
    const old = await createHarness(shared)
    const { refresh_token: token } = await signIn(old)
    const successor = (await refresh(old.server, token)).body['refresh_token']
    const both = await createHarness({
      ...shared,
      secret: ['another secret of the server: 0123456789', 'a secret for tests: 0123456789abcdefghijklmnop'],
    })
    expect((await refresh(both.server, token)).body['refresh_token']).toBe(successor)
    const without = await createHarness({ ...shared, secret: 'another secret of the server: 0123456789' })
    // Nobody did anything wrong, so nothing is revoked.
    expect((await refresh(without.server, token)).body).toMatchObject({ error: 'invalid_grant' })
    expect((await refresh(both.server, successor)).status).toBe(200)
  })

  it('AZ-43 a right that was lost is lost at the next refresh, and so is a grant that has none left', async () => {
    let rights = ['notes:read', 'admin']
    const harness = await createHarness({
      allow: ({ requested }) => requested.filter((value) => rights.includes(value)),
    })
    let { refresh_token: token } = await signIn(harness, { scope: 'offline_access notes:read admin' })
    rights = ['notes:read']
    const { body } = await refresh(harness.server, token)
    expect(body['scope']).toBe('offline_access notes:read')
    token = body['refresh_token'] ?? ''
    rights = []
    expect((await refresh(harness.server, token, { scope: 'notes:read' })).body['error']).toBe('invalid_scope')
  })

  it.each(['allow', 'claims', 'userClaims'])('what the hook %s refuses costs no refresh token', async (hook) => {
    let isBroken = false
    const refuse = (answer: unknown) => (isBroken ? Promise.reject(new Error('away')) : answer)
    const harness = await createHarness({
      [hook]: ({ requested }: { requested?: readonly string[] }) => refuse(requested ?? {}),
    })
    const { refresh_token: token } = await signIn(harness)
    isBroken = true
    expect((await refresh(harness.server, token)).status).toBe(500)
    isBroken = false
    // Past any retry window: it was never rotated.
    harness.clock.now += 200
    expect((await refresh(harness.server, token)).status).toBe(200)
  })

  it.each(['x', 'A'.repeat(42), `${'A'.repeat(42)}B`, `${'A'.repeat(42)}!`, 'A'.repeat(600)])(
    'what can be no refresh token is none: %#',
    async (token) => {
      const harness = await createHarness()
      expect((await refresh(harness.server, token)).body['error']).toMatch(/^invalid_(grant|request)$/)
      expect(eventNames(harness)).not.toContain('error')
    },
  )

  it('RF-14 gives each of two refreshes at once a token for its own API, and both the same refresh token', async () => {
    const resources = { [API]: ['notes:read'], [FILES]: ['files:read'] } as const
    const harness = await createHarness({ resources })
    const url = `${authorizeUrl({ scope: 'notes:read files:read offline_access', resource: API })}&resource=${encodeURIComponent(FILES)}`
    const browser = harness.browser()
    const consent = await browser.submit(await browser.open(url), { username: 'alice', password: 'wonderland' })
    const { location } = await browser.submit(consent, { decision: 'allow' })
    const code = new URL(location ?? '').searchParams.get('code')
    const { refresh_token: token } = (await redeem(harness.server, code, { resource: API })).body
    const answers = await Promise.all([API, FILES].map((resource) => refresh(harness.server, token, { resource })))
    expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1)
    expect(answers.map(({ body }) => claimsOf(body['access_token'])['aud'])).toEqual([API, FILES])
    expect(answers.map(({ body }) => body['scope'])).toEqual(['notes:read offline_access', 'files:read offline_access'])
  })

  it('TK-21 gives nothing to a client that may not refresh', async () => {
    const store = memoryStore()
    const { refresh_token: token } = await signIn(await createHarness({ store }))
    const { server } = await createHarness({ store, clients: [{ ...web, grantTypes: ['authorization_code'] }] })
    expect((await refresh(server, token)).body['error']).toBe('unauthorized_client')
  })

  it('SU-03 keeps auth_time, and the ID token has no nonce', async () => {
    const harness = await createHarness()
    const first = await signIn(harness, { nonce: 'n' })
    const signedInAt = harness.clock.now
    harness.clock.now += 3600
    const { body } = await refresh(harness.server, first['refresh_token'])
    expect((await verify(harness, body['access_token'])).claims.auth_time).toBe(signedInAt)
    expect(parseIdToken(body['id_token'] ?? '').claims).toMatchObject({ sub: 'alice', auth_time: signedInAt })
    expect(parseIdToken(body['id_token'] ?? '').claims.nonce).toBeUndefined()
  })

  it('RF-04 without a retry window every second use is reuse', async () => {
    const harness = await createHarness({ lifetimes: { retryWindow: 0 } })
    const { refresh_token: token } = await signIn(harness)
    await refresh(harness.server, token)
    expect((await refresh(harness.server, token)).body['error']).toBe('invalid_grant')
    expect(eventNames(harness)).toContain('refresh_token.reused')
  })
})
