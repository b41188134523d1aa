import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { loopbackInteraction, openBrowser } from './node.js'
import { setup } from './testing/setup.js'

/** Asks as a program on this machine would. */
const ask = (url: URL | string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    httpRequest(url, { headers, method }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
      .on('error', reject)
      .end()
  })

describe('loopbackInteraction', () => {
  it('signs in over a server of its own on 127.0.0.1, with a free port', async () => {
    const { client, server } = setup({ redirectUri: undefined, transactions: undefined })
    let page: Awaited<ReturnType<typeof ask>> | undefined
    let redirectUri = ''
    const signIn = loopbackInteraction(client, {
      async open(url) {
        redirectUri = url.searchParams.get('redirect_uri') ?? ''
        page = await ask(await server.authorize(url))
      },
    })
    const tokens = await signIn({ scope: ['openid', 'notes:read'] })
    expect(tokens.claims?.sub).toBe('alice')
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d{4,5}\/callback$/)
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('signed in') })
    await expect(ask(redirectUri)).rejects.toThrow()
  })

  it('CL-02 turns foreign requests away, and none of them ends the login', async () => {
    const { client, server } = setup()
    const statuses: (number | undefined)[] = []
    const signIn = loopbackInteraction(client, {
      async open(url) {
        const back = await server.authorize(url)
        const { origin } = back
        const foreign = new URL(back)
        foreign.searchParams.set('state', 'invented')
        for (const target of [foreign, `${origin}/other?state=1`, `${origin}/callback`])
          statuses.push((await ask(target)).status)
        statuses.push((await ask(back, { host: 'rebound.example' })).status)
        statuses.push((await ask(back, {}, 'POST')).status)
        statuses.push((await ask(back)).status)
      },
    })
    expect((await signIn({ scope: ['notes:read'] })).accessToken).toBeTruthy()
    expect(statuses).toEqual([400, 404, 404, 404, 404, 200])
  })

  it('ends with the refusal of the user', async () => {
    const { client, server } = setup()
    const signIn = loopbackInteraction(client, {
      open: async (url) => ask(await server.authorize(url, { code: undefined, error: 'access_denied' })),
    })
    await expect(signIn({ scope: [] })).rejects.toMatchObject({ code: 'authorization_refused', error: 'access_denied' })
  })

  it('ends when the time is over, when it is aborted, and when the port is taken', async () => {
    const { client } = setup()
    const late = loopbackInteraction(client, { open: () => undefined, timeout: 0.02 })
    await expect(late({ scope: [] })).rejects.toMatchObject({ code: 'interaction_failed' })
    const leaving = new AbortController()
    const aborted = loopbackInteraction(client, {
      open: () => leaving.abort(new Error('gone')),
      signal: leaving.signal,
    })
    await expect(aborted({ scope: [] })).rejects.toThrow('gone')
    const done = new AbortController()
    const holder = loopbackInteraction(client, {
      signal: done.signal,
      open: async (url) => {
        const taken = Number(new URL(url.searchParams.get('redirect_uri') ?? '').port)
        const second = loopbackInteraction(client, { port: taken, open: () => undefined })
        await expect(second({ scope: [] })).rejects.toMatchObject({ code: 'interaction_failed' })
        done.abort(new Error('seen'))
      },
    })
    await expect(holder({ scope: [] })).rejects.toThrow('seen')
  })
})

describe('openBrowser', () => {
  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    '$(calc)',
    'http://auth.example/',
    'https://a.example/#$(calc)',
  ])('CL-04 ATT-078 opens no %s', (url) => {
    expect(() => openBrowser(url)).toThrow(expect.objectContaining({ code: 'insecure_url' }))
  })
})
