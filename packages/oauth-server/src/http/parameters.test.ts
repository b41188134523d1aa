import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseParameters, queryParameters, repeatedParameter, single, toRecord } from './parameters.js'

describe('parseParameters', () => {
  it('reads back what URLSearchParams writes, apart from empty values', () => {
    const pairs = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(pairs, (list) => {
        const usable = list.filter(([name, value]) => value !== '' && !/\p{Cs}/u.test(`${name}${value}`))
        const parsed = parseParameters(new URLSearchParams(usable).toString())
        const back = [...(parsed ?? [])].flatMap(([name, values]) => values.map((value) => [name, value]))
        expect(back.sort()).toEqual(usable.sort())
      }),
    )
  })

  it('OP-07 answers anything without throwing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void [parseParameters(text), queryParameters(text)]))
  })

  it('AZ-10 treats a parameter without a value as omitted', () => {
    expect([...(parseParameters('a=&b&c=1&&=') ?? [])]).toEqual([['c', ['1']]])
  })

  it.each(['a=%', 'a=%zz', 'a=%C3%28', '%ff=1', `${'a=b&'.repeat(101)}`])('refuses %j', (text) => {
    expect(parseParameters(text)).toBeUndefined()
  })

  it('AZ-09 finds what stands twice, except resource', () => {
    const parsed = parseParameters('resource=a&resource=b&x=1&x=2') ?? new Map()
    expect(repeatedParameter(parsed)).toBe('x')
    expect(single(parsed, 'x')).toBeUndefined()
    expect(toRecord(parseParameters('resource=a&resource=b&x=1') ?? new Map())).toEqual({
      resource: ['a', 'b'],
      x: '1',
    })
  })

  it('keeps a parameter that is named like a member of every object a plain parameter', () => {
    const record = toRecord(parseParameters('__proto__=x&constructor=y') ?? new Map())
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
    expect(Object.hasOwn(record, '__proto__')).toBe(true)
  })
})
