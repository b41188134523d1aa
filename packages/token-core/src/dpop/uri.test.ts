import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../testing/runs.js'
import { normalizeUri } from './uri.js'

const same = (...spellings: string[]) => expect(new Set(spellings.map(normalizeUri)).size).toBe(1)

describe('normalizeUri', () => {
  it('DP-08 gives equivalent URIs one spelling', () => {
    expect(normalizeUri('https://api.example/graphql')).toBe('https://api.example/graphql')
    same('https://api.example', 'https://api.example/', 'HTTPS://API.EXAMPLE:443', 'https://api.example:/?a#b')
    same('http://api.example:80/a', 'http://api.example/a', 'http://api.example/a?x={y}', 'http://api.example/a#?b')
    same('https://api.example/a/../b', 'https://api.example/b', 'https://api.example/./b', 'https://api.example/%2e/b')
    same('https://api.example/%7Ealice', 'https://api.example/~alice', 'https://api.example/%7ealice')
    same('https://api.example/%c3%a9', 'https://api.example/%C3%A9')
    same('https://api.example/a|b^c', 'https://api.example/a%7cb%5Ec')
  })

  it('DP-08 keeps different URIs apart', () => {
    const different = [
      'https://api.example/a',
      'https://api.example/A',
      'https://api.example/a/',
      'https://api.example//a',
      'http://api.example/a',
      'https://api.example:8443/a',
      'https://api.example./a',
      'https://api.example/a%2Fb',
      'https://api.example/a/b',
      'https://api.example/a;b',
      'https://api.example/a%3Bb',
      'https://api.example/%252e/a',
    ]
    expect(new Set(different.map(normalizeUri)).size).toBe(different.length)
  })

  it.each([
    '',
    '/graphql',
    'api.example/a',
    'ftp://api.example/',
    'https:api.example/a',
    'https://',
    'https://user:password@api.example/',
    ' https://api.example/',
    'https://api.example/\n',
    'https:\\\\api.example\\a',
    'https://api.example/a b',
    'https://api.example/é',
    'https://api.example:99999/',
  ])('takes %j for no URI', (text) => {
    expect(normalizeUri(text)).toBeUndefined()
  })

  const host = fc.domain()
  const segment = fc.string({ unit: fc.constantFrom('a', 'Z', '~', '%7e', '%2F', '%2f', '.', '%2E', ';', '=', '|') })
  const path = fc.array(segment).map((segments) => `/${segments.join('/')}`)

  it('has nothing left to do the second time, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string()), (text) => {
        const once = normalizeUri(text)
        if (once !== undefined) expect(normalizeUri(once)).toBe(once)
      }),
      { numRuns: runs(1000) },
    )
    fc.assert(
      fc.property(host, path, (name, at) => {
        const once = normalizeUri(`https://${name}${at}`)
        expect(normalizeUri(once ?? '')).toBe(once)
      }),
      { numRuns: runs(1000) },
    )
  })

  it('looks neither at query nor fragment, nor at the case of scheme and host', () => {
    fc.assert(
      fc.property(host, path, fc.webQueryParameters(), fc.webFragments(), (name, at, query, fragment) => {
        const plain = normalizeUri(`https://${name}${at}`)
        expect(plain).toBeDefined()
        expect(normalizeUri(`https://${name}${at}?${query}#${fragment}`)).toBe(plain)
        expect(normalizeUri(`HTTPS://${name.toUpperCase()}:443${at}`)).toBe(plain)
      }),
      { numRuns: runs(1000) },
    )
  })
})
