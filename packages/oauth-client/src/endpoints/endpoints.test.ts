import { createIdTokenIssuer, generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { describe, expect, it } from 'vitest'
import { signedUserinfo } from '../idtoken.js'
import { ISSUER, json } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { introspect } from './introspect.js'
import { userinfo } from './userinfo.js'

describe('introspect', () => {
  async function asking(answer: () => Response) {
    const all = setup()
    all.server.metadata['introspection_endpoint'] = `${ISSUER}/introspect`
    all.server.override = (request) => (request.url.endsWith('/introspect') ? answer() : undefined)
    return introspect(all.client, 'token', 'access_token')
  }

  it('gives what the server says about a token', async () => {
    expect(await asking(() => json({ active: true, scope: 'a b', sub: 'alice' }))).toEqual({
      active: true,
      scope: 'a b',
      sub: 'alice',
    })
    expect(await asking(() => json({ active: false }))).toEqual({ active: false })
  })

  it.each([{ active: 'true' }, {}, null, [true]])('CL-10 never takes %j for a living token', async (body) => {
    await expect(asking(() => json(body))).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('gives the refusal of the server', async () => {
    await expect(asking(() => json({ error: 'invalid_client' }, 401))).rejects.toMatchObject({
      code: 'token_refused',
      error: 'invalid_client',
    })
  })
})

describe('userinfo', () => {
  async function asking(answer: () => Response, scope: Parameters<ReturnType<typeof setup>['login']>[0] = ['openid']) {
    const all = setup()
    all.server.metadata['userinfo_endpoint'] = `${ISSUER}/userinfo`
    let authorization: string | null = null
    const tokens = await all.login(scope)
    all.server.override = (request) => {
      if (!request.url.endsWith('/userinfo')) return undefined
      authorization = request.headers.get('authorization')
      return answer()
    }
    return { info: await userinfo(all.client, tokens), authorization, tokens }
  }

  it('asks with the access token and gives the claims', async () => {
    const { info, authorization, tokens } = await asking(() => json({ sub: 'alice', name: 'Alice' }))
    expect(info).toEqual({ sub: 'alice', name: 'Alice' })
    expect(authorization).toBe(`Bearer ${tokens.accessToken}`)
  })

  it.each([{ sub: 'mallory' }, { name: 'Alice' }, null])('OI-02 refuses %j for the subject alice', async (body) => {
    await expect(asking(() => json(body))).rejects.toMatchObject({ code: 'invalid_id_token' })
  })

  it('OI-02 needs an ID token to compare with', async () => {
    await expect(asking(() => json({ sub: 'alice' }), ['notes:read'])).rejects.toMatchObject({
      code: 'invalid_configuration',
    })
  })

  it('gives the refusal of the server', async () => {
    await expect(asking(() => new Response('', { status: 503 }))).rejects.toMatchObject({ isRetryable: true })
  })
})

describe('userinfo, signed', () => {
  async function asking(sign: typeof signed, verify: ReturnType<typeof signedUserinfo> | undefined = signedUserinfo()) {
    const all = setup()
    all.server.metadata['userinfo_endpoint'] = `${ISSUER}/userinfo`
    all.server.metadata['jwks_uri'] = `${ISSUER}/jwks`
    const key = await importSigningKey(await generatePrivateJwk('ES256'))
    const tokens = await all.login(['openid'])
    let accept: string | null = null
    all.server.override = async (request) => {
      if (request.url.endsWith('/jwks')) return json({ keys: [key.publicJwk] })
      // `as`: undefined lets the server answer itself, which an async function can only say so.
      if (!request.url.endsWith('/userinfo')) return undefined as unknown as Response
      accept = request.headers.get('accept')
      return sign(key, all.clock.now)
    }
    return { info: await userinfo(all.client, tokens, { verify }), accept }
  }
  type Key = Awaited<ReturnType<typeof importSigningKey>>
  const answer = (jwt: string) => new Response(jwt, { headers: { 'content-type': 'application/jwt' } })
  const signed = async (keys: Key, now: () => number, { issuer = ISSUER, audience = 'web', subject = 'alice' } = {}) =>
    answer(await createIdTokenIssuer({ issuer, keys, now }).issue({ subject, audience }))

  it("OI-02 gives the claims when the signature is the server's and they are for this client", async () => {
    const { info, accept } = await asking(signed)
    expect(info).toMatchObject({ sub: 'alice', iss: ISSUER, aud: 'web' })
    expect(accept).toBe('application/jwt')
  })

  it.each([
    ['of another issuer', (key: Key, now: () => number) => signed(key, now, { issuer: 'https://evil.example' })],
    ['for another client', (key: Key, now: () => number) => signed(key, now, { audience: 'other' })],
    ['about somebody else', (key: Key, now: () => number) => signed(key, now, { subject: 'mallory' })],
    ['that has expired', (key: Key, now: () => number) => signed(key, () => now() - 86_400)],
    [
      'of a stranger',
      async (_: Key, now: () => number) => signed(await importSigningKey(await generatePrivateJwk('ES256')), now),
    ],
    ['that is no JWT', async () => answer('a.b.c')],
  ])('OI-02 refuses an answer %s', async (_, sign) => {
    await expect(asking(sign)).rejects.toMatchObject({ code: 'invalid_id_token' })
  })

  it('OI-02 takes no plain answer in its place, and no signed one unverified', async () => {
    await expect(asking(async () => json({ sub: 'alice' }))).rejects.toMatchObject({ code: 'invalid_response' })
    const all = setup()
    all.server.metadata['userinfo_endpoint'] = `${ISSUER}/userinfo`
    const tokens = await all.login(['openid'])
    all.server.override = (request) => (request.url.endsWith('/userinfo') ? answer('a.b.c') : undefined)
    await expect(userinfo(all.client, tokens)).rejects.toMatchObject({ code: 'invalid_response' })
  })
})
