import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeReturnTo } from './return-to.js'

const ORIGIN = 'https://app.example'

describe('safeReturnTo', () => {
  it.each(['/', '/notes', '/notes?page=2&q=a%20b#top', '/a/b//c', '/notes?next=//else'])('keeps %s', (path) => {
    expect(safeReturnTo(path, ORIGIN)).toBe(path)
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example/',
    '/%09/evil.example',
    '/%5cevil.example',
    '/%2fevil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/%E0%A4%A',
    'javascript:alert(1)',
    'notes',
    '',
    ' /notes',
    '@evil.example',
  ])('CL-13 turns %j into the root', (path) => {
    expect(safeReturnTo(path, ORIGIN)).toBe('/')
  })

  it('CL-13 never leaves the origin, whatever it is given', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2f',
      '%5c',
      '%09',
      '\t',
      '\n',
      ':',
      '@',
      'evil.example',
      'https:',
      '?',
      '#',
      'a',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = safeReturnTo(pieces.join(''), ORIGIN)
        for (const reading of [path, decodeURIComponent(path)]) expect(new URL(reading, ORIGIN).origin).toBe(ORIGIN)
      }),
      { numRuns: 500 * Number(process.env['SCOPEWISE_RUNS'] ?? 1) },
    )
  })
})
