import { describe, expect, it } from 'vitest'
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
