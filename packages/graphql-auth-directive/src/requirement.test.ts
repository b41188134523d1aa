import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Alternative, alternativesOf, type Clause, isMet, MAX_ALTERNATIVES } from './requirement.js'
import { runs } from './testing/runs.js'

const VALUES = ['a', 'b', 'c', 'd', 'e'] as const
const alternative = fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 })
const clause = fc.array(alternative, { minLength: 1, maxLength: 4 })
const clauses = fc.array(clause, { maxLength: 5 })

const subsets: readonly ReadonlySet<string>[] = Array.from(
  { length: 2 ** VALUES.length },
  (_, bits) => new Set(VALUES.filter((_value, index) => bits & (1 << index))),
)
const fulfils = (alternatives: readonly Alternative[], held: ReadonlySet<string>) =>
  alternatives.some((values) => values.every((value) => held.has(value)))
const asSets = (alternatives: readonly Alternative[]) =>
  alternatives.map((values) => [...values].sort().join(' ')).sort()

describe('alternativesOf', () => {
  it('says the same as the clauses, for every set of scopes', () => {
    fc.assert(
      fc.property(clauses, (given) => {
        const { values, isComplete } = alternativesOf(given)
        expect(isComplete).toBe(true)
        for (const held of subsets) expect(fulfils(values, held)).toBe(isMet(given, held))
      }),
      { numRuns: runs(300) },
    )
  })

  it('S11 gives exactly the minimal sets', () => {
    fc.assert(
      fc.property(clauses, (given) => {
        const enough = subsets.filter((held) => isMet(given, held))
        const minimal = enough.filter(
          (held) => !enough.some((other) => other.size < held.size && isWithin(other, held)),
        )
        expect(asSets(alternativesOf(given).values)).toEqual(asSets(minimal.map((held) => [...held])))
      }),
      { numRuns: runs(300) },
    )
  })

  it('does not depend on repeated clauses', () => {
    fc.assert(
      fc.property(clauses, (given) => {
        expect(alternativesOf([...given, ...given])).toEqual(alternativesOf(given))
      }),
      { numRuns: runs(100) },
    )
  })

  it('GQ-16 S11 keeps the order of the author', () => {
    expect(alternativesOf([[['users:read'], ['admin']]]).values).toEqual([['users:read'], ['admin']])
    expect(alternativesOf([[['a', 'b'], ['admin']]]).values).toEqual([['a', 'b'], ['admin']])
  })

  it('GQ-16 prefers what is written first in several clauses over one coarse scope', () => {
    const fields: Clause[] = [
      [['notes:read'], ['admin']],
      [['users:read'], ['admin']],
    ]
    expect(alternativesOf(fields).values).toEqual([['notes:read', 'users:read'], ['admin']])
  })

  it('takes the fewest scopes where the author has no preference', () => {
    expect(
      alternativesOf([
        [['a'], ['b'], ['c']],
        [['b'], ['x']],
      ]).values,
    ).toEqual([['b'], ['a', 'x'], ['c', 'x']])
  })

  it('S11 absorbs supersets, within a clause and between clauses', () => {
    expect(
      alternativesOf([
        [['id'], ['id', 'field'], ['private']],
        [['id'], ['field']],
      ]).values,
    ).toEqual([['id'], ['private', 'field']])
  })

  it('is one empty alternative where nothing is demanded', () => {
    expect(alternativesOf([])).toEqual({ values: [[]], isComplete: true })
  })
})

describe('alternativesOf beyond the cap', () => {
  const wide = (count: number): Clause[] =>
    Array.from({ length: count }, (_, index) => [[`first${index}`], [`second${index}`]])

  it('S11 tells all of 64 alternatives and one of 128', () => {
    expect(alternativesOf(wide(6)).values).toHaveLength(MAX_ALTERNATIVES)
    expect(alternativesOf(wide(7))).toEqual({
      values: [Array.from({ length: 7 }, (_, index) => `first${index}`)],
      isComplete: false,
    })
  })

  it('tells one that is enough and holds nothing superfluous', () => {
    const members = Array.from({ length: 24 }, (_, index) => `v${index}`)
    const wideClause = fc.array(fc.uniqueArray(fc.constantFrom(...members), { minLength: 1, maxLength: 3 }), {
      minLength: 2,
      maxLength: 4,
    })
    fc.assert(
      fc.property(fc.array(wideClause, { minLength: 8, maxLength: 14 }), (given) => {
        const { values } = alternativesOf(given)
        for (const chosen of values) {
          expect(isMet(given, new Set(chosen))).toBe(true)
          for (const value of chosen)
            expect(isMet(given, new Set(chosen.filter((other) => other !== value)))).toBe(false)
        }
      }),
      { numRuns: runs(100) },
    )
  })

  it('S11 never means that less is enough', () => {
    const given = wide(12)
    expect(isMet(given, new Set(['first0']))).toBe(false)
    expect(isMet(given, new Set())).toBe(false)
  })
})

const isWithin = (small: ReadonlySet<string>, large: ReadonlySet<string>) =>
  [...small].every((value) => large.has(value))
