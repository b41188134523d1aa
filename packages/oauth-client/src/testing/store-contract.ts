import { describe, expect, it } from 'vitest'
import type { StoredRecord, TokenStore } from '../manager/store.js'

const record = (version: string): StoredRecord => ({ version, value: JSON.stringify({ held: {}, of: version }) })

/** What every token store has to hold: run it for each. @param create a store, and another one over the same records */
export function tokenStoreContract(create: () => Promise<readonly [TokenStore, TokenStore]>): void {
  describe('a token store', () => {
    it('gives nothing where nothing is, and what was written where something is, to all who share it', async () => {
      const [store, other] = await create()
      expect(await store.read('a')).toBeUndefined()
      expect(await store.swap('a', undefined, record('1'))).toBe(true)
      expect(await other.read('a')).toEqual(record('1'))
      expect(await other.read('b')).toBeUndefined()
    })

    it('replaces and removes only what has the expected version', async () => {
      const [store, other] = await create()
      expect(await store.swap('a', '1', record('2'))).toBe(false)
      expect(await store.swap('a', undefined, record('1'))).toBe(true)
      expect(await other.swap('a', undefined, record('2'))).toBe(false)
      expect(await other.swap('a', '0', record('2'))).toBe(false)
      expect(await other.swap('a', '1', record('2'))).toBe(true)
      expect(await store.swap('a', '1', undefined)).toBe(false)
      expect(await store.read('a')).toEqual(record('2'))
      expect(await store.swap('a', '2', undefined)).toBe(true)
      expect(await other.read('a')).toBeUndefined()
      expect(await other.swap('a', '2', record('3'))).toBe(false)
      expect(await other.swap('a', undefined, record('3'))).toBe(true)
    })

    it('lets one of twenty racers win, each time', async () => {
      const [store, other] = await create()
      let expected: string | undefined
      for (let round = 1; round <= 10; round++) {
        const racers = Array.from({ length: 20 }, (_, index) => `${round}-${index}`)
        const before = expected
        const won = await Promise.all(
          racers.map((version, index) => (index % 2 ? store : other).swap('a', before, record(version))),
        )
        expect(won.filter(Boolean)).toHaveLength(1)
        expected = racers[won.indexOf(true)]
        expect(await other.read('a')).toEqual(record(expected ?? ''))
      }
    })

    it('keeps texts as they are, whatever the key', async () => {
      const [store] = await create()
      const value = JSON.stringify({ text: 'ü 👋 \u0000 " \\ \n', long: 'x'.repeat(100_000) })
      for (const key of ['["https://auth.example","web","../../etc/passwd"]', 'ü'.repeat(500), '']) {
        expect(await store.swap(key, undefined, { version: 'v', value })).toBe(true)
        expect((await store.read(key))?.value).toBe(value)
      }
    })
  })
}
