import { createIdTokenIssuer, generatePrivateJwk, importSigningKey, type SigningKey } from '@scopewise/token-core'
import { createLogoutTokenIssuer, memoryReplay } from '@scopewise/token-core/logout-token'
import { describe, expect, it } from 'vitest'
import { finishAuthorization } from './authorization/finish.js'
import { startAuthorization } from './authorization/start.js'
import { type IdTokenSignaturesOptions, idTokenSignatures, type LogoutTokensOptions, logoutTokens } from './idtoken.js'
import { ISSUER, json } from './testing/server.js'
import { setup } from './testing/setup.js'

const own = await importSigningKey(await generatePrivateJwk('ES256'))
const stranger = await importSigningKey(await generatePrivateJwk('ES256'))

/** A login whose ID token is signed with `key`, at a server that publishes `own`. */
async function login(key: SigningKey, options: IdTokenSignaturesOptions = {}, keySet: () => Response = publish) {
  const all = setup({ verifySignature: idTokenSignatures(options) })
  all.server.metadata['jwks_uri'] = `${ISSUER}/jwks`
  const { url } = await startAuthorization(all.client, { scope: ['openid'] })
  const issuer = createIdTokenIssuer({ issuer: ISSUER, keys: key, now: all.clock.now })
  const nonce = url.searchParams.get('nonce') ?? undefined
  const idToken = await issuer.issue({ subject: 'alice', audience: 'web', nonce })
  all.server.override = (request) => {
    if (request.url.endsWith('/jwks')) return keySet()
    const tokens = { access_token: 'a', token_type: 'Bearer', id_token: idToken }
    return request.url.endsWith('/token') ? json(tokens) : undefined
  }
  return finishAuthorization(all.client, await all.server.authorize(url))
}

const publish = () => json({ keys: [own.publicJwk] })

describe('idTokenSignatures', () => {
  it('OI-01 verifies with the keys of the server, and says so', async () => {
    const { tokens } = await login(own)
    expect(tokens).toMatchObject({ signatureVerified: true, claims: { sub: 'alice' } })
  })

  it('OI-01 refuses the signature of a stranger', async () => {
    await expect(login(stranger)).rejects.toMatchObject({ code: 'invalid_id_token' })
  })

  it('OI-01 refuses another algorithm than registered', async () => {
    await expect(login(own, { algorithms: ['RS256'] })).rejects.toMatchObject({ code: 'invalid_id_token' })
    await expect(login(own, { algorithms: ['RS256', 'ES256'] })).resolves.toBeDefined()
  })

  it('CL-10 fails closed when there are no keys', async () => {
    await expect(login(own, {}, () => json({ keys: [] }))).rejects.toMatchObject({
      code: expect.stringMatching(/invalid_id_token|server_unavailable/),
    })
    await expect(login(own, {}, () => json({}, 500))).rejects.toMatchObject({
      code: 'server_unavailable',
      isRetryable: true,
    })
  })
})

describe('logoutTokens', () => {
  /** A logout token as the server issues it, or with other hands. */
  async function receive(
    key: SigningKey,
    more: { issuer?: string; audience?: string; age?: number } = {},
    options: Partial<LogoutTokensOptions> = {},
    keySet: () => Response = publish,
  ) {
    const all = setup()
    all.server.metadata['jwks_uri'] = `${ISSUER}/jwks`
    all.server.override = (request) => (request.url.endsWith('/jwks') ? keySet() : undefined)
    const verify = logoutTokens({ replay: memoryReplay(), ...options })
    const { issuer = ISSUER, audience = 'web', age = 0 } = more
    const now = () => all.clock.now() - age
    const jwt = await createLogoutTokenIssuer({ issuer, keys: key, now }).issue({
      audience,
      subject: 'alice',
      sessionId: 's1',
    })
    return { jwt, verify: (text: string) => verify(all.client, text) }
  }

  it('OI-05 gives whom to sign out, once', async () => {
    const { jwt, verify } = await receive(own)
    expect(await verify(jwt)).toMatchObject({ sub: 'alice', sid: 's1' })
    await expect(verify(jwt)).rejects.toMatchObject({ code: 'invalid_logout_token' })
  })

  it.each([
    ['of another issuer', { issuer: 'https://evil.example' }],
    ['for another client', { audience: 'other' }],
    ['that has expired', { age: 3600 }],
    ['of the future', { age: -3600 }],
  ])('OI-05 refuses a token %s', async (_, more) => {
    const { jwt, verify } = await receive(own, more)
    await expect(verify(jwt)).rejects.toMatchObject({ code: 'invalid_logout_token' })
  })

  it('OI-05 refuses a stranger, an ID token, and junk', async () => {
    const { jwt } = await receive(stranger)
    const { verify } = await receive(own)
    const idToken = await createIdTokenIssuer({ issuer: ISSUER, keys: own }).issue({
      subject: 'alice',
      audience: 'web',
    })
    for (const text of [jwt, idToken, 'a.b.c', ''])
      await expect(verify(text)).rejects.toMatchObject({ code: 'invalid_logout_token' })
  })

  it('CL-10 fails closed when the keys can not be had', async () => {
    const { jwt, verify } = await receive(own, {}, {}, () => json({}, 500))
    await expect(verify(jwt)).rejects.toMatchObject({ code: 'server_unavailable', isRetryable: true })
  })
})
