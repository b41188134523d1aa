import { describe, expect, it } from 'vitest'
import { tokenStoreContract } from '../testing/store-contract.js'
import { memoryLock, memoryStore } from './memory.js'

describe('memoryStore', () => {
  const create = () => {
    const store = memoryStore()
    return [store, store] as const
  }
  for (const { name, run } of tokenStoreContract(create)) it(name, run)
})

describe('memoryLock', () => {
  it('lets one work at a time under a key, in the order they came, and a failure ends nothing', async () => {
    const lock = memoryLock()
    const log: string[] = []
    const work = (name: string) => async () => {
      log.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 1))
      log.push(`${name} ends`)
      if (name === 'a') throw new Error('a failed')
      return name
    }
    const results = await Promise.allSettled([lock('k', work('a')), lock('k', work('b')), lock('other', work('c'))])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(log.indexOf('b begins')).toBeGreaterThan(log.indexOf('a ends'))
    expect(log.indexOf('c begins')).toBeLessThan(log.indexOf('a ends'))
  })
})
