import { describe, expect, it } from 'vitest'
import { signingKey } from '../testing/fixtures.js'
import { importKeySet, type KeySet, selectKey } from './key-set.js'

/** Counts how often anything of a set is looked at: growth is told by counting, not by a clock. */
function counted(set: KeySet): { readonly set: KeySet; readonly count: () => number } {
  let looks = 0
  const watch = <T extends object>(value: T): T =>
    new Proxy(value, {
      get(target, name) {
        looks++
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  const watchAll = (lists: KeySet['byId']) => watch(new Map([...lists].map(([name, keys]) => [name, watch([...keys])])))
  const { byId, byAlgorithm, byText } = set
  return {
    set: { byId: watchAll(byId), byAlgorithm: watchAll(byAlgorithm), byText: watch(byText) },
    count: () => looks,
  }
}

describe('selectKey', () => {
  it('looks at no more of a set with 1000 keys than of one with 10', async () => {
    const { publicJwk } = await signingKey()
    const looks = async (size: number) => {
      const keys = Array.from({ length: size }, (_, index) => ({ ...publicJwk, kid: `key-${index}` }))
      const { set, count } = counted(await importKeySet(keys))
      expect(selectKey(set, { alg: 'ES256', kid: `key-${size - 1}`, typ: undefined })).toMatchObject({
        kid: `key-${size - 1}`,
      })
      expect(selectKey(set, { alg: 'ES256', kid: undefined, typ: undefined })).toBe('unknown_key')
      expect(selectKey(set, { alg: 'RS256', kid: undefined, typ: undefined })).toBe('unsupported_alg')
      return count()
    }
    expect(await looks(1000)).toBe(await looks(10))
  })
})
