import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bearerChallenge, formatChallenge, parseChallenges } from './challenge.js'

describe('bearerChallenge', () => {
  it('BR-04 is bare but for the metadata when there is nothing to complain about', () => {
    expect(formatChallenge(bearerChallenge())).toBe('Bearer')
    expect(formatChallenge(bearerChallenge({ resourceMetadata: 'https://api.example/m' }))).toBe(
      'Bearer resource_metadata="https://api.example/m"',
    )
  })

  it('BR-05 names error, all scopes and the metadata in one challenge', () => {
    const text = formatChallenge(
      bearerChallenge({ error: 'insufficient_scope', scope: ['a', 'b'], resourceMetadata: 'https://api.example/m' }),
    )
    expect(text).toBe('Bearer error="insufficient_scope", scope="a b", resource_metadata="https://api.example/m"')
  })
})

describe('formatChallenge', () => {
  it('escapes quotes and backslashes, and lets no control character or other text into the header', () => {
    const text = formatChallenge({ scheme: 'Bearer', parameters: { realm: 'a"b\\c\r\nx: y – z' } })
    expect(text).toBe('Bearer realm="a\\"b\\\\c??x: y ? z"')
  })

  it('refuses a scheme or a name that is not a token', () => {
    expect(() => formatChallenge({ scheme: 'Be arer', parameters: {} })).toThrow(TypeError)
    expect(() => formatChallenge({ scheme: 'Bearer', parameters: { 'a=': 'b' } })).toThrow(TypeError)
  })
})

describe('parseChallenges', () => {
  it('reads the example of RFC 9110 §11.6.1', () => {
    expect(parseChallenges('Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""')).toEqual([
      { scheme: 'Basic', parameters: { realm: 'simple' } },
      { scheme: 'Newauth', parameters: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
    ])
  })

  it.each([
    ['Bearer', [{ scheme: 'Bearer', parameters: {} }]],
    [
      'Bearer, Basic',
      [
        { scheme: 'Bearer', parameters: {} },
        { scheme: 'Basic', parameters: {} },
      ],
    ],
    ['bearer ERROR=x', [{ scheme: 'bearer', parameters: { error: 'x' } }]],
    ['Bearer scope="a, b=c", error = "d"', [{ scheme: 'Bearer', parameters: { scope: 'a, b=c', error: 'd' } }]],
    [', ,Bearer a=1,, b=2,', [{ scheme: 'Bearer', parameters: { a: '1', b: '2' } }]],
    [
      'Negotiate YWJj==, Bearer a=1',
      [
        { scheme: 'Negotiate', parameters: {}, token68: 'YWJj==' },
        { scheme: 'Bearer', parameters: { a: '1' } },
      ],
    ],
    [
      'Bearer error="invalid_token", DPoP algs="ES256"',
      [
        { scheme: 'Bearer', parameters: { error: 'invalid_token' } },
        { scheme: 'DPoP', parameters: { algs: 'ES256' } },
      ],
    ],
    ['Bearer a=1, a=2', [{ scheme: 'Bearer', parameters: { a: '1' } }]],
    ['Bearer @@@, a=1', [{ scheme: 'Bearer', parameters: { a: '1' } }]],
    ['a=1', []],
    ['', []],
  ])('reads %j', (text, expected) => {
    expect(parseChallenges(text)).toEqual(expected)
  })

  it('reads several headers, and nothing where there is none', () => {
    const headers = new Headers([
      ['www-authenticate', 'Bearer realm="a,b"'],
      ['www-authenticate', 'DPoP algs="ES256"'],
    ])
    expect(parseChallenges(headers).map(({ scheme }) => scheme)).toEqual(['Bearer', 'DPoP'])
    expect(parseChallenges(new Headers())).toEqual([])
    expect(parseChallenges(null)).toEqual([])
  })

  it('keeps a parameter named __proto__ away from the prototype', () => {
    const [challenge] = parseChallenges('Bearer __proto__=x, constructor=y')
    expect(Object.keys(challenge?.parameters ?? {})).toEqual(['__proto__', 'constructor'])
    expect(challenge?.parameters['error']).toBeUndefined()
  })

  const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019!#$%&*+-.^_|~'), minLength: 1, maxLength: 8 })
  const name = token.map((text) => text.toLowerCase())
  const value = fc
    .string({ unit: fc.constantFrom(...'ab ",=\\;:/?\t'), maxLength: 12 })
    .map((text) => text.replace(/\t/g, ''))
  const challenge = fc.record({ scheme: token, parameters: fc.dictionary(name, value, { noNullPrototype: true }) })

  it('reads back what formatChallenge wrote', () => {
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1 }), (challenges) => {
        expect(parseChallenges(formatChallenge(challenges))).toEqual(challenges)
      }),
    )
  })

  it('never throws, whatever the header holds', () => {
    const junk = fc.string({ unit: fc.constantFrom(...'Bearer="\\, \t~@é'), maxLength: 60 })
    fc.assert(
      fc.property(junk, (text) => Array.isArray(parseChallenges(text))),
      { numRuns: 2000 },
    )
  })

  // bench/token-core measures that ten times as much takes ten times as long.
  it.each([
    ['a="', 0],
    [',', 0],
    ['a ', 199_999],
    ['"\\', 0],
    ['a=b,', 0],
    ['a="b"x,', 0],
    ['a b=c,', 200_000],
  ])('comes to the end of 200,000 times %s', (piece, challenges) => {
    expect(parseChallenges(piece.repeat(200_000))).toHaveLength(challenges)
  })
})
