import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { codeOf, NOW, signingKey } from '../testing/fixtures.js'
import type { KeySource } from './key-source.js'
import { type RemoteKeysOptions, remoteKeys } from './remote.js'

const URL = 'https://auth.example/jwks'

/** Answers with a settable response, counts its calls, and has a settable clock. */
function endpoint(answer: () => Response | Promise<Response>, options: RemoteKeysOptions = {}) {
  const state = { answer, calls: 0, now: NOW, inits: [] as (RequestInit | undefined)[] }
  const fetch = async (_: unknown, init?: RequestInit) => {
    state.calls++
    state.inits.push(init)
    return state.answer()
  }
  return { state, source: remoteKeys(URL, { fetch, now: () => state.now, ...options }) }
}

const find = (source: KeySource, kid: string, alg = 'ES256') =>
  codeOf(Promise.resolve(source.find({ alg, kid, typ: undefined })))

const known = await signingKey()
const next = await signingKey('ES256', 'next')
const jwks = (...keys: readonly { publicJwk: object }[]) =>
  Response.json({ keys: keys.map(({ publicJwk }) => publicJwk) })

describe('remoteKeys', () => {
  it('fetches once for all who wait, and not again while the keys are fresh', async () => {
    const { source, state } = endpoint(() => jwks(known))
    expect(state.calls).toBe(0)
    const found = await Promise.all(Array.from({ length: 50 }, () => find(source, known.kid)))
    expect(new Set(found)).toEqual(new Set(['accepted']))
    state.now += 599
    await find(source, known.kid)
    expect(state.calls).toBe(1)
    state.now += 1
    await find(source, known.kid)
    expect(state.calls).toBe(2)
  })

  it('follows no redirect and asks for JSON', async () => {
    const { source, state } = endpoint(() => Response.redirect('https://evil.example/jwks'))
    expect(await find(source, known.kid)).toBe('keys_unavailable')
    expect(state.inits[0]?.redirect).toBe('manual')
    expect(new Headers(state.inits[0]?.headers).get('accept')).toContain('application/json')
  })

  it('follows no redirect of a real server either', async () => {
    const visited: (string | undefined)[] = []
    const server = createServer((request, response) => {
      visited.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A TCP server has an address with a port.
    const { port } = server.address() as AddressInfo
    expect(await find(remoteKeys(`http://127.0.0.1:${port}/jwks`), known.kid)).toBe('keys_unavailable')
    server.close()
    server.closeAllConnections()
    expect(visited).toEqual(['/jwks'])
  })

  it('JW-22 ATT-022 fetches at most once in 30 s for 10000 unknown kids, and known keys go on', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await find(source, known.kid)
    state.now += 30
    for (let index = 0; index < 10_000; index++) expect(await find(source, `kid-${index}`)).toBe('unknown_key')
    expect(await find(source, known.kid)).toBe('accepted')
    expect(state.calls).toBe(2)
    state.now += 29
    await Promise.all(Array.from({ length: 100 }, (_, index) => find(source, `later-${index}`)))
    expect(state.calls).toBe(2)
    state.now += 1
    await Promise.all(Array.from({ length: 100 }, (_, index) => find(source, `later-${index}`)))
    expect(state.calls).toBe(3)
  })

  it('finds a key that was published after the last fetch', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await find(source, known.kid)
    state.answer = () => jwks(known, next)
    state.now += 31
    expect(await find(source, next.kid)).toBe('accepted')
  })

  it('forgets a key that its issuer withdrew, at the next fetch', async () => {
    const { source, state } = endpoint(() => jwks(known, next))
    expect(await find(source, known.kid)).toBe('accepted')
    state.answer = () => jwks(next)
    state.now += 600
    expect(await find(source, known.kid)).toBe('unknown_key')
  })

  const failures: Record<string, () => Response | Promise<Response>> = {
    'status 500': () => new Response('no', { status: 500 }),
    garbage: () => new Response('<html>'),
    'no keys member': () => Response.json({}),
    'an empty set': () => Response.json({ keys: [] }),
    'only symmetric keys': () => Response.json({ keys: [{ kty: 'oct', k: 'AAAA', kid: known.kid }] }),
    'a repeated member': () => new Response('{"keys":[],"keys":[]}'),
    'ten megabytes': () => new Response(new Uint8Array(10_000_000)),
    'a network error': () => Promise.reject(new TypeError('fetch failed')),
    'an answer that never comes': () => new Promise(() => undefined),
    'a body that never ends': () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
  }

  it.each(Object.keys(failures))('JW-22 keeps known keys in use when the endpoint gives %s', async (name) => {
    const { source, state } = endpoint(() => jwks(known), { timeout: 0.05 })
    await find(source, known.kid)
    state.answer = failures[name] ?? state.answer
    state.now += 600
    const found = await Promise.all(Array.from({ length: 20 }, () => find(source, known.kid)))
    expect(new Set(found)).toEqual(new Set(['accepted']))
    expect(await find(source, 'other')).toBe('keys_unavailable')
    expect(state.calls).toBe(2)
    state.now += 86_400
    expect(await find(source, known.kid)).toBe('keys_unavailable')
  })

  it.each(Object.keys(failures))('answers keys_unavailable when the first answer is %s, and recovers', async (name) => {
    const { source, state } = endpoint(failures[name] ?? (() => jwks()), { timeout: 0.05 })
    await expect(source.find({ alg: 'ES256', kid: known.kid, typ: undefined })).rejects.toMatchObject({
      code: 'keys_unavailable',
      status: 503,
      retryAfter: 5,
    })
    state.answer = () => jwks(known)
    state.now += 4
    expect(await find(source, known.kid)).toBe('keys_unavailable')
    expect(state.calls).toBe(1)
    state.now += 1
    expect(await find(source, known.kid)).toBe('accepted')
  })

  it('reads at most 64 kB of an endless body', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1000
        controller.enqueue(new Uint8Array(1000))
      },
    })
    const { source } = endpoint(() => new Response(endless))
    expect(await find(source, known.kid)).toBe('keys_unavailable')
    expect(sent).toBeLessThan(80_000)
  })

  it('ignores single keys that are broken', async () => {
    const { source } = endpoint(() =>
      Response.json({ keys: [null, 1, {}, { kty: 'EC', crv: 'P-256' }, known.publicJwk] }),
    )
    expect(await find(source, known.kid)).toBe('accepted')
  })

  it.each([
    'http://auth.example/jwks',
    'ftp://auth.example',
    'jwks',
    'https://a:b@auth.example',
    'https://auth.example/#x',
  ])('refuses the URL %s with a sentence', (url) => {
    expect(() => remoteKeys(url)).toThrow(/^remoteKeys can't use this URL: it .*\.$/)
  })

  it('takes https, and http on loopback addresses', () => {
    const urls = [
      'https://auth.example/jwks',
      'http://localhost:4000/jwks',
      'http://127.0.0.1/jwks',
      'http://[::1]:1/jwks',
    ]
    for (const url of urls) expect(() => remoteKeys(url)).not.toThrow()
    expect(() => remoteKeys('http://127.0.0.1.evil.example/jwks')).toThrow(TypeError)
    expect(() => remoteKeys(urls[0] ?? '', { timeout: 0 })).toThrow(/timeout in seconds/)
    expect(() => remoteKeys(urls[0] ?? '', { maxAge: Number.NaN })).toThrow(/maxAge in seconds/)
  })
})
