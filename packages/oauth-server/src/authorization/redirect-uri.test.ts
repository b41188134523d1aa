import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchRedirectUri } from './redirect-uri.js'

const native = (...redirectUris: string[]) => ({ type: 'native' as const, redirectUris })

describe('matchRedirectUri', () => {
  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb', true],
    ['http://127.0.0.1/cb', 'http://127.0.0.1/cb', true],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb2', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.2/cb', false],
    ['http://127.0.0.1/cb', 'http://localhost/cb', false],
    ['http://127.0.0.1/cb', 'https://127.0.0.1:51004/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb?x=1', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:99999/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:0/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:1@evil.example/cb', false],
    ['http://127.0.0.1:8080/cb?x=1', 'http://127.0.0.1:51004/cb?x=1', true],
    ['http://[::1]/cb', 'http://[::1]:51004/cb', true],
    ['http://localhost/cb', 'http://localhost:3000/cb', true],
    ['http://localhost/cb', 'http://localhost.evil/cb', false],
    ['http://localhost/cb', 'http://localhost:3000.evil/cb', false],
    ['com.example.app:/cb', 'com.example.app:/cb', true],
    ['com.example.app:/cb', 'com.example.app:/cb/', false],
  ])('AZ-02 a native client that registered %s may use %s: %s', (registered, requested, matches) => {
    expect(matchRedirectUri(native(registered), requested)).toBe(matches ? requested : undefined)
  })

  it('AZ-02 the port of a web client is exact', () => {
    const client = { type: 'web' as const, redirectUris: ['http://127.0.0.1:4000/'] }
    expect(matchRedirectUri(client, 'http://127.0.0.1:4000/')).toBe('http://127.0.0.1:4000/')
    expect(matchRedirectUri(client, 'http://127.0.0.1:4001/')).toBeUndefined()
  })

  it('AZ-07 without a redirect URI the only one counts, and none of several', () => {
    expect(matchRedirectUri(native('com.example:/a'), undefined)).toBe('com.example:/a')
    expect(matchRedirectUri(native('com.example:/a', 'com.example:/b'), undefined)).toBeUndefined()
    expect(matchRedirectUri(native(), undefined)).toBeUndefined()
  })

  it('AZ-01 gives back nothing but what was registered, up to a loopback port', () => {
    const registered = ['https://app.example/cb', 'http://127.0.0.1/cb']
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((tail) => `https://app.example/cb${tail}`),
        ),
        (requested) => {
          const match = matchRedirectUri(native(...registered), requested)
          expect(match === undefined || registered.includes(match.replace(/:\d+\//, '/'))).toBe(true)
        },
      ),
    )
  })
})
