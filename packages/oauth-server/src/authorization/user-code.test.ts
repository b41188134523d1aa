import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createUserCode, formatUserCode, parseUserCode } from './user-code.js'

describe('createUserCode', () => {
  it('DV-04 uses all of 20 letters in all of 8 places, each about as often', () => {
    const codes = Array.from({ length: 4000 }, createUserCode)
    for (let place = 0; place < 8; place++) {
      const counts = new Map<string, number>()
      for (const code of codes) counts.set(code.charAt(place), (counts.get(code.charAt(place)) ?? 0) + 1)
      expect([...counts.keys()].sort().join('')).toBe('BCDFGHJKLMNPQRSTVWXZ')
      // 200 expected; 7 standard deviations around it.
      for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(100)
    }
  })
})

describe('parseUserCode', () => {
  it('reads every spelling of a code', () => {
    const separator = fc.constantFrom('', '-', ' ', '–', '\u2011', '.', '_')
    fc.assert(
      fc.property(separator, fc.boolean(), (between, isLower) => {
        const code = createUserCode()
        const spelled = formatUserCode(code).replace('-', between)
        expect(parseUserCode(isLower ? spelled.toLowerCase() : spelled)).toBe(code)
      }),
    )
  })

  it('gives its own alphabet or nothing, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseUserCode(text) ?? 'BBBBBBBB').toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
      }),
    )
  })

  it.each(['', 'WDJB-MJH', 'WDJB-MJHTT', 'WDJA-MJHT', 'WDJ1MJHT'])('refuses %j', (typed) => {
    expect(parseUserCode(typed)).toBeUndefined()
  })
})
