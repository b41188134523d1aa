import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { NOW, signingKey } from '../testing/fixtures.js'
import { endpoint, find, jwks, listen, look, settle } from '../testing/jwks.js'
import { remoteKeys } from './remote.js'
import type { RemoteKeysEvent } from './remote-options.js'

const known = await signingKey()
const good = JSON.stringify({ keys: [known.publicJwk] })
const JSON_HEADERS = { 'content-type': 'application/json' }

/** What goes wrong at an endpoint, over real sockets. */
const outages: Record<string, RequestListener> = {
  'a refused connection': (request) => request.socket.destroy(),
  'status 500': (_, response) => response.writeHead(500).end('no'),
  'a slow drip': (_, response) => {
    response.writeHead(200, JSON_HEADERS)
    // A byte every few milliseconds: never silent, never done.
    const timer = setInterval(() => response.write(' '), 5)
    response.on('close', () => clearInterval(timer))
  },
  'ten megabytes': (_, response) => response.writeHead(200, JSON_HEADERS).end(Buffer.alloc(10_000_000, ' ')),
  HTML: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>maintenance</html>'),
  'HTML that says it is JSON': (_, response) => response.writeHead(200, JSON_HEADERS).end('<html>'),
  'an empty set': (_, response) => response.writeHead(200, JSON_HEADERS).end('{"keys":[]}'),
  'no keys member': (_, response) => response.writeHead(200, JSON_HEADERS).end('{}'),
  'only a symmetric key': (_, response) =>
    response.writeHead(200, JSON_HEADERS).end(`{"keys":[{"kty":"oct","k":"AAAA","kid":"${known.kid}"}]}`),
  'a repeated member': (_, response) => response.writeHead(200, JSON_HEADERS).end(`{"keys":[],${good.slice(1)}`),
  'half an answer': (_, response) => {
    response.writeHead(200, { ...JSON_HEADERS, 'content-length': '1000' })
    response.write('{"keys":[', () => response.destroy())
  },
}

const serveGood: RequestListener = (_, response) => response.writeHead(200, JSON_HEADERS).end(good)

/** Seconds: what drips is waited for to the end, the rest only on a very busy machine. */
const timeoutFor = (name: string | undefined) => (name === 'a slow drip' ? 0.5 : 10)

