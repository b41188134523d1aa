import { describe, expect, it } from 'vitest'
import { createFetch, type FetchOptions, type InteractionNeed, resourceDiscovery } from '../fetch.js'
import { createTokenManager } from '../manager.js'
import { json } from '../testing/server.js'
import { type AppScope, managerWith, setup } from '../testing/setup.js'

const API = 'https://api.example'
const RESOURCE = `${API}/graphql`
const refuse = (challenge: string, status = 401) =>
  new Response('{}', { status, headers: { 'www-authenticate': challenge } })

type Setup = ReturnType<typeof setup>

/** A client, with a user's tokens or without, an API that answers as told, and a user who does what is asked. */
async function calling(
  answer: (request: Request, times: number) => Response,
  options: Partial<FetchOptions<AppScope>> & { isSignedIn?: boolean; sameTokens?: boolean } = {},
) {
  const { isSignedIn = true, ...more } = options
  const all: Setup = setup()
  const manager = isSignedIn
    ? await managerWith(all.client, await all.login(['openid', 'notes:read']))
    : createTokenManager(all.client)
  const asked: InteractionNeed<AppScope>[] = []
  const sent: Request[] = []
  const api = createFetch(manager, {
    allow: [API],
    interact: async (need) => {
      asked.push(need)
      all.clock.advance(1)
      return all.login(need.scope.length > 0 ? need.scope : ['openid'])
    },
    fetch: async (request) => {
      sent.push(request)
      return answer(request, sent.length)
    },
    ...more,
  })
  return { ...all, manager, asked, sent, api }
}

const STEP_UP = 'Bearer error="insufficient_user_authentication", acr_values="mfa hwk", max_age="300"'

describe('insufficient_user_authentication', () => {
  it('asks for the sign-in that the API wants, and sends the call again. RFC 9470 §4', async () => {
    const { api, asked } = await calling((_, times) => (times === 1 ? refuse(STEP_UP) : json({})))
    expect((await api(RESOURCE)).status).toBe(200)
    expect(asked).toEqual([
      { scope: ['openid', 'notes:read'], missing: [], acrValues: ['mfa', 'hwk'], maxAge: 300, resource: undefined },
    ])
  })

  it('SU-04 asks once when the API is never content, and gives its 401, now and later', async () => {
    const { api, asked, sent } = await calling(() => refuse(STEP_UP))
    expect((await api(RESOURCE)).status).toBe(401)
    expect((await api(RESOURCE)).status).toBe(401)
    expect(asked).toHaveLength(1)
    expect(sent).toHaveLength(3)
  })

  it('SU-04 asks again for another requirement, and after a login of the user', async () => {
    let challenge = STEP_UP
    const { api, asked, manager, login, clock } = await calling(() => refuse(challenge))
    await api(RESOURCE)
    challenge = 'Bearer error="insufficient_user_authentication", max_age="0"'
    await api(RESOURCE)
    expect(asked).toHaveLength(2)
    clock.advance(1)
    await manager.adopt(await login(['openid', 'notes:read']))
    await api(RESOURCE)
    expect(asked).toHaveLength(3)
  })

  it('does not ask again when another call has signed in meanwhile', async () => {
    const { api, asked, manager } = await calling((request) =>
      request.headers.get('authorization') === `Bearer ${first}` ? refuse(STEP_UP) : json({}),
    )
    const first = manager.tokens?.accessToken
    const responses = await Promise.all([1, 2, 3].map(() => api(RESOURCE)))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(asked).toHaveLength(1)
  })

  it.each(['max_age="soon"', 'max_age="-1"', ''])(
    'takes a requirement that is none (%s) for the answer',
    async (more) => {
      const { api, asked } = await calling(() => refuse(`Bearer error="insufficient_user_authentication", ${more}`))
      expect((await api(RESOURCE)).status).toBe(401)
      expect(asked).toEqual([])
    },
  )

  it('counts in a GraphQL answer too', async () => {
    const errors = [{ extensions: { challenge: STEP_UP } }]
    const { api, asked } = await calling((_, times) => (times === 1 ? json({ errors }) : json({ data: {} })))
    expect(await (await api(RESOURCE, { method: 'POST', body: '{}' })).json()).toEqual({ data: {} })
    expect(asked).toHaveLength(1)
  })
})

describe('an API that wants a token when nobody has signed in', () => {
  const WANTS = `Bearer resource_metadata="${API}/.well-known/oauth-protected-resource/graphql"`
  const document = {
    resource: RESOURCE,
    authorization_servers: ['https://auth.example'],
    scopes_supported: ['notes:read', 'delete:all'],
  }

  async function discovering(metadata: object, challenge = WANTS, options: Partial<FetchOptions<AppScope>> = {}) {
    const all = await calling(
      (request) => (request.headers.has('authorization') ? json({ ok: true }) : refuse(challenge)),
      { isSignedIn: false, discover: resourceDiscovery(), ...options },
    )
    const fetched: string[] = []
    all.server.override = (request) => {
      if (!request.url.startsWith(API)) return undefined
      fetched.push(request.url)
      return json(metadata)
    }
    return { ...all, fetched }
  }

  it('CL-18 is asked what it takes, and the user for the scope of it that is declared', async () => {
    const { api, asked, fetched } = await discovering(document)
    expect(await (await api(`${RESOURCE}?x=1`)).json()).toEqual({ ok: true })
    expect(fetched).toHaveLength(1)
    expect(asked).toMatchObject([{ scope: ['notes:read'], missing: ['notes:read'], resource: RESOURCE }])
  })

  it('is asked nothing unless discovery is switched on', async () => {
    const { api, asked, fetched } = await discovering(document, WANTS, { discover: undefined })
    expect((await api(RESOURCE)).status).toBe(401)
    expect([asked, fetched]).toEqual([[], []])
  })

  it('CL-17 does not choose the authorization server', async () => {
    const evil = { ...document, authorization_servers: ['https://evil.example'] }
    const { api, asked, server } = await discovering(evil)
    await expect(api(RESOURCE)).rejects.toMatchObject({ code: 'issuer_mismatch' })
    expect(asked).toEqual([])
    expect(server.log.some((line) => line.includes('register'))).toBe(false)
  })

  it.each([
    ['of another resource', { ...document, resource: 'https://evil.example' }, WANTS, 'resource_mismatch'],
    ['at another origin', document, 'Bearer resource_metadata="https://evil.example/meta"', 'resource_mismatch'],
    ['over http', document, 'Bearer resource_metadata="http://api.example/meta"', 'insecure_url'],
    ['of the cloud', document, 'Bearer resource_metadata="http://169.254.169.254/meta"', 'insecure_url'],
  ])('CL-14 gets no login for metadata %s', async (_, metadata, challenge, code) => {
    const { api, asked, sent } = await discovering(metadata, challenge)
    await expect(api(RESOURCE)).rejects.toMatchObject({ code })
    expect(asked).toEqual([])
    expect(sent.every(({ headers }) => !headers.has('authorization'))).toBe(true)
  })

  it('gives the 401 when the user declines, and does not ask again', async () => {
    const asked: unknown[] = []
    const { api } = await discovering(document, WANTS, {
      interact: async (need) => {
        asked.push(need)
        return undefined
      },
    })
    expect((await api(RESOURCE)).status).toBe(401)
    expect((await api(RESOURCE)).status).toBe(401)
    expect(asked).toHaveLength(1)
  })
})
