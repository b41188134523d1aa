import { createIdTokenIssuer, generatePrivateJwk, importSigningKey, type SigningKey } from '@scopewise/token-core'
import { describe, expect, it } from 'vitest'
import { finishAuthorization } from './authorization/finish.js'
import { startAuthorization } from './authorization/start.js'
import { type IdTokenSignaturesOptions, idTokenSignatures } from './idtoken.js'
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