/** A source over real HTTP whose endpoint can break, with a clock in hand. */
async function setUp(listener: RequestListener, timeout: number) {
  const state = { listener, calls: 0, now: NOW, events: [] as RemoteKeysEvent[] }
  const server = await listen((request, response) => state.listener(request, response))
  const source = remoteKeys(server.url, {
    fetch(input, init) {
      state.calls++
      return globalThis.fetch(input, init)
    },
    timeout,
    staleIfError: 3600,
    now: () => state.now,
    random: () => 0,
    onEvent: (event) => state.events.push(event),
  })
  /** The fetch that is underway has ended, one way or the other. */
  const ended = async (count: number) => {
    while (state.events.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { state, server, source, ended }
}

/** A good answer may come too late on a busy machine; then the next one has to do. */
async function recovers({ state, source }: Awaited<ReturnType<typeof setUp>>): Promise<string> {
  state.listener = serveGood
  let found = await find(source, known.kid)
  for (let attempt = 0; attempt < 20 && found !== 'accepted'; attempt++) {
    state.now += 60
    found = await find(source, known.kid)
  }
  return found
}

describe('remoteKeys, with its endpoint down', () => {
  it.each(Object.keys(outages))(
    'JW-22 serves known keys during staleIfError, one call per back-off step, with %s',
    async (name) => {
      const running = await setUp(serveGood, timeoutFor(name))
      const { state, server, source, ended } = running
      expect(await recovers(running)).toBe('accepted')
      const [calls, events] = [state.calls, state.events.length]
      state.listener = outages[name] ?? state.listener
      const start = state.now + 600
      // Back-off 1, 2, 4, 8, 16, 32, 60, 60 seconds: each of these instants is the first that allows a call.
      const steps = [0, 1, 3, 7, 15, 31, 63, 123, 183]
      for (const [index, step] of steps.entries()) {
        state.now = start + step - 0.5
        if (index > 0) {
          const early = await Promise.all(Array.from({ length: 20 }, () => find(source, known.kid)))
          expect(new Set(early)).toEqual(new Set(['accepted']))
          expect(await find(source, 'other')).toBe('keys_unavailable')
          expect(await look(source, known.kid)).toBe('accepted')
          expect(state.calls).toBe(calls + index)
        }
        state.now = start + step
        const found = await Promise.all(Array.from({ length: 20 }, () => find(source, known.kid)))
        expect(new Set(found)).toEqual(new Set(['accepted']))
        await ended(events + index + 1)
      }
      expect(state.calls).toBe(calls + steps.length)
      expect(state.events.at(-1)).toMatchObject({
        type: 'refresh_failed',
        failures: steps.length,
        usableUntil: start + 3600,
      })
      // The bound: a key that its issuer withdrew must not live on for ever.
      state.now = start + 3599
      expect(await find(source, known.kid)).toBe('accepted')
      await ended(events + steps.length + 1)
      state.now = start + 3600
      expect(await find(source, known.kid)).toBe('keys_unavailable')

      state.now += 60
      expect(await recovers(running)).toBe('accepted')
      await server.close()
    },
  )

  it.each(Object.keys(outages))('answers keys_unavailable when the first answer is %s, and recovers', async (name) => {
    const running = await setUp(outages[name] ?? (() => undefined), timeoutFor(name))
    const { state, server, source } = running
    await expect(source.find({ alg: 'ES256', kid: known.kid, typ: undefined })).rejects.toMatchObject({
      code: 'keys_unavailable',
      status: 503,
      retryAfter: 1,
    })
    state.now += 0.9
    expect(await find(source, known.kid)).toBe('keys_unavailable')
    expect(state.calls).toBe(1)
    state.now += 0.1
    expect(await recovers(running)).toBe('accepted')
    await server.close()
  })

  it('JW-22 serves known keys when nobody listens any more', async () => {
    const { state, server, source, ended } = await setUp(serveGood, 10)
    await source.warm()
    await server.close()
    state.now += 600
    expect(await find(source, known.kid)).toBe('accepted')
    await ended(2)
    expect(state.events.at(-1)).toMatchObject({ type: 'refresh_failed', failures: 1 })
  })

  it('lets one caller at most wait for an endpoint that hangs, and nobody after it', async () => {
    const { source, state } = endpoint(() => jwks(known), { timeout: 0.05 })
    await source.warm()
    state.answer = () => new Promise(() => undefined)
    state.now += 600
    expect(await find(source, known.kid)).toBe('accepted')
    state.now += 1
    // The next attempt is underway and will hang; looking does not wait for it.
    expect(await look(source, known.kid)).toBe('accepted')
    expect(state.calls).toBe(3)
  })

  it('is not held up by a fetch that does not look at its signal, or a body that never ends', async () => {
    for (const hang of [
      () => new Promise<Response>(() => undefined),
      () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }), { headers: JSON_HEADERS }),
    ]) {
      const { source, state } = endpoint(hang, { timeout: 0.02 })
      expect(await find(source, known.kid)).toBe('keys_unavailable')
      expect(String(Object.values(state.events[0] ?? {})[1])).toContain('within 0.02 seconds')
    }
  })

  it('reads at most 64 kB of an endless body', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1000
        controller.enqueue(new Uint8Array(1000))
      },
    })
    const { source } = endpoint(() => new Response(endless, { headers: JSON_HEADERS }))
    expect(await find(source, known.kid)).toBe('keys_unavailable')
    expect(sent).toBeLessThan(80_000)
  })

  it('shortens each pause by chance, by half at most', async () => {
    for (const [random, pause] of [
      [0, 1],
      [0.5, 0.75],
      [0.999, 0.5005],
    ] as const) {
      const { source, state } = endpoint(() => new Response(null, { status: 503 }), { random: () => random })
      await find(source, known.kid)
      expect(state.events[0]).toMatchObject({ retryAt: NOW + pause })
    }
  })

  it('an empty set is not believed over a good one, and a smaller one is', async () => {
    const other = await signingKey('RS256')
    const { source, state } = endpoint(() => jwks(known, other))
    await source.warm()
    state.answer = () => jwks()
    await expect(source.refresh()).rejects.toMatchObject({ code: 'keys_unavailable' })
    expect(await look(source, known.kid)).toBe('accepted')
    state.answer = () => jwks(other)
    await source.refresh()
    expect(await look(source, known.kid)).toBe('unknown_key')
  })

  it('forgets how often it failed once it succeeds', async () => {
    const { source, state } = endpoint(() => new Response(null, { status: 503 }))
    for (let attempt = 0; attempt < 5; attempt++) await source.refresh().catch(() => undefined)
    expect(state.events.at(-1)).toMatchObject({ failures: 5, retryAt: NOW + 16 })
    state.answer = () => jwks(known)
    await source.refresh()
    state.answer = () => new Response(null, { status: 503 })
    await source.refresh().catch(() => undefined)
    expect(state.events.at(-1)).toMatchObject({ failures: 1, retryAt: NOW + 1 })
  })

  it('fetches again after the clock was set back', async () => {
    const { source, state } = endpoint(() => jwks(known))
    state.now = NOW + 10_000_000
    await source.warm()
    state.now = NOW
    expect(await look(source, known.kid)).toBe('accepted')
    await settle()
    expect(state.calls).toBe(2)
    expect(state.events.at(-1)).toMatchObject({ freshUntil: NOW + 600 })
  })
})
