// The backend for pages, our authorization server and an API: three servers over HTTP on loopback, and a browser's cookies.
import { clientSecretBasic, createClient } from '@scopewise/oauth-client'
import { createBff, memorySessions } from '@scopewise/oauth-client/bff'
import { idTokenSignatures } from '@scopewise/oauth-client/idtoken'
import { hashClientSecret } from '@scopewise/oauth-server'
import { type RunningServer, serve } from '@scopewise/oauth-server/node'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Deployment, deploy, SECRET, scopes, signIn } from './our-server.js'

let running: RunningServer
let deployment: Deployment
let app = ''

beforeAll(async () => {
  let handle = async (_: Request) => new Response(null, { status: 503 })
  running = await serve({ port: 0, fetch: (request) => handle(request) })
  app = `http://127.0.0.1:${running.port}`
  const redirectUri = `${app}/bff/callback`
  deployment = await deploy({
    clients: [{ clientId: 'bff', redirectUris: [redirectUri], secretHash: await hashClientSecret(SECRET) }],
  })
  const client = createClient({
    // On a machine that does other things an answer takes its time.
    timeout: 60,
    issuer: deployment.issuer,
    clientId: 'bff',
    clientAuth: clientSecretBasic(SECRET),
    redirectUri,
    scopes,
    resource: deployment.api,
    verifySignature: idTokenSignatures(),
  })
  handle = createBff(client, {
    scope: ['openid', 'offline_access', 'notes:read'],
    store: memorySessions(),
    apis: [{ path: '/bff/api', url: deployment.api }],
  })
})
afterAll(async () => {
  await running.close()
  await deployment.close()
})
beforeEach(() => {
  deployment.log.length = 0
})

/** The cookies of one browser, and what its page sends. */
function openBrowser() {
  const cookies = new Map<string, string>()
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const headers = new Headers({
      'x-csrf': '1',
      ...(cookie && { cookie }),
      ...Object.fromEntries(new Headers(init.headers)),
    })
    const response = await fetch(new URL(path, app), { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  async function login(wish: Readonly<Record<string, unknown>> = {}): Promise<string | null> {
    const headers = { 'content-type': 'application/json' }
    const started = await send('/bff/login', { method: 'POST', headers, body: JSON.stringify(wish) })
    const { url } = await started.json()
    const back = await signIn(new URL(url), 'allow', `${app}/bff/callback`)
    return (await send(back.pathname + back.search)).headers.get('location')
  }
  return { cookies, send, login }
}

describe('the backend for pages', () => {
  it('CL-20 signs in, calls the API, asks for more, and signs out, while the browser has a cookie and nothing else', async () => {
    const { cookies, send, login } = openBrowser()
    expect((await send('/bff/session')).status).toBe(401)
    expect(await login({ returnTo: '/notes' })).toBe('/notes')
    const session = await (await send('/bff/session')).json()
    expect(session.claims).toMatchObject({ iss: deployment.issuer, sub: 'alice' })
    expect(await (await send('/bff/api')).json()).toMatchObject({ subject: 'alice' })

    const refused = await send('/bff/api', { method: 'POST', body: 'a note' })
    expect(refused.status).toBe(403)
    const [, scope] = /scope="([^"]*)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? []
    const before = cookies.get('__Host-bff')
    expect(await login({ scope: [scope] })).toBe('/')
    expect(cookies.get('__Host-bff')).not.toBe(before)
    expect(await (await send('/bff/api', { method: 'POST', body: 'a note' })).json()).toEqual({
      subject: 'alice',
      body: 'a note',
    })

    const old = cookies.get('__Host-bff') ?? ''
    const { url } = await (await send('/bff/logout', { method: 'POST' })).json()
    expect(new URL(url).origin).toBe(deployment.issuer)
    expect((await send('/bff/api', { headers: { cookie: `__Host-bff=${old}` } })).status).toBe(401)
    expect(deployment.log.filter((line) => line === 'POST /revoke')).toHaveLength(2)
  })

  it('CL-20 refuses what another site sends in the name of the user', async () => {
    const { send, login } = openBrowser()
    await login()
    deployment.log.length = 0
    for (const headers of [{ 'x-csrf': '' }, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])
      expect((await send('/bff/api', { headers })).status).toBe(403)
    expect(deployment.log).toEqual([])
  })

  it('passes a long body through as a stream', async () => {
    const { send, login } = openBrowser()
    await login({ scope: ['notes:write'] })
    const body = 'note '.repeat(60_000)
    const response = await send('/bff/api', { method: 'POST', body })
    expect((await response.json()).body).toHaveLength(300_000)
  })
})
