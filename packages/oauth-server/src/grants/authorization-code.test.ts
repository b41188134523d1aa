import { createHash } from 'node:crypto'
import { parseIdToken } from '@scopewise/token-core/id-token'
import { createCodeVerifier } from '@scopewise/token-core/pkce'
import { describe, expect, it } from 'vitest'
import {
  API,
  type AuthorizationParameters,
  authorizeAs,
  CALLBACK,
  codeFor,
  createHarness,
  eventNames,
  ISSUER,
  redeem,
  refresh,
  SERVICE_SECRET,
  signIn,
  verify,
  web,
} from '../testing/harness.js'

describe('authorization_code grant', () => {
  it('AZ-31 gives tokens that hold what was granted, and the nonce as it was sent', async () => {
    const harness = await createHarness()
    const { status, body } = await redeem(harness.server, await codeFor(harness, { nonce: 'n'.repeat(64) }))
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'openid offline_access notes:read' })
    const { claims } = await verify(harness, body['access_token'])
    expect(claims).toMatchObject({ sub: 'alice', client_id: 'web', aud: [API, ISSUER], auth_time: harness.clock.now })
    expect(parseIdToken(body['id_token'] ?? '').claims).toMatchObject({
      sub: 'alice',
      aud: 'web',
      nonce: 'n'.repeat(64),
      auth_time: harness.clock.now,
    })
  })

  it('OIDC Core §3.1.3.6 ties the ID token to its access token, and gives none where openid was not granted', async () => {
    const harness = await createHarness()
    const { id_token: idToken = '', access_token: accessToken = '' } = await signIn(harness)
    const half = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
    expect(parseIdToken(idToken).claims).toMatchObject({ at_hash: half })
    expect(await signIn(harness, { scope: 'notes:read' })).not.toHaveProperty('id_token')
  })

  it('AT-03 keeps openid and offline_access out of the access token', async () => {
    const harness = await createHarness()
    const { body } = await redeem(harness.server, await codeFor(harness, { resource: API }))
    const { claims } = await verify(harness, body['access_token'])
    expect(claims).toMatchObject({ aud: API, scope: 'notes:read' })
  })

  it('OI-06 signs the ID token with RS256 for a client that asks for it', async () => {
    const harness = await createHarness()
    const answer = await authorizeAs(harness.browser(), {
      client_id: 'confidential',
      redirect_uri: 'https://server.example/cb',
    })
    const changes = { client_id: 'confidential', client_secret: SERVICE_SECRET, redirect_uri: undefined }
    const { body } = await redeem(harness.server, answer.get('code'), changes)
    expect(parseIdToken(body['id_token'] ?? '').header.alg).toBe('RS256')
    expect(parseIdToken((await signIn(harness))['id_token'] ?? '').header.alg).toBe('ES256')
  })

  it('OIDC Core §5.4 puts into the ID token what the hook gives and the scope opens', async () => {
    const harness = await createHarness({
      userClaims: ({ subject }) => ({ name: `Name of ${subject}`, email: `${subject}@example.com`, plan: 'free' }),
    })
    const claimsWith = async (scope: string) =>
      parseIdToken((await signIn(harness, { scope }))['id_token'] ?? '').claims
    expect(await claimsWith('openid profile')).toMatchObject({ name: 'Name of alice', plan: 'free' })
    expect(await claimsWith('openid profile')).not.toHaveProperty('email')
    expect(await claimsWith('openid email')).not.toHaveProperty('name')
  })

  it('TK-01 TK-02 gives tokens to exactly one of ten simultaneous exchanges, and then revokes that grant', async () => {
    const harness = await createHarness()
    const code = await codeFor(harness)
    const answers = await Promise.all(Array.from({ length: 10 }, () => redeem(harness.server, code)))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    expect(answers.filter(({ body }) => body['error'] === 'invalid_grant')).toHaveLength(9)
    expect((await refresh(harness.server, won[0]?.body['refresh_token'])).status).toBe(400)
  })

  it.each([5, 61, 3600])('TK-03 RF-12 a valid replay after %d s revokes that grant and no other', async (delay) => {
    const harness = await createHarness()
    const other = await signIn(harness)
    const code = await codeFor(harness)
    const { body } = await redeem(harness.server, code)
    harness.clock.now += delay
    await harness.server.expire()
    expect((await redeem(harness.server, code)).body['error']).toBe('invalid_grant')
    expect((await refresh(harness.server, body['refresh_token'])).body['error']).toBe('invalid_grant')
    if (delay < 600) await expect(verify(harness, body['access_token'])).rejects.toMatchObject({ code: 'revoked' })
    expect((await refresh(harness.server, other['refresh_token'])).status).toBe(200)
    expect(eventNames(harness)).toContain('code.replayed')
    expect(harness.events.find(({ name }) => name === 'grant.revoked')?.event).toMatchObject({
      reason: 'code_replayed',
      clientId: 'web',
    })
  })

  it('TK-04 TK-05 TK-06 TK-07 TK-08 TK-10 a wrong attempt neither burns the code nor, later, revokes what it bought', async () => {
    const harness = await createHarness()
    const code = await codeFor(harness)
    const wrong: AuthorizationParameters[] = [
      { code_verifier: createCodeVerifier() },
      { redirect_uri: `${CALLBACK}/` },
      { client_id: 'native' },
      { client_id: 'confidential', client_secret: SERVICE_SECRET },
      { client_id: 'confidential', client_secret: 'wrong' },
      { resource: 'https://other.example/' },
      { code_verifier: undefined },
    ]
    const expected = [
      'invalid_grant',
      'invalid_grant',
      'invalid_grant',
      'invalid_grant',
      'invalid_client',
      'invalid_target',
      'invalid_grant',
    ]
    const attempt = async (attempts = wrong) =>
      (await Promise.all(attempts.map((changes) => redeem(harness.server, code, changes)))).map(
        ({ body }) => body['error'],
      )
    expect(await attempt()).toEqual(expected)
    const { body } = await redeem(harness.server, code)
    expect(body['access_token']).toBeDefined()
    // Whoever has code and verifier is a thief though they ask for another resource: that one is left out here.
    expect(await attempt(wrong.filter((changes) => !changes['resource']))).toEqual(
      expected.filter((error) => error !== 'invalid_target'),
    )
    expect((await refresh(harness.server, body['refresh_token'])).status).toBe(200)
    expect(eventNames(harness)).not.toContain('grant.revoked')
  })

  it('TK-07 needs no redirect_uri', async () => {
    const harness = await createHarness()
    expect((await redeem(harness.server, await codeFor(harness), { redirect_uri: undefined })).status).toBe(200)
  })

  it.each(['a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(42)}!`])(
    'TK-09 refuses the verifier %s',
    async (code_verifier) => {
      const harness = await createHarness()
      expect((await redeem(harness.server, await codeFor(harness), { code_verifier })).body['error']).toBe(
        'invalid_request',
      )
    },
  )

  it('AZ-21 a code ends after 60 s', async () => {
    const harness = await createHarness()
    const [late, inTime] = [await codeFor(harness), await codeFor(harness)]
    harness.clock.now += 59
    expect((await redeem(harness.server, inTime)).status).toBe(200)
    harness.clock.now += 1
    expect((await redeem(harness.server, late)).body['error']).toBe('invalid_grant')
  })

  it('AZ-42 gives a refresh token when offline_access was granted and the client may use it', async () => {
    const harness = await createHarness({
      clients: [web, { ...web, clientId: 'short', grantTypes: ['authorization_code'] }],
    })
    const has = async (client_id: string, scope: string) =>
      'refresh_token' in
      (await redeem(harness.server, await codeFor(harness, { client_id, scope }), { client_id })).body
    expect([await has('web', 'offline_access notes:read'), await has('web', 'notes:read')]).toEqual([true, false])
    expect([await has('short', 'offline_access notes:read'), await has('short', 'notes:read')]).toEqual([false, false])
  })

  it('a hook that fails leaves the code as it was', async () => {
    let broken = true
    const harness = await createHarness({
      claims: () => (broken ? Promise.reject(new Error('database password is x')) : {}),
    })
    const code = await codeFor(harness)
    const { status, body } = await redeem(harness.server, code)
    expect([status, body['error']]).toEqual([500, 'server_error'])
    expect(JSON.stringify(body)).not.toContain('password')
    broken = false
    expect((await redeem(harness.server, code)).status).toBe(200)
  })
})
