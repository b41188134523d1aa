import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../encoding/utf8.js'
import { codeOf } from '../testing/fixtures.js'
import { naiveParseJson } from '../testing/naive-json.js'
import { runs } from '../testing/runs.js'
import { parseJson, parseJsonBytes } from './json.js'

/** JSON as others might write it: names that recur, escapes, blanks, odd numbers; and pieces of it in the wrong place. */
const name = fc.constantFrom(
  '"a"',
  '"\\u0061"',
  '"b"',
  '"__proto__"',
  '"\\u005f_proto__"',
  '""',
  '"é"',
  '"a\\""',
  '":"',
  '"\\\\"',
)
const atom = fc.oneof(
  name,
  fc.constantFrom('1', '-0', '1e400', '0.50', 'true', 'null', '"{\\"a\\":1}"', '"\\ud800"', '"\u{1f600}"'),
)
const blank = fc.constantFrom('', '', '', ' ', '\n\t')
const { text: json } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atom,
    fc
      .tuple(blank, fc.array(tie('text'), { maxLength: 3 }))
      .map(([gap, items]) => `[${gap}${items.join(`,${gap}`)}${gap}]`),
    fc
      .tuple(blank, fc.array(fc.tuple(name, tie('text')), { maxLength: 4 }))
      .map(
        ([gap, members]) => `{${gap}${members.map((member) => member.join(`${gap}:${gap}`)).join(`${gap},`)}${gap}}`,
      ),
  ),
}))
const damaged = fc
  .tuple(json, fc.nat(), fc.nat(3), fc.constantFrom('', '"', ':', ',', '{', '}', '[', ']', '\\', '0', '\u0001', 'é'))
  .map(
    ([text, at, cut, piece]) =>
      text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + cut),
  )

/** What a reader makes of a text: the value, or that it refuses. */
function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch {
    return 'refused'
  }
}

describe('parseJson', () => {
  it('reads whatever JSON.stringify writes, up to 32 levels, but for __proto__ and names that need an escape', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value)
        expect(outcome(() => parseJson(text))).toStrictEqual(outcome(() => naiveParseJson(text)))
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
    '{"\\u0061":1,"b":"\\u0061"}',
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

  it('JW-16 refuses a name that needs an escape', async () => {
    for (const text of [
      '{"\\\\":1}',
      '[{"a":{"b\\\\u0":1}}]',
      '{"a\\"":1}',
      '{"\\n" :1}',
      '{"\\ud800":1}',
      '{"\\u":1}',
    ])
      expect([text, await codeOf(() => parseJson(text))]).toEqual([text, 'malformed'])
    expect(parseJson('{"a":"\\\\","\\u0062" :"\\u005c"}')).toEqual({ a: '\\', b: '\\' })
  })

  it('JW-16 reads an escaped name, whatever was read before', async () => {
    // V8 may take a name for one that followed the same names earlier.
    for (const bait of ['\\', '\\u0', '\\u006', 'a\\u']) JSON.parse(JSON.stringify({ alg: 1, [bait]: 2 }))
    for (const name of ['\\u0061lg', 'a\\u006cg', '\\u0061\\u006cg'])
      expect(await codeOf(() => parseJson(`{"alg":1,"${name}":2}`))).toBe('malformed')
    for (const name of ['\\u006b', '\\u006bid', 'a\\u0075d'])
      expect(parseJson(`{"alg":1,"${name}":2}`)).toStrictEqual({ alg: 1, [JSON.parse(`"${name}"`)]: 2 })
  })

  it('agrees with a naive reader of RFC 8259 about every text, as text and as bytes', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(json, damaged), (text) => {
        const expected = outcome(() => naiveParseJson(text))
        if (expected !== 'refused') accepted++
        expect(outcome(() => parseJson(text))).toStrictEqual(expected)
        const bytes = encodeUtf8(`{"a":${text}`)
        // A lone surrogate can't be written in UTF-8.
        if (/\p{Surrogate}/u.test(text)) return
        // As it stands in a longer text.
        expect(outcome(() => parseJsonBytes(bytes, 5, bytes.length))).toStrictEqual(expected)
      }),
      { numRuns: runs(3000) },
    )
    expect(accepted).toBeGreaterThan(runs(500))
  })

  it('JW-20 refuses bytes that are not UTF-8, wherever they stand', () => {
    const good = encodeUtf8('{"a":["b\\n",1]}')
    for (const junk of [0x80, 0xc3, 0xe2, 0xff])
      for (let at = 0; at <= good.length; at++) {
        const bytes = Uint8Array.from([...good.slice(0, at), junk, ...good.slice(at)])
        expect(outcome(() => parseJsonBytes(bytes, 0, bytes.length))).toBe('refused')
      }
    expect(outcome(() => parseJsonBytes(good, 0, good.length))).toEqual({ value: { a: ['b\n', 1] } })
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
