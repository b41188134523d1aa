import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findOwnPath, findTarget } from './target.js'

const APIS = [
  { path: '/bff/me', url: 'https://users.example/me' },
  { path: '/bff/api/', url: 'https://api.example/v1/' },
]
/** As a request arrives: the path is what the URL parser leaves of it. */
const targetOf = (path: string) => {
  const { pathname, search } = new URL(`https://app.example${path}`)
  return findTarget(APIS, pathname, search)?.url.href
}

describe('findTarget', () => {
  it.each([
    ['/bff/me', 'https://users.example/me'],
    ['/bff/me?x=/../y', 'https://users.example/me?x=/../y'],
    ['/bff/api/', 'https://api.example/v1/'],
    ['/bff/api/notes/1?a=b&a=%2f', 'https://api.example/v1/notes/1?a=b&a=%2f'],
    ['/bff/api/notes/', 'https://api.example/v1/notes/'],
    ['/bff/api/a%20b/%C3%BC/100%25', 'https://api.example/v1/a%20b/%C3%BC/100%25'],
    ['/bff/api/@evil.example', 'https://api.example/v1/@evil.example'],
    ['/bff/api/a:b@c', 'https://api.example/v1/a:b@c'],
  ])('leads %s to where the options say', (path, url) => {
    expect(targetOf(path)).toBe(url)
  })

  it.each([
    '/bff//evil.example',
    '/bff/api//evil.example',
    '/bff/api/notes//x',
    '/bff/api/../../admin',
    '/bff/api/%2e%2e/admin',
    '/bff/api/..%2fadmin',
    '/bff/api/%2e%2e%2fadmin',
    '/bff/api/%252e%252e/admin',
    '/bff/api/x%252f..%252fadmin',
    '/bff/api/%25252e%25252e/admin',
    '/bff/api/%2525252525252e/admin',
    '/bff/api/%2f%2fevil.example',
    '/bff/api/..%5cadmin',
    '/bff/api/%5c%5cevil.example',
    '/bff/api/\\\\evil.example',
    '/bff/api/a%00b',
    '/bff/api/a%0d%0aHost:%20evil',
    '/bff/api/%ff',
    '/bff/api',
    '/bff/apix',
    '/bff/me/',
    '/bff/me/x',
    '/BFF/api/notes',
    '/@evil.example/',
  ])('CL-20 leads %s nowhere', (path) => {
    expect(targetOf(path)).toBeUndefined()
  })

  it('CL-20 never leaves host and path of the options, whatever the path, and however often it is decoded there', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%5c',
      '%252e',
      '%252f',
      '%25',
      '@',
      ':',
      'a',
      '%00',
      '?',
      '#',
      ';',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const href = targetOf(`/bff/api/${pieces.join('')}`)
        if (href === undefined) return
        let path = new URL(href).pathname
        for (let times = 0; times < 4; times++) {
          const { origin, pathname } = new URL(path.replaceAll('\\', '/'), 'https://api.example')
          expect([origin, pathname.startsWith('/v1/')]).toEqual(['https://api.example', true])
          try {
            path = decodeURIComponent(path)
          } catch {
            return
          }
        }
      }),
      { numRuns: 2000 * Number(process.env['SCOPEWISE_RUNS'] ?? 1) },
    )
  })
})

describe('findOwnPath', () => {
  it('finds the way back of every target, and none for another place', () => {
    for (const path of ['/bff/me', '/bff/me?x=1', '/bff/api/', '/bff/api/notes/1?a=b']) {
      const url = targetOf(path) ?? expect.fail('no target')
      expect(findOwnPath(APIS, new URL(url))).toBe(path)
    }
    for (const url of [
      'https://api.example/v2/x',
      'https://api.example.evil/v1/x',
      'https://users.example/me2',
      'http://api.example/v1/x',
    ])
      expect(findOwnPath(APIS, new URL(url))).toBeUndefined()
  })
})
