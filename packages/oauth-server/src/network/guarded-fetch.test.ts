import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCertificate } from '../testing/certificate.js'
import { createGuardedFetch, type DocumentFetcher } from './guarded-fetch.js'
import { COOLDOWN } from './host-gate.js'
import { type PinnedRequest, type PinningRuntime, pinningRuntime } from './pinned-exchange.js'

const HOST = 'client.example'
const { key, cert } = createCertificate(HOST)
let server: Server
let port = 0
let hits: string[] = []

beforeAll(async () => {
  server = createServer({ key, cert }, (request, response) => {
    hits.push(`${request.headers.host} ${request.url}`)
    const answers: Record<string, () => void> = {
      '/ok': () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}'),
      '/jwks': () => response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end('{}'),
      '/moved': () => response.writeHead(302, { location: '/ok' }).end(),
      '/html': () => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      '/large': () => response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(70_000)}"`),
      '/cut': () => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{')
        setImmediate(() => response.destroy())
      },
    }
    const answer = answers[request.url ?? ''] ?? (() => response.writeHead(404).end())
    answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port // listening on TCP, so it has one
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
beforeEach(() => {
  hits = []
})

/** Node's own way, but names mean what the test says, and loopback counts as public unless the test says otherwise. */
function create({
  addresses = ['127.0.0.1'],
  isAllowed = (): boolean => true,
  fetcher = undefined as DocumentFetcher | undefined,
  ports = [port],
} = {}) {
  const clock = { now: 1_800_000_000 }
  const pinned: PinnedRequest[] = []
  const node = pinningRuntime(cert)
  const runtime: PinningRuntime | undefined = node && {
    resolve: async () => addresses,
    exchange: (request) => {
      pinned.push(request)
      return node.exchange(request)
    },
  }
  const fetch = createGuardedFetch({ now: () => clock.now, ports, fetcher }, runtime, isAllowed)
  return { fetch, clock, pinned, url: (path: string) => `https://${HOST}:${port}${path}` }
}
const refused = (reason: string) => expect.objectContaining({ name: 'OAuthError', reason })

describe('createGuardedFetch', () => {
  it('MD-05 connects to the very address that was checked, under the name that the certificate proves', async () => {
    const { fetch, url, pinned } = create()
    const response = await fetch(url('/ok'))
    expect([response.status, await response.json()]).toEqual([200, { a: 1 }])
    expect(pinned.map(({ address }) => address)).toEqual(['127.0.0.1'])
    expect(hits).toEqual([`${HOST}:${port} /ok`])
    expect((await fetch(url('/jwks'))).status).toBe(200)
  })

  it('MD-05 resolves a name once: what it means a moment later does not count', async () => {
    let resolved = 0
    const node = pinningRuntime(cert)
    const runtime = node && {
      ...node,
      resolve: async () => {
        resolved++
        return resolved === 1 ? ['127.0.0.1'] : ['127.0.0.2']
      },
    }
    const fetch = createGuardedFetch(
      { now: () => 0, ports: [port], fetcher: undefined },
      runtime,
      (a) => a === '127.0.0.1',
    )
    expect((await fetch(`https://${HOST}:${port}/ok`)).status).toBe(200)
    expect(resolved).toBe(1)
  })

  it('MD-05 believes no certificate of another name', async () => {
    const { fetch } = create()
    await expect(fetch(`https://other.example:${port}/ok`)).rejects.toEqual(refused('unreachable'))
    expect(hits).toEqual([])
  })

  it.each([
    ['http://client.example/ok', 'not_https'],
    ['file:///etc/passwd', 'not_https'],
    ['https://user@client.example/ok', 'user_information'],
    ['https://client.example:8443/ok', 'port'],
    ['https://127.0.0.1/', 'address_literal'],
    ['https://2130706433/', 'address_literal'],
    ['https://0177.0.0.1/', 'address_literal'],
    ['https://0x7f.1/', 'address_literal'],
    ['https://127.0.0.1./', 'address_literal'],
    ['https://[::1]/', 'address_literal'],
    ['https://[::ffff:127.0.0.1]/', 'address_literal'],
    ['https://8.8.8.8/', 'address_literal'],
  ])('MD-05 asks nobody for %s', async (url, reason) => {
    const { fetch, pinned } = create()
    await expect(fetch(url)).rejects.toEqual(refused(reason))
    expect([pinned, hits]).toEqual([[], []])
  })

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['169.254.169.254']],
    [['8.8.8.8', '10.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['::ffff:127.0.0.1', '8.8.8.8']],
  ])('MD-05 makes no connection for a name that means %j', async (addresses) => {
    const clock = () => 0
    const { pinned, url } = create()
    const runtime: PinningRuntime = {
      resolve: async () => addresses,
      exchange: async (request) => {
        pinned.push(request)
        return Response.json({})
      },
    }
    const fetch = createGuardedFetch({ now: clock, ports: [port], fetcher: undefined }, runtime)
    await expect(fetch(url('/ok'))).rejects.toEqual(refused('private_address'))
    expect([pinned, hits]).toEqual([[], []])
  })

  it('MD-05 resolves localhost as any name, and refuses what it means', async () => {
    const fetch = createGuardedFetch({ now: () => 0, ports: [port], fetcher: undefined })
    for (const name of ['localhost', 'localhost.'])
      await expect(fetch(`https://${name}:${port}/ok`)).rejects.toEqual(
        expect.objectContaining({ reason: expect.stringMatching(/private_address|unreachable|limited/) }),
      )
    expect(hits).toEqual([])
  })

  it('MD-05 asks no proxy of the environment', async () => {
    const { fetch, url } = create()
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY']) process.env[name] = 'http://127.0.0.1:1'
    try {
      expect((await fetch(url('/ok'))).status).toBe(200)
    } finally {
      for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY']) delete process.env[name]
    }
  })

  it.each([
    ['/moved', 'status'],
    ['/none', 'status'],
    ['/html', 'content_type'],
    ['/large', 'unreachable'],
    ['/cut', 'unreachable'],
  ])('MD-05 takes no answer such as %s', async (path, reason) => {
    const { fetch, url } = create()
    await expect(fetch(url(path))).rejects.toEqual(refused(reason))
    expect(hits).toEqual([`${HOST}:${port} ${path}`])
  })

  it('MD-05 gives up when its caller does', async () => {
    const { url } = create()
    const runtime: PinningRuntime = {
      resolve: () => new Promise(() => undefined),
      exchange: () => new Promise(() => undefined),
    }
    const fetch = createGuardedFetch({ now: () => 0, ports: [port], fetcher: undefined }, runtime)
    const controller = new AbortController()
    const answer = fetch(url('/ok'), { signal: controller.signal })
    // One turn later, when it has begun to wait.
    setImmediate(() => controller.abort())
    await expect(answer).rejects.toEqual(refused('unresolved'))
  })

  it('MD-05 asks a host that fails once per cooldown, however many documents are said to be there', async () => {
    const { fetch, url, clock } = create()
    const flood = () => Promise.allSettled(Array.from({ length: 1000 }, (_, i) => fetch(url(`/none/${i}`))))
    await flood()
    await flood()
    expect(hits).toHaveLength(1)
    clock.now += COOLDOWN
    await flood()
    expect(hits).toHaveLength(2)
  })

  it('MD-05 asks a host that answers well a bounded number of times', async () => {
    const { fetch, url } = create()
    const answers: string[] = []
    for (let i = 0; i < 40; i++)
      answers.push(
        await fetch(url('/ok')).then(
          (response) => String(response.status),
          (error) => error.reason,
        ),
      )
    expect(answers.filter((answer) => answer === '200')).toHaveLength(30)
    expect(answers.at(-1)).toBe('limited')
  })

  it('MD-05 holds a fetcher that was handed in to the same limits', async () => {
    const answers: Record<string, () => Response> = {
      '/ok': () => Response.json({ a: 1 }),
      '/large': () => Response.json('x'.repeat(70_000)),
      '/html': () => new Response('<p>', { headers: { 'content-type': 'text/html' } }),
    }
    const asked: string[] = []
    const fetcher: DocumentFetcher = async (url) => {
      asked.push(url)
      return answers[new URL(url).pathname]?.() ?? new Response(null, { status: 404 })
    }
    const fresh = (path: string) => create({ fetcher }).fetch(`https://client.example${path}`)
    expect(await (await fresh('/ok')).json()).toEqual({ a: 1 })
    await expect(fresh('/large')).rejects.toEqual(refused('too_large'))
    await expect(fresh('/html')).rejects.toEqual(refused('content_type'))
    await expect(fresh('/none')).rejects.toEqual(refused('status'))
    await expect(create({ fetcher }).fetch('http://client.example/ok')).rejects.toEqual(refused('not_https'))
    expect(asked).toHaveLength(4)
  })
})
