import { describe, expect, it } from 'vitest'
import { NOW, privateJwk, signingKey } from '../testing/fixtures.js'
import { endpoint, find, jwks, listen, look, settle } from '../testing/jwks.js'
import { remoteKeys } from './remote.js'

const known = await signingKey()
const next = await signingKey('ES256', 'next')

describe('remoteKeys', () => {
  it('fetches once for all who wait, and not again while the keys are fresh', async () => {
    const { source, state } = endpoint(() => jwks(known))
    expect(state.calls).toBe(0)
    const found = await Promise.all(Array.from({ length: 50 }, () => find(source, known.kid)))
    expect(new Set(found)).toEqual(new Set(['accepted']))
    state.now += 479
    await find(source, known.kid)
    expect(state.calls).toBe(1)
  })

  it('fetches again in the background before the time is up, and nobody waits for it', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await find(source, known.kid)
    state.now += 480
    let answer: (response: Response) => void = () => undefined
    state.answer = () => new Promise((resolve) => (answer = resolve))
    expect(await Promise.all([find(source, known.kid), find(source, known.kid), look(source, known.kid)])).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ])
    expect(state.calls).toBe(2)
    answer(jwks(known, next))
    await settle()
    expect(await look(source, next.kid)).toBe('accepted')
  })

  it('fetches ahead at different moments on different nodes', async () => {
    for (const [random, at] of [
      [0, 480],
      [0.5, 450],
      [0.999, 421],
    ] as const) {
      const { source, state } = endpoint(() => jwks(known), { random: () => random })
      await find(source, known.kid)
      state.now += at - 1
      await find(source, known.kid)
      expect(state.calls).toBe(1)
      state.now += 1
      await find(source, known.kid)
      expect(state.calls).toBe(2)
    }
  })

  it('waits for a fetch when the keys are past their time and nobody asked in between', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await find(source, known.kid)
    state.answer = () => jwks(next)
    state.now += 600
    // A key that was withdrawn long ago must not verify one more token.
    expect(await look(source, known.kid)).toBe('not yet')
    expect(await find(source, known.kid)).toBe('unknown_key')
    expect(state.calls).toBe(2)
  })

  it('JW-18 gives the same object for as long as the key is in the set, and forgets it with the next fetch', async () => {
    const { source, state } = endpoint(() => jwks(known, next))
    const header = { alg: 'ES256', kid: known.kid, typ: undefined }
    expect(await look(source, known.kid)).toBe('not yet')
    await source.warm()
    const key = source.findSync(header)
    expect(await source.find(header)).toBe(key)
    await source.refresh()
    expect(source.findSync(header)).toBe(key)
    state.answer = () => jwks(next)
    await source.refresh()
    expect(await look(source, known.kid)).toBe('unknown_key')
    expect(await look(source, next.kid)).toBe('accepted')
    expect(await look(source, next.kid, 'RS256')).toBe('unsupported_alg')
  })

  it('loads by itself what was looked at before it was there', async () => {
    const { source } = endpoint(() => jwks(known))
    expect(await look(source, known.kid)).toBe('not yet')
    await settle()
    expect(await look(source, known.kid)).toBe('accepted')
  })

  it('refresh asks again even when a fetch is underway, since that one may have been answered earlier', async () => {
    const { source, state } = endpoint(() => jwks(known))
    const first = source.warm()
    state.answer = () => jwks(next)
    await Promise.all([first, source.refresh(), source.refresh()])
    expect(await look(source, known.kid)).toBe('unknown_key')
    expect(state.calls).toBe(2)
  })

  it('refresh and warm reject while there is nothing to be had, and say when to try again', async () => {
    const { source, state } = endpoint(() => new Response('no', { status: 500 }))
    await expect(source.warm()).rejects.toMatchObject({ code: 'keys_unavailable', status: 503, retryAfter: 1 })
    expect(await look(source, known.kid)).toBe('keys_unavailable')
    await expect(source.refresh()).rejects.toMatchObject({ code: 'keys_unavailable', retryAfter: 2 })
    state.answer = () => jwks(known)
    await source.refresh()
    await source.warm()
    expect(await look(source, known.kid)).toBe('accepted')
  })

  it('sends the entity tag and keeps the keys on 304', async () => {
    let version = '"1"'
    const { source, state } = endpoint(() => {
      if (state.requests.at(-1)?.get('if-none-match') === version) return new Response(null, { status: 304 })
      const response = jwks(known)
      response.headers.set('etag', version)
      return response
    })
    await source.warm()
    const key = source.findSync({ alg: 'ES256', kid: known.kid, typ: undefined })
    await source.refresh()
    expect(state.requests.map((headers) => headers.get('if-none-match'))).toEqual([null, '"1"'])
    expect(source.findSync({ alg: 'ES256', kid: known.kid, typ: undefined })).toBe(key)
    state.now += 599
    expect(await look(source, known.kid)).toBe('accepted')
    version = '"2"'
    await source.refresh()
    expect(state.events.map(({ type }) => type)).toEqual(['refreshed', 'refreshed', 'refreshed', 'refreshed'])
  })

  it('takes no 304 that it did not ask for', async () => {
    const { source } = endpoint(() => new Response(null, { status: 304 }))
    expect(await find(source, known.kid)).toBe('keys_unavailable')
  })

  it.each([
    ['max-age=100', undefined, 100],
    ['public, Max-Age="100", must-revalidate', undefined, 100],
    ['max-age=100, max-age=300', undefined, 100],
    ['max-age=300', '200', 100],
    ['max-age=300', 'soon', 300],
    ['max-age=100000', undefined, 600],
    ['s-maxage=5', undefined, 600],
    ['max-age=1', undefined, 30],
    ['max-age=100', '200', 30],
    ['no-store', undefined, 30],
    ['no-cache, max-age=300', undefined, 30],
    ['max-age=-1', undefined, 600],
    [undefined, undefined, 600],
  ])('keeps keys with Cache-Control %j and Age %j for %i seconds', async (cacheControl, age, seconds) => {
    const { source, state } = endpoint(() => {
      const response = jwks(known)
      if (cacheControl !== undefined) response.headers.set('cache-control', cacheControl)
      if (age !== undefined) response.headers.set('age', age)
      return response
    })
    await source.warm()
    expect(state.events).toEqual([{ type: 'refreshed', keys: 1, freshUntil: NOW + seconds }])
    state.now += seconds
    expect(await look(source, known.kid)).toBe('not yet')
  })

  it('follows no redirect and asks for JSON', async () => {
    const { source, state } = endpoint(() => Response.redirect('https://evil.example/jwks'))
    expect(await find(source, known.kid)).toBe('keys_unavailable')
    expect(state.inits[0]?.redirect).toBe('manual')
    expect(state.requests[0]?.get('accept')).toContain('application/json')
  })

  it('follows no redirect of a real server either', async () => {
    const visited: (string | undefined)[] = []
    const server = await listen((request, response) => {
      visited.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await find(remoteKeys(server.url), known.kid)).toBe('keys_unavailable')
    await server.close()
    expect(visited).toEqual(['/jwks'])
  })

  it.each(['application/json', 'application/jwk-set+json', 'Application/JSON; charset=utf-8'])(
    'takes %s',
    async (type) => {
      const { source } = endpoint(
        () => new Response(JSON.stringify({ keys: [known.publicJwk] }), { headers: { 'content-type': type } }),
      )
      expect(await find(source, known.kid)).toBe('accepted')
    },
  )

  it.each(['text/html', 'text/plain', 'application/octet-stream', 'application/jsonp', 'x+json'])(
    'refuses %s',
    async (type) => {
      const { source, state } = endpoint(
        () => new Response(JSON.stringify({ keys: [known.publicJwk] }), { headers: { 'content-type': type } }),
      )
      expect(await find(source, known.kid)).toBe('keys_unavailable')
      expect(state.events[0]).toMatchObject({ type: 'refresh_failed', failures: 1, retryAt: NOW + 1 })
    },
  )

  it('ignores single keys that are broken', async () => {
    const { source } = endpoint(() =>
      Response.json({ keys: [null, 1, {}, { kty: 'EC', crv: 'P-256' }, known.publicJwk] }),
    )
    expect(await find(source, known.kid)).toBe('accepted')
  })

  it('never uses a key that is published with its private half', async () => {
    const secret = await privateJwk('ES256', 'next')
    const { source } = endpoint(() => Response.json({ keys: [known.publicJwk, secret] }))
    expect(await find(source, known.kid)).toBe('accepted')
    expect(await find(source, next.kid)).toBe('unknown_key')
  })

  it('takes a set of 1000 keys when it may be that large', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => ({
      publicJwk: { ...known.publicJwk, kid: `key-${index}` },
    }))
    const { source } = endpoint(() => jwks(...keys), { maxSize: 400_000 })
    expect(await find(source, 'key-999')).toBe('accepted')
    expect(await find(endpoint(() => jwks(...keys)).source, 'key-999')).toBe('keys_unavailable')
  })

  it('is not stopped by a listener that throws', async () => {
    const { source } = endpoint(() => jwks(known), {
      onEvent() {
        throw new Error('log is full')
      },
    })
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
  })

  it.each(['timeout', 'maxSize', 'maxAge', 'minAge', 'cooldown', 'staleIfError'])(
    'refuses %s of 0 or NaN with a sentence',
    (name) => {
      for (const value of [0, Number.NaN, -1, Number.POSITIVE_INFINITY])
        expect(() => remoteKeys('https://auth.example/jwks', { [name]: value })).toThrow(
          `remoteKeys needs ${name} to be`,
        )
    },
  )
})
