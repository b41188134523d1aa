import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../encoding/base64url.js'
import { codeOf, part } from '../testing/fixtures.js'
import { es256 } from '../testing/rfc-vectors.js'
import { parseJwt } from './parse.js'

const header = { alg: 'ES256', typ: 'at+jwt', kid: 'k' }
const jwt = (head: unknown, claims: unknown = {}, signature = 'AAAA') => `${part(head)}.${part(claims)}.${signature}`
const parse = (text: string) => codeOf(() => parseJwt(text))

describe('parseJwt', () => {
  it('takes the example of RFC 7515 A.3 apart', () => {
    const parsed = parseJwt(es256.jws)
    expect(parsed.header).toEqual({ alg: 'ES256', typ: undefined, kid: undefined })
    expect(parsed.claims).toEqual({ iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true })
    expect(parsed.signature).toHaveLength(64)
    expect(new TextDecoder().decode(parsed.signed)).toBe(es256.jws.slice(0, es256.jws.lastIndexOf('.')))
  })

  it('JW-14 refuses everything but three parts of canonical base64url', async () => {
    const good = jwt(header)
    expect(await parse(good)).toBe('accepted')
    const [head, claims, signature] = good.split('.')
    const bad = [
      '',
      '.',
      '..',
      '...',
      `${head}.${claims}`,
      `${head}.${claims}.`,
      `${head}..${signature}`,
      `.${claims}.${signature}`,
      `${good}.`,
      `${good}.${head}.${claims}`,
      `${good}=`,
      `${head}=.${claims}.${signature}`,
      `${head}.${claims}.AAA+`,
      `${head}.${claims}.AAA/`,
      `${head}.${claims}.AAB`,
      `${head}.${claims}\n.${signature}`,
      ` ${good}`,
      `${good} `,
      `${head}.${claims}.é`,
      `${head}.${claims}.A`,
    ]
    for (const text of bad) expect([text, await parse(text)]).toEqual([text, 'malformed'])
  })

  it('ATT-017 refuses a JWS in JSON form', async () => {
    const [protectedPart = '', payload = '', signature = ''] = jwt(header).split('.')
    expect(await parse(JSON.stringify({ protected: protectedPart, payload, signature }))).toBe('malformed')
    expect(await parse(`{"protected":"${protectedPart}","x":".${payload}.","signature":"${signature}"}`)).toBe(
      'malformed',
    )
  })

  it('refuses a token of more than 16 kB before any work', async () => {
    const long = jwt(header, { a: 'x'.repeat(12_000) })
    expect(long.length).toBeLessThan(16_384)
    expect(await parse(long)).toBe('accepted')
    const huge = `${jwt(header)}${'A'.repeat(6_700_000)}`
    expect(await parse(huge)).toBe('malformed')
    // Whatever else is wrong with it.
    expect(() => parseJwt('\u20ac'.repeat(16_385))).toThrow('longer than 16 kB')
  })

  it('refuses what is not a text', async () => {
    // Plain JavaScript may pass anything.
    const values: readonly unknown[] = [undefined, null, 42, {}, [], Symbol('jwt')]
    for (const value of values) expect(await codeOf(() => parseJwt(value as string))).toBe('malformed')
  })

  it('JW-20 refuses bytes that are not UTF-8', async () => {
    const bytes = encodeBase64url(Uint8Array.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]))
    expect(await parse(`${part(header)}.${bytes}.AAAA`)).toBe('malformed')
    expect(await parse(`${bytes}.${part({})}.AAAA`)).toBe('malformed')
  })

  it('JW-16 refuses repeated members in header and claims', async () => {
    expect(await parse(jwt('{"alg":"none","alg":"ES256"}'))).toBe('malformed')
    expect(await parse(jwt(header, '{"sub":"a","sub":"admin"}'))).toBe('malformed')
  })

  it.each(['[]', '"a"', '1', 'null', 'true'])('refuses a header or claims that are %s', async (value) => {
    expect(await parse(jwt(value))).toBe('malformed')
    expect(await parse(jwt(header, value))).toBe('malformed')
  })

  it.each([[['exp']], [[]], ['exp'], [['x-custom-policy']], [['b64', 'b64']], [null], [{}]])(
    'JW-15 ATT-007 refuses crit: %j',
    async (crit) => {
      expect(await parse(jwt({ ...header, crit, 'x-custom-policy': 1 }))).toBe('malformed')
    },
  )

  it('JW-15 refuses b64 whatever it says', async () => {
    expect(await parse(jwt({ ...header, b64: false }))).toBe('malformed')
    expect(await parse(jwt({ ...header, b64: false, crit: ['b64'] }))).toBe('malformed')
    expect(await parse(jwt({ ...header, b64: true }))).toBe('malformed')
  })

  it.each(['none', 'None', 'nOnE', 'NONE'])('JW-03 refuses alg %s, signed or not', async (alg) => {
    expect(await parse(jwt({ ...header, alg }))).toBe('unsupported_alg')
    expect(await parse(jwt({ ...header, alg }, {}, ''))).toBe('unsupported_alg')
  })

  it.each([{ alg: '' }, { alg: 1 }, { alg: null }, { alg: ['ES256'] }, { typ: 1 }, { kid: 1 }, { kid: null }])(
    'refuses a header with %j',
    async (members) => {
      expect(await parse(jwt({ ...header, ...members }))).toBe('malformed')
    },
  )

  it('throws nothing but a TokenError', async () => {
    const character = fc.constantFrom(...'eyJhbGciOiJFUzI1NiJ9.-_=AB{}"\u{1f600}')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: character, maxLength: 80 }), async (text) => {
        expect(['accepted', 'malformed', 'unsupported_alg']).toContain(await parse(text))
      }),
      { numRuns: 2000 },
    )
  })
})
