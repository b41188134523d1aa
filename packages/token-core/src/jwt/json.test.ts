import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../testing/fixtures.js'
import { parseJson } from './json.js'

describe('parseJson', () => {
  it('reads whatever JSON.stringify writes, up to 32 levels, without members called __proto__', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value)
        const expected = JSON.parse(text, (name, member) => (name === '__proto__' ? undefined : member))
        expect(parseJson(text)).toEqual(expected)
      }),
      { examples: [[[{ ['__proto__']: 0 }]]] },
    )
  })

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"b":{"a":1,"a":1}}',
    '[{"a":1},{"b":[{"c":1,"d":{},"c":2}]}]',
    '{"a":{"a":1},"a":2}',
    '{"a":[1,"a"],"b":"a","a":2}',
    '{"":1,"":2}',
    '{"a\\"":1,"a\\"":2}',
    '{"__proto__":1,"__proto__":2}',
  ])('JW-16 refuses a name used twice: %s', async (text) => {
    expect(await codeOf(() => parseJson(text))).toBe('malformed')
  })

  it.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":["a","a"]}',
    '{"a":"\\",\\"a\\":","b":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a\\\\":1,"a":2}',
    ' { "a" : [ ] , "b" : { } } ',
    '["a","a"]',
  ])('lets equal names in different places pass: %s', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it.each(['', '{', '{"a":1,}', "{'a':1}", 'NaN', '01', '{"a":1}x', '\ufeff{}', '{"a":undefined}', '"\n"'])(
    'refuses what is not JSON: %j',
    async (text) => {
      expect(await codeOf(() => parseJson(text))).toBe('malformed')
    },
  )

  it('counts levels, and refuses the 33rd', async () => {
    const nest = (levels: number) => '{"a":['.repeat(levels / 2) + ']}'.repeat(levels / 2)
    expect(await codeOf(() => parseJson(nest(32)))).toBe('accepted')
    expect(await codeOf(() => parseJson(`[${nest(32)}]`))).toBe('malformed')
    expect(await codeOf(() => parseJson('['.repeat(8000) + ']'.repeat(8000)))).toBe('malformed')
    expect(await codeOf(() => parseJson(`[${'[],'.repeat(100)}[]]`))).toBe('accepted')
  })

  it('JW-16 drops a member called __proto__ at any depth', () => {
    const value = parseJson('{"a":[{"__proto__":{"admin":true},"b":1}],"\\u005f_proto__":{"admin":true}}')
    expect(JSON.stringify(value)).toBe('{"a":[{"b":1}]}')
    expect(Object.assign({}, value)).not.toHaveProperty('admin')
  })

  it('throws nothing but a TokenError', async () => {
    const junk = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0061 ae1-.'), maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(junk, async (text) => {
        expect(['accepted', 'malformed']).toContain(await codeOf(() => parseJson(text)))
      }),
      { numRuns: 2000 },
    )
  })
})
