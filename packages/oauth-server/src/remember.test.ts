import { describe, expect, it } from 'vitest'
import { remember } from './remember.js'

describe('remember', () => {
  it('keeps so many entries at most, and forgets first what was kept longest ago', () => {
    const cache = new Map<string, number>()
    for (const [index, key] of ['a', 'b', 'a', 'c', 'd'].entries()) remember(cache, key, index, 3)
    expect([...cache]).toEqual([
      ['a', 2],
      ['c', 3],
      ['d', 4],
    ])
  })
})
