import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineScopes, formatScope, includesScope, isScopeValue, narrowScope, parseScope } from './scope.js'

const scopes = defineScopes({
  read: 'Read',
  write: { description: { en: 'Write', de: 'Schreiben', 'de-AT': 'Schreim' }, implies: ['read'] },
  admin: { description: { fr: 'Tout' }, implies: ['write'] },
})

describe('defineScopes', () => {
  it('keeps the values in the order declared', () => {
    expect(scopes.values).toEqual(['read', 'write', 'admin'])
    expect(Object.isFrozen(scopes) && Object.isFrozen(scopes.values)).toBe(true)
  })

  it('knows what is declared, and nothing from a prototype', () => {
    expect(scopes.has('read')).toBe(true)
    expect(['nope', 'constructor', '__proto__', 'toString'].some((value) => scopes.has(value))).toBe(false)
  })

  it('describes a value in the best language there is', () => {
    expect(scopes.describe('write', ['de-AT'])).toBe('Schreim')
    expect(scopes.describe('write', ['de-CH', 'en'])).toBe('Schreiben')
    expect(scopes.describe('write', ['it'])).toBe('Write')
    expect(scopes.describe('write')).toBe('Write')
    expect(scopes.describe('admin', ['en'])).toBe('Tout')
    expect(scopes.describe('read', ['de'])).toBe('Read')
  })

  it('closes over chains and rings of implied values', () => {
    expect([...scopes.closure(['admin'])]).toEqual(['admin', 'write', 'read'])
    const ring = defineScopes({
      a: { description: 'A', implies: ['b'] },
      b: { description: 'B', implies: ['c'] },
      c: { description: 'C', implies: ['a'] },
    })
    for (const value of ring.values) expect([...ring.closure([value])].sort()).toEqual(['a', 'b', 'c'])
  })

  it('leaves values that are not declared in the closure', () => {
    expect([...scopes.closure(['openid', 'write'])]).toEqual(['openid', 'write', 'read'])
  })

  it.each([
    [{ 'notes read': 'x' }, /"notes read" holds a character/],
    [{ 'a"b': 'x' }, /holds a character/],
    [{ '': 'x' }, /holds a character/],
    [{ a: { description: 'A', implies: ['b'] } }, /implies "b", which is not declared/],
    [{ a: '' }, /needs a description/],
    [{ a: {} }, /needs a description/],
    [{ a: { en: ' ' } }, /needs a description/],
  ])('refuses %j with a sentence', (declarations, sentence) => {
    expect(() => defineScopes(declarations)).toThrow(sentence)
  })

  it('has a closure that is idempotent, monotone and contains what was granted', () => {
    const values = ['a', 'b', 'c', 'd', 'e'] as const
    const graph = fc.tuple(...values.map(() => fc.subarray([...values])))
    fc.assert(
      fc.property(graph, fc.subarray([...values]), fc.subarray([...values]), (edges, some, more) => {
        const generated = defineScopes(
          Object.fromEntries(
            values.map((value, index) => [value, { description: value, implies: edges[index] ?? [] }]),
          ),
        )
        const closure = generated.closure(some)
        expect(some.every((value) => closure.has(value))).toBe(true)
        expect(new Set(generated.closure(closure))).toEqual(closure)
        const larger = generated.closure([...some, ...more])
        expect([...closure].every((value) => larger.has(value))).toBe(true)
      }),
    )
  })
})

describe('includesScope', () => {
  it('counts what the granted values imply', () => {
    expect(includesScope(scopes, ['admin'], ['read', 'write'])).toBe(true)
    expect(includesScope(scopes, ['read'], ['write'])).toBe(false)
    expect(includesScope(scopes, [], [])).toBe(true)
  })
})

describe('parseScope', () => {
  it('gives each value once, in the order sent', () => {
    expect(parseScope('b a b')).toEqual(['b', 'a'])
    expect(parseScope('')).toEqual([])
  })

  it.each([' ', 'a  b', ' a', 'a ', 'a\tb', 'a\nb', 'a"', 'a\\', 'é', 'a\u00a0b'])('refuses %j', (text) => {
    expect(() => parseScope(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  it('reads back what formatScope wrote', () => {
    const value = fc.string({ unit: 'binary-ascii', minLength: 1 }).filter(isScopeValue)
    fc.assert(
      fc.property(fc.uniqueArray(value), (values) => {
        expect(parseScope(formatScope(values))).toEqual(values)
      }),
    )
  })
})

describe('formatScope', () => {
  it('writes each value once and refuses what would become two', () => {
    expect(formatScope(['a', 'b', 'a'])).toBe('a b')
    expect(() => formatScope(['a b'])).toThrow(expect.objectContaining({ code: 'malformed' }))
    expect(() => formatScope([''])).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('narrowScope', () => {
  it('keeps the requested order and adds nothing', () => {
    expect(narrowScope(['c', 'a', 'b', 'a'], ['a', 'b', 'x'])).toEqual(['a', 'b'])
    expect(narrowScope(['read'], scopes.closure(['write']))).toEqual(['read'])
  })
})
