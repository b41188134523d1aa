import { describe, expect, it } from 'vitest'
import { API, setupBff } from '../testing/bff.js'
import { json } from '../testing/server.js'

async function signedIn(options: Parameters<typeof setupBff>[0] = {}) {
  const all = setupBff(options)
  const tab = all.openTab()
  await tab.login()
  all.server.forms.length = 0
  const lastCall = () => all.calls.at(-1) ?? expect.fail('no call')
  return { ...all, all, tab, lastCall }
}

describe('the API proxy', () => {
  it('CL-20 calls the API with the token of the session, and with nothing of the browser that is its own', async () => {
    const { tab, lastCall } = await signedIn()
    const response = await tab.call('/bff/api/notes?x=1', {
      method: 'POST',
      body: '{"a":1}',
      headers: {
        'content-type': 'application/json',
        'content-length': '7',
        accept: 'application/json',
        authorization: 'Bearer stolen',
        dpop: 'x',
        origin: 'https://app.example',
        referer: 'https://app.example/secret',
        'sec-fetch-site': 'same-origin',
        'x-forwarded-for': '127.0.0.1',
        forwarded: 'for=127.0.0.1',
        te: 'trailers',
        connection: 'close, x-hop',
        'x-hop': '1',
        'x-own': 'kept',
      },
    })
    expect(await response.json()).toEqual({ ok: true })
    const call = lastCall()
    expect([call.method, call.url, await call.text()]).toEqual(['POST', `${API}notes?x=1`, '{"a":1}'])
    expect(Object.fromEntries(call.headers)).toEqual({
      accept: 'application/json',
      'content-type': 'application/json',
      'x-own': 'kept',
      authorization: expect.stringMatching(/^Bearer access-/),
    })
  })

  it('CL-20 lets nothing of the answer set cookies, open this origin to others, or name another host', async () => {
    const { tab, all } = await signedIn()
    all.api = () =>
      new Response('x', {
        status: 203,
        headers: {
          'content-type': 'text/plain',
          'set-cookie': '__Host-bff=evil; Path=/; Secure',
          'access-control-allow-origin': 'https://evil.example',
          'access-control-allow-credentials': 'true',
          'clear-site-data': '"*"',
          refresh: '0; url=https://evil.example',
          connection: 'x-hop',
          'x-hop': '1',
          'www-authenticate': 'Basic realm="your password"',
          etag: '"1"',
        },
      })
    const response = await tab.call('/bff/api/notes')
    expect(response.status).toBe(203)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/plain',
      etag: '"1"',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
  })

  it('tells the page what scope is missing', async () => {
    const { tab, all } = await signedIn()
    const challenge = 'Bearer error="insufficient_scope", scope="notes:write"'
    all.api = () => new Response(null, { status: 403, headers: { 'www-authenticate': challenge } })
    const response = await tab.call('/bff/api/notes')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([403, challenge])
  })

  it.each([
    [302, 'https://evil.example/', 502, null],
    [307, 'http://api.example/v1/x', 502, null],
    [301, 'https://api.example/v2/x', 502, null],
    [303, `${API}notes/5`, 303, '/bff/api/notes/5'],
    [302, 'notes/6', 302, '/bff/api/notes/6'],
    [304, undefined, 304, null],
  ])('CL-20 CL-15 follows no redirect: %i to %s', async (status, location, expected, own) => {
    const { tab, all, calls } = await signedIn()
    all.api = () => new Response(null, { status, headers: location === undefined ? {} : { location } })
    const response = await tab.call('/bff/api/x')
    expect([response.status, response.headers.get('location')]).toEqual([expected, own])
    expect(calls).toHaveLength(1)
  })

  it.each(['/bff//evil.example', '/bff/api//evil.example', '/bff/api/..%2f..%2fadmin', '/bff/@evil.example', '/evil'])(
    'CL-20 is no open proxy: %s',
    async (path) => {
      const { tab, calls } = await signedIn()
      expect((await tab.call(path)).status).toBe(404)
      expect(calls).toEqual([])
    },
  )

  it('does not call the API for somebody who is not signed in', async () => {
    const { openTab, calls } = setupBff()
    const response = await openTab().call('/bff/api/notes')
    expect([response.status, (await response.json()).error]).toEqual([401, 'login_required'])
    expect(calls).toEqual([])
  })

  it('CL-20 CL-06 renews once for five tabs with an expired token', async () => {
    const { tab, openTab, clock, server, calls } = await signedIn()
    clock.advance(600)
    const tabs = Array.from({ length: 5 }, () => openTab(tab.cookies))
    const responses = await Promise.all(tabs.map((each) => each.call('/bff/api/notes')))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(server.forms).toHaveLength(1)
    expect(server.reuses()).toBe(0)
    expect(new Set(calls.map(({ headers }) => headers.get('authorization'))).size).toBe(1)
  })

  it('renews after invalid_token and sends a short body again; a stream that is longer comes back with the 401', async () => {
    const { tab, all, server, calls } = await signedIn()
    let refused = 0
    all.api = async (request) => {
      const text = await request.text()
      if (refused++ % 2 === 1) return new Response(text)
      return new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
    }
    const short = { method: 'POST', body: 'again', headers: { 'content-length': '5' } }
    expect(await (await tab.call('/bff/api/notes', short)).text()).toBe('again')
    expect(server.forms).toHaveLength(1)
    calls.length = 0
    const long = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('once'))
        controller.close()
      },
    })
    const init = { method: 'POST', body: long, duplex: 'half' }
    expect((await tab.call('/bff/api/notes', init as RequestInit)).status).toBe(401)
    expect(calls).toHaveLength(1)
  })

  it('says that the session is over when the grant is, and that it is to try again when the server is away', async () => {
    const { tab, clock, server } = await signedIn()
    clock.advance(600)
    server.override = () => json({}, 503, { 'retry-after': '7' })
    const away = await tab.call('/bff/api/notes')
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '7'])
    server.override = () => json({ error: 'invalid_grant' }, 400)
    expect((await tab.call('/bff/api/notes')).status).toBe(401)
    server.override = () => undefined
    expect((await tab.call('/bff/api/notes')).status).toBe(401)
  })

  it('says that the API can not be reached', async () => {
    const { tab, all } = await signedIn()
    all.api = () => Promise.reject(new TypeError('fetch failed'))
    expect((await tab.call('/bff/api/notes')).status).toBe(502)
  })

  it('streams both ways', async () => {
    const { tab, all } = await signedIn()
    const seen: string[] = []
    const encoder = new TextEncoder()
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    all.api = (request) => {
      // The answer begins while the request is still being sent.
      const body = request.body?.pipeThrough(new TransformStream()) ?? null
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    }
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(encoder.encode('first'))
        await released
        controller.enqueue(encoder.encode('second'))
        controller.close()
      },
    })
    const init = { method: 'POST', body, duplex: 'half' }
    const response = await tab.call('/bff/api/events', init)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? expect.fail('no body')
    seen.push((await reader.read()).value ?? '')
    release()
    seen.push((await reader.read()).value ?? '')
    expect(seen).toEqual(['first', 'second'])
    expect((await reader.read()).done).toBe(true)
  })
})
