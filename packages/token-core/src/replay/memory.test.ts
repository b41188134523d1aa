import { describe, expect, it } from 'vitest'
import { memoryReplay } from './memory.js'

describe('memoryReplay', () => {
  it('answers first once per key until it expires', () => {
    const useOnce = memoryReplay()
    expect(useOnce('a', 100, 50)).toBe('first')
    expect(useOnce('a', 200, 99)).toBe('replayed')
    expect(useOnce('b', 100, 99)).toBe('first')
    expect(useOnce('a', 200, 100)).toBe('first')
    expect(useOnce('a', 300, 199)).toBe('replayed')
  })

  it('fits a name that every object has', () => {
    const useOnce = memoryReplay()
    expect(useOnce('constructor', 100, 50)).toBe('first')
    expect(useOnce('__proto__', 100, 50)).toBe('first')
    expect(useOnce('__proto__', 100, 50)).toBe('replayed')
  })

  it('refuses further values when it is full, and never forgets a live one', () => {
    const useOnce = memoryReplay({ max: 3 })
    for (const key of ['a', 'b', 'c']) useOnce(key, 100, 50)
    expect(() => useOnce('d', 100, 50)).toThrow(/full/)
    expect(useOnce('a', 100, 50)).toBe('replayed')
    expect(useOnce('d', 200, 100)).toBe('first')
  })

  it('finds room behind a value that lives long', () => {
    const useOnce = memoryReplay({ max: 20 })
    for (let index = 0; index < 10; index++) useOnce(`long ${index}`, 1_000_000, 0)
    for (let at = 0; at < 1000; at++) expect(useOnce(`short ${at}`, at + 5, at)).toBe('first')
    expect(useOnce('long 0', 1_000_000, 999)).toBe('replayed')
  })

  it('shrinks again when what it holds expires', () => {
    const useOnce = memoryReplay({ max: 1000 })
    for (let index = 0; index < 1000; index++) useOnce(`old ${index}`, 10, 0)
    for (let index = 0; index < 1000; index++) expect(useOnce(`new ${index}`, 100, 20)).toBe('first')
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses max %s', (max) => {
    expect(() => memoryReplay({ max })).toThrow(/max/)
  })
})
