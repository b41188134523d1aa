import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type RunningServer, serve, toNodeHandler } from './node.js'
import { authorizeUrl, basic, createHarness, SERVICE_SECRET } from './testing/harness.js'

const running: RunningServer[] = []
afterEach(() => Promise.all(running.splice(0).map((server) => server.close())))

async function start(
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<{ server: RunningServer; origin: string }> {
  const server = await serve({ fetch, port: 0 })
  running.push(server)
  return { server, origin: `http://127.0.0.1:${server.port}` }
}

const POST_FORM = 'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n'

/** A connection to the newest server, over which this was sent. */
function open(text: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(running.at(-1)?.port ?? 0, '127.0.0.1', () => socket.write(text, () => resolve(socket)))
    socket.on('error', reject)
  })
}

const credentials = {
  method: 'POST',
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
  headers: basic('service', SERVICE_SECRET),
}

describe('toNodeHandler', () => {
  it('sends an answer whole, and with its changes, whoever has looked into it on the way', async () => {
    const { server } = await createHarness()
    const looks: Readonly<Record<string, (response: Response) => unknown>> = {
      headers: (response) => response.headers.set('x-seen', 'yes'),
      body: (response) => response.body,
      clone: (response) => response.clone().text(),
    }
    for (const look of Object.values(looks)) {
      const { origin } = await start(async (request) => {
        const response = await server.fetch(request)
        await look(response)
        return response
      })
      const answer = await fetch(`${origin}/jwks`)
      expect([answer.status, answer.headers.get('x-seen')]).toEqual([200, look === looks['headers'] ? 'yes' : null])
      expect(await answer.json()).toHaveProperty('keys')
      const { etag } = Object.fromEntries(answer.headers)
      const again = await fetch(`${origin}/jwks`, { headers: { 'if-none-match': etag ?? '' } })
      expect([again.status, await again.text()]).toEqual([304, ''])
    }
  })

  it('keeps every cookie on a response that has fields already, as Express sets some', async () => {
    const headers = new Headers({ 'content-type': 'text/plain' })
    for (const cookie of ['a=1', 'b=2', 'c=3']) headers.append('set-cookie', cookie)
    const handle = toNodeHandler(() => new Response('done', { status: 201, headers }))
    const http = createServer((request, response) => {
      response.setHeader('x-powered-by', 'Express')
      handle(request, response)
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    try {
      const address = http.address()
      const answer = await fetch(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
      expect([answer.status, await answer.text(), answer.headers.getSetCookie()]).toEqual([
        201,
        'done',
        ['a=1', 'b=2', 'c=3'],
      ])
      expect(answer.headers.get('x-powered-by')).toBe('Express')
      expect(answer.headers.get('content-type')).toBe('text/plain')
    } finally {
      http.closeAllConnections()
      http.close()
    }
  })
})

describe('serve', () => {
  it('answers over HTTP what the server answers', async () => {
    const { server } = await createHarness()
    const { origin } = await start(server.fetch)
    const response = await fetch(`${origin}/token`, credentials)
    expect([response.status, response.headers.get('cache-control'), (await response.json()).token_type]).toEqual([
      200,
      'no-store',
      'Bearer',
    ])
    const page = await fetch(authorizeUrl({ redirect_uri: 'https://evil.example/' }, origin), { redirect: 'manual' })
    expect([page.status, page.headers.get('location'), page.headers.get('x-frame-options')]).toEqual([
      400,
      null,
      'DENY',
    ])
    const redirect = await fetch(authorizeUrl({}, origin), { redirect: 'manual' })
    expect([redirect.status, redirect.headers.getSetCookie().length]).toEqual([303, 1])
    expect((await fetch(`${origin}/.well-known/openid-configuration`)).status).toBe(200)
  })

  it('OP-06 answers a body of 10 MB with 413, and does not wait for it', async () => {
    const { server } = await createHarness()
    const { origin } = await start(server.fetch)
    for (const size of [1_000_000, 10_000_000]) {
      const response = await fetch(`${origin}/token`, {
        ...credentials,
        body: new URLSearchParams({ x: 'x'.repeat(size) }),
      })
      expect([response.status, (await response.json()).error]).toEqual([413, 'invalid_request'])
    }
    expect((await fetch(`${origin}/token`, credentials)).status).toBe(200)

    const announced = await open(`${POST_FORM}Content-Length: 10000000\r\n\r\ngrant_type=`)
    expect(await once(announced, 'data').then(String)).toMatch(/^HTTP\/1\.1 413 /)
    announced.destroy()
  })

  it('OP-06 answers headers of 100 kB with 431', async () => {
    const { server } = await createHarness()
    await start(server.fetch)
    const socket = await open(`GET /jwks HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`)
    expect(await once(socket, 'data').then(String)).toMatch(/^HTTP\/1\.1 431 /)
    socket.destroy()
  })

  it('OP-06 goes on answering beside 500 connections that trickle headers and bodies', async () => {
    const { server } = await createHarness()
    const { origin } = await start(server.fetch)
    const begun = [`${POST_FORM}X-Slow: `, `${POST_FORM}Content-Length: 60000\r\n\r\ngrant_type=`]
    const slow = await Promise.all(Array.from({ length: 500 }, (_, i) => open(begun[i % 2] ?? '')))
    for (let check = 0; check < 50; check++) {
      for (const socket of slow) socket.write('x')
      expect((await fetch(`${origin}/.well-known/openid-configuration`)).status).toBe(200)
    }
    expect(slow.filter(({ readyState }) => readyState !== 'open')).toEqual([])
    for (const socket of slow) socket.destroy()
    expect((await fetch(`${origin}/token`, credentials)).status).toBe(200)
  })

  it('OP-07 survives a handler that throws, and bytes that are not HTTP', async () => {
    const { server, origin } = await start(() => {
      throw new Error('secret detail')
    })
    const response = await fetch(origin)
    expect([response.status, await response.text()]).toEqual([500, '{"error":"server_error"}'])
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.end('\u0000\u0001 not http\r\n\r\n')
    socket.resume()
    await closed
    expect((await fetch(origin)).status).toBe(500)
  })

  it('close answers what is in flight, closes idle connections, and frees the port', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let arrived: () => void = () => undefined
    const inFlight = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { server, origin } = await start(async (request) => {
      if (new URL(request.url).pathname === '/slow') {
        arrived()
        await held
      }
      return new Response('done')
    })
    expect(await (await fetch(origin)).text()).toBe('done') // leaves an idle connection behind
    const slow = fetch(`${origin}/slow`)
    await inFlight
    const closed = server.close()
    setTimeout(release, 50)
    expect(await (await slow).text()).toBe('done')
    await closed
    expect(server.close()).toBe(server.close())
    await expect(fetch(origin)).rejects.toThrow()
    const again = await serve({ fetch: () => new Response('again'), port: server.port })
    running.push(again)
    expect(again.port).toBe(server.port)
  })

  it('says which port is taken', async () => {
    const { server } = await start(() => new Response('x'))
    await expect(serve({ fetch: () => new Response('y'), port: server.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })
})
